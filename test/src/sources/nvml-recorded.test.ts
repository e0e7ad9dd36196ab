/** What real NVIDIA drivers said while test/gpu ran on them, played to the engine in ticks of a second. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { GpuReading } from '../../../src/model/gpu.ts';
import { type Run, runEngine } from '../../fixtures/run-engine.ts';
import { scriptedHost } from '../../fixtures/scripted-host.ts';
import { type Recording, readRecording } from '../../gpu/recording.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'fixtures', 'recordings');
const names = readdirSync(FOLDER).map((file) => file.replace(/\.jsonl$/, ''));

describe.each(names)('%s', (name) => {
  let recording: Recording;
  let run: Run;
  let board: string;
  const readings = (): readonly GpuReading[] => recording.drafts.flatMap(({ gpus }) => gpus);
  const pids = (): readonly number[] => [
    ...new Set(readings().flatMap(({ processes = [] }) => processes.map(({ pid }) => pid))),
  ];
  /** The groups of the recording are those of the test that started the loads: here each load has one of its own. */
  const groupOf = (pid: number): string => `/load-${pid}.service`;

  beforeAll(() => {
    recording = readRecording(name);
    board = recording.boards[0]?.meter ?? '';
    run = runEngine();
    const host = scriptedHost();
    for (const pid of pids()) host.addGroup(String(pid), groupOf(pid), '1', true);
    const first = readings()[0]?.at ?? 0;
    host.now = Math.floor(first);
    let rest = recording.drafts;
    while (rest.length > 0) {
      host.advance(1);
      const due = rest.filter(({ readings: own }) => (own[0]?.at ?? 0) <= host.now);
      rest = rest.slice(due.length);
      run.step({
        ...host.sample(due.flatMap((draft) => draft.readings)),
        meters: recording.meters,
        gpus: due
          .flatMap(({ gpus }) => gpus)
          .map(({ processes, ...reading }) => ({
            ...reading,
            ...(processes && { processes: processes.map((one) => ({ ...one, group: groupOf(one.pid) })) }),
          })),
      });
    }
  });

  const counted = (): number => {
    const values = recording.drafts.flatMap(({ readings: own }) =>
      own.flatMap((one) => ('microjoules' in one ? [one.microjoules] : [])),
    );
    return Number((values.at(-1) ?? 0n) - (values[0] ?? 0n)) / 1e6;
  };
  const dynamic = (workload: string): number =>
    run.total('negawatt_workload_energy_joules_total', { workload, resource: 'gpu', part: 'dynamic' });

  it('the energy of the board is what its counter says, to the last count, and all of it is in the rows', () => {
    expect(run.total('hw_energy_joules_total', { hw_type: 'gpu' })).toBeCloseTo(counted(), 5);
    expect(run.total('negawatt_workload_energy_joules_total', { resource: 'gpu' })).toBeCloseTo(counted(), 5);
  });

  it('power over time is the energy that the counter says, within 2 %', () => {
    let integrated = 0;
    const points = readings();
    points.forEach((point, i) => {
      const before = points[i - 1];
      if (before?.power === undefined || point.power === undefined) return;
      integrated += ((before.power + point.power) / 2) * (point.at - before.at);
    });
    expect(Math.abs(integrated / counted() - 1)).toBeLessThan(0.02);
  });

  it('the floor is what the board draws with nothing on it', () => {
    const empty = readings().filter(({ processes = [], clock = 0 }) => processes.length === 0 && clock < 5e8);
    const powers = empty.flatMap(({ power }) => power ?? []).sort((a, b) => a - b);
    const middle = powers[Math.floor(powers.length / 2)] ?? 0;
    const { floor } = run.snapshots.at(-1)!.view.metered.state.floors.get(board)!;
    expect(floor.method).toBe('observed');
    expect(floor.power).toBeGreaterThan(middle * 0.97);
    expect(floor.power).toBeLessThan(middle * 1.03);
  });

  it('the loads pay for what they drew above the floor: nine tenths, the rest is from after they have left', () => {
    const { floor } = run.snapshots.at(-1)!.view.metered.state.floors.get(board)!;
    const points = readings();
    const above = counted() - floor.power * ((points.at(-1)?.at ?? 0) - (points[0]?.at ?? 0));
    const loads = pids().reduce((sum, pid) => sum + dynamic(`load-${pid}.service`), 0);
    expect(loads).toBeGreaterThan(0.9 * above);
    expect(loads).toBeLessThan(1.01 * above);
  });

  it('the loads have the time that the board was busy, and no more', () => {
    const busy = run.total('negawatt_gpu_busy_seconds_total');
    const used = run.total('negawatt_workload_gpu_seconds_total');
    expect(used).toBeGreaterThan(0.97 * busy);
    expect(used).toBeLessThan(1.001 * busy);
  });

  it('two that shared the board pay alike', () => {
    const together = readings().filter(({ processes = [] }) => processes.length === 2);
    const [one = 0, two = 0] = together[0]?.processes?.map(({ pid }) => pid) ?? [];
    const [first, second] = [dynamic(`load-${one}.service`), dynamic(`load-${two}.service`)];
    expect(first / (first + second)).toBeGreaterThan(0.35);
    expect(first / (first + second)).toBeLessThan(0.65);
  });
});
