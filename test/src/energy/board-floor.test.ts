/** The floor of a GPU board goes by the board: one processor of a hundred feeds one at full power. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { GpuProcess } from '../../../src/model/gpu.ts';
import { bytes, ratio, seconds, watts } from '../../../src/units.ts';
import { type Run, runEngine } from '../../fixtures/run-engine.ts';
import { type ScriptedHost, scriptedHost } from '../../fixtures/scripted-host.ts';

const BOARD = 'GPU-0';
const JOB = 'a'.repeat(64);
const OTHER = 'b'.repeat(64);
let host: ScriptedHost;
let run: Run;
beforeEach(() => {
  host = scriptedHost();
  host.processors = 100;
  host.addMeter('package-0', 'package', 100);
  host.addMeter(BOARD, 'gpu', 73, {
    source: 'nvml',
    reads: { as: 'energy' },
    ceiling: watts(2000),
    interval: seconds(1),
  });
  host.addGroup('2', '/docker');
  host.addGroup('3', `/docker/${JOB}`, '2', true);
  host.addGroup('4', `/docker/${OTHER}`, '2', true);
  run = runEngine();
});

interface Load {
  readonly power: number;
  /** Percent of the board by job. */
  readonly jobs?: Readonly<Record<string, number>>;
}

/** Lets seconds pass in ticks of five, or of another length; a job on the board keeps one processor busy. */
const pass = (duration: number, { power, jobs = {} }: Load, tick = 5): void => {
  for (let left = duration; left > 0; left -= tick) {
    host.counters.get(BOARD)!.power = power;
    const ids = Object.keys(jobs);
    host.advance(tick, { busy: ids.length * 5, groups: ids.includes(JOB) ? { '3': 5 } : {} });
    const shares = Object.entries(jobs);
    const processes = shares.map(
      ([job, percent], i): GpuProcess => ({
        pid: 100 + i,
        group: `/docker/${job}`,
        utilization: ratio(percent / 100),
        memory: bytes(job === JOB ? 3e9 : 1e9),
      }),
    );
    const utilization = ratio(shares.reduce((sum, [, percent]) => sum + percent, 0) / 100);
    run.step({ ...host.sample(), gpus: [{ meter: BOARD, at: seconds(host.now), utilization, processes }] });
  }
};
/** Forty minutes of so many watts, as a state of before says that it has seen them idle. */
const idleMinutes = (power: number) => ({
  [Math.floor(host.wall / 86_400_000)]: { [Math.round(Math.log(power) / Math.log(1.01))]: 40 },
});
const floor = () => run.snapshots.at(-1)!.view.metered.state.floors.get(BOARD)!.floor;
const dynamic = (workload: string): number =>
  run.total('negawatt_workload_energy_joules_total', { workload, resource: 'gpu', part: 'dynamic' });
const computed = (workload: string): number => run.total('negawatt_workload_gpu_seconds_total', { workload });

