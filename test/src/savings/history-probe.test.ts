import { expect, test } from 'vitest';
import type { HistoryChunk, HostHistory } from '../../../src/model/history.ts';
import { probeOf } from '../../../src/savings/history-probe.ts';

const _ = Number.NaN;
const column = (...values: readonly number[]): Float64Array => Float64Array.from(values);
const host = (
  energy: readonly number[],
  coverage: readonly number[],
  poweredOn: readonly number[],
): HostHistory => ({
  host: 'a',
  energy: column(...energy),
  coverage: column(...coverage),
  poweredOn: column(...poweredOn),
  cpu: column(_, _),
  gpu: column(_, _),
  work: [],
  quality: 'measured',
  meter: 'rapl',
  inventory: '',
});
const chunk = (
  from: number,
  hosts: readonly HostHistory[],
  work: Float64Array,
  driver: Float64Array,
): HistoryChunk => ({
  from,
  step: 3600,
  length: 2,
  hosts,
  work: [work],
  drivers: [driver],
  guards: [],
  grid: column(_, _),
  pue: column(_, _),
});
async function* stream(...chunks: readonly HistoryChunk[]): AsyncGenerator<HistoryChunk> {
  yield* chunks;
}

test('what is known is counted by host and interval: metered in part, told to be off, and silent are three things', async () => {
  const half = host([900, _], [0.5, 0], [1800, _]);
  const off = host([_, 7200], [0, 1], [0, 3600]);
  const probe = await probeOf(
    stream(
      chunk(0, [half, off], column(5, 0), column(_, _)),
      chunk(7200, [off, off], column(_, _), column(21, _)),
    ),
    { work: 1, drivers: 1 },
  );
  // (0.5 + 0) + 3 hosts x (1 for off + 1 metered), of 8 host intervals; work of 0 is known, NaN is not.
  expect(probe).toEqual({ energy: 6.5 / 8, work: [0.5], drivers: [0.25], from: 0, to: 14_400 });
});

test('where there is no interval, nothing is said', async () => {
  expect(await probeOf(stream(), { work: 1, drivers: 0 })).toBeUndefined();
});
