/** Boards that are read by a clock of their own: each reading is of the time since the one before, as its energy is. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Labels } from '../../../src/metrics.ts';
import type { GpuProcess, GpuReading } from '../../../src/model/gpu.ts';
import { bytes, ratio, seconds, watts } from '../../../src/units.ts';
import { type Run, runEngine } from '../../fixtures/run-engine.ts';
import { type ScriptedHost, scriptedHost } from '../../fixtures/scripted-host.ts';

const BOARD = 'GPU-0';
const FLOOR = 80;
const FIRST = 'a'.repeat(64);
const SECOND = 'b'.repeat(64);
/** Ticks between two readings of the slow board. */
const EVERY = 5;
let host: ScriptedHost;
let run: Run;
const start = (floors: ReadonlyMap<string, ReturnType<typeof watts>>): void => {
  host = scriptedHost();
  host.addMeter('package-0', 'package', 100);
  host.addMeter(BOARD, 'gpu', FLOOR, {
    source: 'nvml',
    reads: { as: 'energy' },
    ceiling: watts(2000),
    interval: seconds(EVERY),
  });
  host.addGroup('2', '/docker');
  host.addGroup('3', `/docker/${FIRST}`, '2', true);
  host.addGroup('4', `/docker/${SECOND}`, '2', true);
  run = runEngine({ metering: { interval: seconds(1), floors } });
};
beforeEach(() => start(new Map([[BOARD, watts(FLOOR)]])));

/** Lets the time of so many readings of the board pass, in ticks of a second. */
const pass = (
  readings: number,
  power: number,
  jobs: Readonly<Record<string, number>>,
  {
    every = EVERY,
    ends,
    early = 0,
  }: { readonly every?: number; readonly ends?: string; readonly early?: number } = {},
): void => {
  for (let tick = 1; tick <= readings * every; tick++) {
    host.counters.get(BOARD)!.power = power;
    host.advance(1, { busy: 1, groups: { '3': 0.5, '4': 0.5 } });
    const isRead = tick % every === 0;
    if (ends !== undefined && tick === readings * every - early) host.groups.delete(ends);
    const shares = Object.entries(jobs);
    const processes = shares.map(
      ([job, share], i): GpuProcess => ({
        pid: 100 + i,
        group: `/docker/${job}`,
        utilization: ratio(share),
        memory: bytes(1e9),
      }),
    );
    const utilization = ratio(shares.reduce((sum, [, share]) => sum + share, 0));
    const gpus: GpuReading[] = [{ meter: BOARD, at: seconds(host.now), utilization, processes }];
    const { readings: all, ...sample } = host.sample();
    run.step({
      ...sample,
      readings: isRead ? all : all.filter(({ meter }) => meter !== BOARD),
      ...(isRead ? { gpus } : {}),
    });
  }
};
const dynamic = (workload: string): number =>
  run.total('negawatt_workload_energy_joules_total', { workload, resource: 'gpu', part: 'dynamic' });

const computed = (where: Labels): number => run.total('negawatt_workload_gpu_seconds_total', where);

describe('a board that is read every fifth tick', () => {
  it('is shared by the reading of the very time that its energy was used in', () => {
    pass(2, FLOOR, {});
    pass(4, 180, { [FIRST]: 0.4 });
    pass(6, 680, { [SECOND]: 0.9 });
    pass(2, FLOOR, {});
    expect(dynamic(FIRST)).toBeCloseTo(4 * EVERY * 100, 6);
    expect(dynamic(SECOND)).toBeCloseTo(6 * EVERY * 600, 6);
    expect(dynamic('other')).toBe(0);
  });

  it('has an idle floor of the time in which it was idle alone', () => {
    start(new Map());
    pass(4, FLOOR, {});
    pass(1, 110, { [FIRST]: 0.045 });
    const { floor } = run.snapshots.at(-1)!.view.metered.state.floors.get(BOARD)!;
    expect(floor).toEqual({ power: expect.closeTo(FLOOR, 6), method: 'observed' });
  });
});

describe('a job whose group is gone when its last reading comes', () => {
  it.each([
    { every: 1, early: 0 },
    { every: EVERY, early: 0 },
    { every: EVERY, early: 3 },
  ])('has its last energy and time of a board: read every $every ticks, gone $early before', (of) => {
    const { every } = of;
    pass(2, FLOOR, {}, { every });
    pass(4, 680, { [FIRST]: 0.9 }, { every });
    pass(1, 680, { [FIRST]: 0.9 }, { ...of, ends: '3' });
    pass(4, FLOOR, {}, { every });
    expect(dynamic(FIRST)).toBeCloseTo(5 * every * 600, 6);
    expect(computed({ workload: FIRST })).toBeCloseTo(5 * every * 0.9, 6);
    expect(computed({})).toBeCloseTo(5 * every * 0.9, 6);
  });
});
