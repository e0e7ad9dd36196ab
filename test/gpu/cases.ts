/** What holds for the NVIDIA source on any driver, the real one as much as the stand-in. */
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { GpuReading } from '../../src/model/gpu.ts';
import type { SampleDraft } from '../../src/model/source.ts';
import { parseGroup } from '../../src/sources/process-group.ts';
import { keepRecording, openWatch, type Watch } from './watch.ts';
import type { GpuWorld, Load } from './world.ts';

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const powers = ({ gpus = [] }: SampleDraft, meter: string): readonly number[] =>
  gpus.flatMap((reading) => (reading.meter === meter && reading.power !== undefined ? [reading.power] : []));

/** Joules by the counter and by the trapezoid of the power, over the same time. */
const energies = (
  draft: SampleDraft,
  meter: string,
): { readonly counted: number; readonly integrated: number } => {
  const counts = draft.readings.filter((reading) => reading.meter === meter);
  const [first] = counts;
  const last = counts.at(-1);
  if (first === undefined || last === undefined || !('microjoules' in first) || !('microjoules' in last))
    throw new Error('the board has no energy counter');
  const points = (draft.gpus ?? []).filter((reading) => reading.meter === meter);
  let integrated = 0;
  points.forEach((point, i) => {
    const before = points[i - 1];
    if (before?.power === undefined || point.power === undefined) return;
    integrated += ((before.power + point.power) / 2) * (point.at - before.at);
  });
  return { counted: Number(last.microjoules - first.microjoules) / 1e6, integrated };
};

export const gpuCases = (start: () => GpuWorld): void => {
  let world: GpuWorld;
  let watch: Watch;
  let meter: string;
  const loads: Load[] = [];
  const load = async (): Promise<Load> => {
    const started = await world.load();
    loads.push(started);
    return started;
  };
  const used = (reading: GpuReading, pid: number) => reading.processes?.find((each) => each.pid === pid);

  beforeAll(async () => {
    world = start();
    watch = await openWatch(world);
    meter = (await watch.until(() => true)).meter;
  });
  afterEach(async () => {
    for (const each of loads.splice(0)) await each.stop();
  });
  afterAll(() => {
    keepRecording();
    watch.source.close();
    world.dispose();
  });

  test('every board is described, metered and read', async () => {
    const draft = await watch.over(1);
    expect(watch.source.detail).not.toBe('');
    expect(draft.meters.length).toBeGreaterThan(0);
    for (const { id, domain, ceiling, device } of draft.meters) {
      expect(id).toMatch(/^GPU-/);
      expect(domain).toBe('gpu');
      expect(device).toMatch(/^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.0$/);
      expect(draft.readings.map((reading) => reading.meter)).toContain(id);
      for (const power of powers(draft, id)) expect(power).toBeLessThan(ceiling);
    }
    for (const reading of draft.gpus ?? []) {
      expect(reading.memoryTotal).toBeGreaterThan(reading.memoryUsed ?? 0);
      expect(reading.temperature).toBeLessThan(120);
      expect(reading.utilization ?? 0).toBeLessThanOrEqual(1);
    }
  });

  test('the power limit in force is read, and no board stays above it', async () => {
    const draft = await watch.over(world.span);
    const limit = draft.gpuBoards?.find((board) => board.meter === meter)?.powerLimit;
    expect(limit).toBeGreaterThan(20);
    expect(mean(powers(draft, meter))).toBeLessThan((limit ?? 0) * 1.05);
  });

  test('a board at work draws more than an idle one, and its process is known with its group', async () => {
    const idle = mean(powers(await watch.over(world.span), meter));
    const started = await load();
    const { pid } = started;
    await watch.over(world.settle);
    const draft = await watch.over(world.span);
    const busy = mean(powers(draft, meter));
    expect(busy).toBeGreaterThan(idle * 1.2);
    const last = draft.gpus?.findLast((reading) => reading.meter === meter);
    expect(last?.utilization).toBeGreaterThan(0.5);
    const seen = last === undefined ? undefined : used(last, pid);
    if (seen !== undefined || world.seesProcesses) {
      expect(seen?.memory).toBeGreaterThan(2 ** 20);
      // At each reading, whether the driver has sampled since the one before it or not.
      const shares = (draft.gpus ?? []).flatMap((reading) => used(reading, pid)?.utilization ?? []);
      expect(Math.min(...shares)).toBeGreaterThan(0.5);
      const group = parseGroup(readFileSync(`${world.paths.procfs}/${pid}/cgroup`, 'utf8'), 'auto');
      expect(seen?.group).toBe(group);
    }
    await started.stop();
    await watch.over(world.settle);
    expect(mean(powers(await watch.over(world.span), meter))).toBeLessThan(busy * 0.9);
    await watch.until((reading) => used(reading, pid) === undefined);
  });

  test('two processes share the board, and together use no more than all of it', async (context) => {
    const first = await load();
    const second = await load();
    await watch.over(world.settle);
    // A driver samples a few times a second, and each sampling sees one of the two: it takes some to see both alike.
    const { gpus = [] } = await watch.over(world.span * 2);
    const shares = [first, second].map(({ pid }) =>
      gpus.flatMap((reading) => used(reading, pid)?.utilization ?? []).map(Number),
    );
    const [one = [], two = []] = shares;
    if (!world.seesProcesses && one.length + two.length === 0)
      context.skip('the driver shows no process of this namespace');
    expect(mean(one)).toBeGreaterThan(0.2);
    expect(mean(two)).toBeGreaterThan(0.2);
    expect(mean(one) + mean(two)).toBeGreaterThan(0.85);
    expect(mean(one) + mean(two)).toBeLessThan(1.01);
  });

  test('power over time is the energy that the counter says, within 2 %', async () => {
    await load();
    await watch.over(world.settle);
    const { counted, integrated } = energies(await watch.over(world.span * 3), meter);
    expect(counted).toBeGreaterThan(0);
    expect(Math.abs(integrated / counted - 1)).toBeLessThan(0.02);
  });
};