describe('the floor of a GPU board', () => {
  it('is what the board draws empty, as soon as it was seen so, and a job at full power pays for the rest', () => {
    pass(15, { power: 73 });
    expect(floor()).toEqual({ power: expect.closeTo(73, 6), method: 'observed' });
    pass(1200, { power: 700, jobs: { [JOB]: 99 } });
    expect(floor()).toEqual({ power: expect.closeTo(73, 6), method: 'observed' });
    expect(dynamic(JOB)).toBeCloseTo(1200 * (700 - 73), 3);
  });

  it('is seen in two ticks, which on the clock of the board are a little less than ten seconds', () => {
    pass(5, { power: 80 });
    pass(2 * 4.98, { power: 80 }, 4.98);
    expect(floor()).toEqual({ power: expect.closeTo(80, 6), method: 'observed' });
    // A job that begins in the third computes for too little of all three to be told from an empty board.
    pass(4.98, { power: 110, jobs: { [JOB]: 4 } }, 4.98);
    expect(floor().power).toBeCloseTo(80, 6);
  });

  it('is never learnt from a board at work, however idle the processors are', () => {
    pass(3600, { power: 700, jobs: { [JOB]: 99 } });
    expect(floor()).toEqual({ power: 0, method: 'none' });
    expect(dynamic(JOB)).toBeCloseTo((3600 - 5) * 700, 3);
    // Nor afterwards: what it did before is no idle minute.
    pass(120, { power: 73 });
    expect(floor()).toEqual({ power: expect.closeTo(73, 6), method: 'observed' });
  });

  it('is learnt from thirty minutes without a process', () => {
    pass(1860, { power: 74 });
    expect(floor()).toEqual({ power: expect.closeTo(74, 0), method: 'learnt' });
    pass(3600, { power: 130, jobs: { [JOB]: 0 } });
    expect(floor().power).toBeCloseTo(74, 0);
  });

  it('is in the floor of the host for the time that the board tells of, however seldom it is read', () => {
    pass(15, { power: 73 });
    const from = run.snapshots.length;
    const before = run.total('negawatt_host_static_energy_joules_total', {});
    for (let second = 1; second <= 300; second += 1) {
      host.counters.get(BOARD)!.power = 400;
      host.advance(1, { busy: 5 });
      const sample = host.sample();
      const readings = sample.readings.filter(({ meter }) => meter !== BOARD || second % 5 === 0);
      const gpus = [{ meter: BOARD, at: seconds(host.now), utilization: ratio(0.5), processes: [] }];
      run.step({ ...sample, readings, ...(second % 5 === 0 ? { gpus } : {}) });
    }
    const ofHost = run.total('negawatt_host_static_energy_joules_total', {}) - before;
    const ofParts = run.snapshots
      .slice(from)
      .flatMap(({ view }) => view.metered.components)
      .reduce((total, { fixed }) => total + fixed, 0);
    expect(ofHost).toBeCloseTo(ofParts, 3);
    expect(ofParts).toBeGreaterThan(300 * 73 * 0.99);
  });

  it('yields to a minute in which the board drew less', () => {
    pass(15, { power: 73 });
    pass(120, { power: 129, jobs: { [JOB]: 0 } });
    expect(floor().power).toBeCloseTo(73, 6);
    pass(120, { power: 60 });
    expect(floor()).toEqual({ power: expect.closeTo(60, 6), method: 'observed' });
  });

  it('was once learnt by the processors: such a floor is not believed', () => {
    pass(15, { power: 73 });
    const { metering } = { metering: run.snapshots.at(-1)!.view.metered.state };
    const { by: _, ...old } = metering.floors.get(BOARD)!;
    const floorOf = { power: watts(690), method: 'learnt' as const };
    const wrong = { ...old, floor: floorOf, idleMinutes: idleMinutes(690) };
    (metering.floors as Map<string, typeof wrong>).set(BOARD, wrong);
    pass(10, { power: 73 });
    expect(floor()).toEqual({ power: expect.closeTo(73, 6), method: 'observed' });
  });
});

describe('a process that holds a board and computes nothing', () => {
  it('pays for the clocks that it keeps up, by memory beside others, and counts no GPU seconds', () => {
    pass(15, { power: 73 });
    pass(600, { power: 129, jobs: { [JOB]: 0, [OTHER]: 0 } });
    expect(dynamic(JOB)).toBeCloseTo((600 * 56 * 3) / 4, 3);
    expect(dynamic(OTHER)).toBeCloseTo((600 * 56) / 4, 3);
    expect(computed(JOB)).toBe(0);
  });

  it('pays nothing beside one that computes', () => {
    pass(15, { power: 73 });
    pass(600, { power: 573, jobs: { [JOB]: 0, [OTHER]: 60 } });
    expect(dynamic(JOB)).toBe(0);
    expect(dynamic(OTHER)).toBeCloseTo(600 * 500, 3);
    expect(computed(OTHER)).toBeCloseTo(600 * 0.6, 6);
  });
});

describe('the rest of a host with boards', () => {
  it('is not idle while a board works: fans and losses of that are no floor', () => {
    host.addMeter('acpi', 'platform', 300, {
      source: 'hwmon',
      reads: { as: 'power' },
      ceiling: watts(20_000),
      interval: seconds(1),
    });
    host.counters.get('acpi')!.power = 1100;
    pass(2400, { power: 700, jobs: { [JOB]: 99 } });
    const rest = run.snapshots.at(-1)!.view.metered.state.floors.get('rest')!.floor;
    expect(rest.method).not.toBe('learnt');
  });

  it('was once learnt by the processors alone: where there are boards such a floor is not believed', () => {
    host.addMeter('acpi', 'platform', 300, {
      source: 'hwmon',
      reads: { as: 'power' },
      ceiling: watts(20_000),
      interval: seconds(1),
    });
    host.counters.get('acpi')!.power = 1100;
    pass(30, { power: 700, jobs: { [JOB]: 99 } });
    const floors = () => run.snapshots.at(-1)!.view.metered.state.floors;
    const { by: _, ...old } = floors().get('rest')!;
    const floorOf = { power: watts(290), method: 'learnt' as const };
    const wrong = { ...old, floor: floorOf, idleMinutes: idleMinutes(290) };
    (floors() as Map<string, typeof wrong>).set('rest', wrong);
    pass(10, { power: 700, jobs: { [JOB]: 99 } });
    expect(floors().get('rest')!.floor.method).not.toBe('learnt');
  });
});
