import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { energyPerWork } from '../../../src/attribution/energy-per-work.ts';
import { MOST_PAIRS, type WorkInput, type WorkState, workStep } from '../../../src/attribution/work.ts';
import { countWork, type WorkMark } from '../../../src/attribution/work-counter.ts';
import { ownerId } from '../../../src/attribution/work-owner.ts';
import type { WorkReading } from '../../../src/model/work.ts';
import type { Workload, WorkloadKind } from '../../../src/model/workload.ts';
import { joules, seconds } from '../../../src/units.ts';

const count = (totals: readonly number[]): number => {
  let mark: WorkMark | undefined;
  let sum = 0;
  for (const [at, total] of totals.entries()) {
    const counted = countWork(mark, total, seconds(at));
    mark = counted.mark;
    sum += counted.amount;
  }
  return sum;
};

describe('a counter of work', () => {
  it('counts from its first reading on', () => expect(count([1000, 1000, 1250])).toBe(250));
  it('counts what was done after a restart, once a second reading confirms it', () => {
    expect(count([1000, 1100, 20])).toBe(100);
    expect(count([1000, 1100, 20, 50])).toBe(150);
  });
  it('is not fooled by one low reading', () => expect(count([1000, 1100, 0, 1110, 1120])).toBe(120));
  it('counts no work twice that two writers of one counter report in turn', () =>
    expect(count([1000, 5, 1010, 6, 1020, 7, 1030])).toBe(30));

  it('counts exactly what was done, over any number of restarts, but for what the last reading before one missed', () => {
    const life = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(life, { minLength: 1, maxLength: 6 }), (lives) => {
        // Each life begins at 0 and is read at 0 twice, so that its restart is seen whatever the one before counted.
        const totals = lives.flatMap((steps) => {
          let total = 0;
          return [0, 0, ...steps.map((step) => (total += step))];
        });
        const done = lives.flat().reduce((sum, step) => sum + step, 0);
        expect(count(totals)).toBe(done);
      }),
    );
  });

  it('never counts anything negative, whatever it reads', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e12, noNaN: true })), (totals) => {
        let mark: WorkMark | undefined;
        for (const total of totals) {
          const { amount, mark: next } = countWork(mark, total, seconds(0));
          expect(amount).toBeGreaterThanOrEqual(0);
          mark = next;
        }
      }),
    );
  });
});

const workload = (id: string, kind: WorkloadKind, labels: Record<string, string> = {}): Workload => ({
  id,
  kind,
  class: 'unclassified',
  labels,
});
const NGINX = workload('system.slice/nginx.service', 'unit', {
  name: 'nginx.service',
  systemd_unit: 'nginx.service',
});
const STEPS = [0, 1].map((step) =>
  workload(`slurm/7/${step}`, 'job', { name: `7.${step}`, slurm_job_id: '7' }),
);

describe('whose work it is', () => {
  it('is what an id says, known or not', () => {
    expect(ownerId('system.slice/nginx.service', [NGINX])).toBe('system.slice/nginx.service');
    expect(ownerId('nobody-knows-me', [NGINX])).toBe('nobody-knows-me');
    expect(ownerId('', [])).toBe('host');
  });
  it('is found by what people call it', () => {
    expect(ownerId({ name: 'nginx.service' }, [...STEPS, NGINX])).toBe(NGINX.id);
    expect(ownerId({ name: 'nginx.service', kind: 'unit' }, [NGINX])).toBe(NGINX.id);
    expect(ownerId({ name: '7.1' }, STEPS)).toBe('slurm/7/1');
  });
  it('stays the name where that fits nothing, the wrong kind or several', () => {
    expect(ownerId({ name: 'absent' }, [NGINX])).toBe('absent');
    expect(ownerId({ name: 'nginx.service', kind: 'container' }, [NGINX])).toBe('nginx.service');
    expect(ownerId({ name: '7' }, STEPS)).toBe('7');
  });
});

describe('energy per unit of work', () => {
  it('is energy over work', () => {
    expect(energyPerWork('jobs', joules(50), 20)).toEqual({ unit: 'jobs', joulesPerUnit: 2.5, workDone: 20 });
  });
  it.each([
    ['no work was done', joules(50), 0],
    ['nothing meters', joules(0), 20],
    ['energy is not known', undefined, 20],
    ['work is not known', joules(50), undefined],
    ['the figure is no number', joules(1e300), 1e-300],
  ])('is absent where %s: never 0, never infinite', (_, energy, done) => {
    expect(energyPerWork('jobs', energy, done)).toBeUndefined();
  });
});

const input = (at: number, readings: readonly WorkReading[], more: Partial<WorkInput> = {}): WorkInput => ({
  at: seconds(at),
  readings,
  workloads: () => [NGINX],
  host: joules(100),
  shares: [{ workload: NGINX, resource: 'cpu', part: 'dynamic', energy: joules(30) }],
  isExported: (id) => id === NGINX.id,
  retention: seconds(900),
  ...more,
});
const total = (value: number, workload: WorkReading['workload'] = 'host', counter = 'c'): WorkReading => ({
  workload,
  unit: 'jobs',
  counter,
  total: value,
});

describe('a tick', () => {
  it('opens a series with 0 before it counts', () => {
    const first = workStep(undefined, input(1, [total(1000)]));
    expect(first.done).toEqual([{ workload: 'host', unit: 'jobs', amount: 0 }]);
    const second = workStep(first.state, input(2, [total(1010)]));
    expect(second.done).toEqual([{ workload: 'host', unit: 'jobs', amount: 10 }]);
  });

  it('sums the series of one pair, each with its own restarts; one that appears later starts where it is met', () => {
    const first = workStep(undefined, input(1, [total(100, 'host', 'a'), total(50, 'host', 'b')]));
    const second = workStep(
      first.state,
      input(2, [total(110, 'host', 'a'), total(2, 'host', 'b'), total(900, 'host', 'c')]),
    );
    expect(second.done).toEqual([{ workload: 'host', unit: 'jobs', amount: 10 }]);
    expect(second.fell).toEqual([{ workload: 'host', unit: 'jobs', from: 50, to: 2 }]);
    // a is gone and keeps what it counted; b began anew and did 5.
    const third = workStep(second.state, input(3, [total(5, 'host', 'b'), total(901, 'host', 'c')]));
    expect(third.done).toEqual([{ workload: 'host', unit: 'jobs', amount: 6 }]);
  });

  it('puts beside work the energy of the same ticks, for the host and for a row', () => {
    let state: WorkState | undefined;
    for (const [at, done] of [1000, 1010, 1010, 1040].entries()) {
      const owner = { name: 'nginx.service' };
      state = workStep(state, input(at, [total(done), total(done, owner, 'n')])).state;
    }
    expect([...(state?.pairs.values() ?? [])]).toMatchObject([
      { workload: 'host', done: 40, energy: 300 },
      { workload: NGINX.id, done: 40, energy: 90 },
    ]);
  });

  it('leaves out of the mean what was done while the energy of the owner was not known', () => {
    const first = workStep(undefined, input(1, [total(0), total(0, NGINX.id, 'n')]));
    const unmetered = workStep(
      first.state,
      input(2, [total(500), total(500, NGINX.id, 'n')], { host: undefined }),
    );
    const folded = workStep(
      unmetered.state,
      input(3, [total(510), total(510, NGINX.id, 'n')], { isExported: () => false }),
    );
    expect(folded.done).toEqual([
      { workload: 'host', unit: 'jobs', amount: 10 },
      { workload: NGINX.id, unit: 'jobs', amount: 10 },
    ]);
    expect([...folded.state.pairs.values()]).toMatchObject([
      { workload: 'host', done: 10, energy: 100 },
      { workload: NGINX.id, done: 0, energy: 0 },
    ]);
  });

  it('counts nothing that is no number of pieces', () => {
    const { state } = workStep(undefined, input(1, [total(5)]));
    const bad = [Number.NaN, Number.POSITIVE_INFINITY, -1, 2 ** 60].map((value) => total(value));
    const added = { workload: 'host', unit: 'jobs', added: Number.POSITIVE_INFINITY };
    const step = workStep(state, input(2, [...bad, added, total(6)]));
    expect(step.done).toEqual([{ workload: 'host', unit: 'jobs', amount: 1 }]);
  });

  it('has places for 100 pairs, refuses more, and gives that of a silent one away once its retention is over', () => {
    const many = Array.from({ length: MOST_PAIRS }, (_, i) => total(0, `w${i}`, `c${i}`));
    const full = workStep(undefined, input(1, many));
    const late = total(0, 'late', 'late');
    const refused = workStep(full.state, input(2, [...many, late]));
    expect(refused.refused).toEqual([{ workload: 'late', unit: 'jobs' }]);
    expect(refused.done.length).toBe(MOST_PAIRS);
    const speaking = many.slice(1);
    const after = workStep(refused.state, input(1000, [...speaking, late]));
    expect(after.refused).toEqual([]);
    expect([...after.retired]).toEqual(['jobs w0']);
    expect(after.state.pairs.size).toBe(MOST_PAIRS);
  });

  it('goes on over a reboot, after which time begins anew', () => {
    const before = workStep(undefined, input(50_000, [total(100)]));
    const after = workStep(before.state, input(3, [total(130)]));
    expect(after.done).toEqual([{ workload: 'host', unit: 'jobs', amount: 30 }]);
  });
});
