import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { claimsOf, STATIC_POLICIES } from '../../src/attribution/claims.ts';
import { type ComponentEnergy, partition } from '../../src/attribution/partition.ts';
import { groupUse } from '../../src/attribution/use.ts';
import { usedOf } from '../../src/attribution/uses.ts';
import { place } from '../../src/energy/containment.ts';
import { advanceCounter, type CounterState } from '../../src/energy/counter.ts';
import {
  bookHost,
  type Candidate,
  type HostTotalState,
  initialHostTotal,
} from '../../src/energy/host-total.ts';
import { powerAt } from '../../src/energy/load-curve.ts';
import { book, emptyLedger, fromPersisted, toPersisted, total } from '../../src/ledger.ts';
import { decode, encode } from '../../src/model/codec.ts';
import type { Meter } from '../../src/model/meter.ts';
import type { Weight } from '../../src/model/workload.ts';
import * as units from '../../src/units.ts';
import { type GroupReading, packGroups } from '../fixtures/groups.ts';
import { runEngine } from '../fixtures/run-engine.ts';
import { scriptedHost } from '../fixtures/scripted-host.ts';

const { joules, watts, seconds, ratio } = units;
const relative = (a: number, b: number): number => Math.abs(a - b) / Math.max(1, Math.abs(a), Math.abs(b));
const positive = (max: number) => fc.double({ min: 0, max, noNaN: true, noDefaultInfinity: true });

describe('units', () => {
  it('kilowatt-hours and joules come back as they were', () => {
    fc.assert(
      fc.property(positive(1e15), (value) => {
        expect(relative(units.fromKilowattHours(units.toKilowattHours(joules(value))), value)).toBeLessThan(
          1e-15,
        );
      }),
    );
  });

  it('microjoules beyond 2^53 lose less than a microjoule in ten gigajoules', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n }), (raw) => {
        const back = BigInt(Math.round(units.fromMicrojoules(raw) * 1000)) * 1000n;
        const error = raw > back ? raw - back : back - raw;
        expect(Number(error)).toBeLessThanOrEqual(Math.max(1000, Number(raw) * 2e-16 * 4));
      }),
    );
  });

  it('a sum does not depend on the order of its terms', () => {
    fc.assert(
      fc.property(fc.array(positive(1e9), { maxLength: 200 }), (values) => {
        const forward = units.sum(values.map(joules));
        const backward = units.sum([...values].reverse().map(joules));
        expect(relative(forward, backward)).toBeLessThan(1e-15);
      }),
    );
  });

  it('joules and watts cannot be added up', () => {
    // @ts-expect-error two units in one sum do not compile; without this error `npm run check` fails
    expect(units.sum([joules(1), watts(1)])).toBe(2);
  });
});

const feed = (
  raws: readonly { readonly raw: bigint; readonly at: number }[],
  range: number | undefined,
  ceiling: number,
): { readonly total: number; readonly energies: readonly number[] } => {
  let state: CounterState | undefined;
  const energies: number[] = [];
  for (const { raw, at } of raws) {
    const step = advanceCounter(state, {
      microjoules: raw,
      at: seconds(at),
      range: range === undefined ? undefined : joules(range),
      ceiling: watts(ceiling),
    });
    state = step.state;
    if (step.span !== undefined) energies.push(step.span.energy);
  }
  return { total: energies.reduce((sum, energy) => sum + energy, 0), energies };
};

describe('counters', () => {
  it('a wrapping counter gives the same energy as its unwrapped twin', () => {
    const steps = fc.array(
      fc.record({ power: fc.integer({ min: 0, max: 400 }), duration: fc.integer({ min: 1, max: 30 }) }),
      {
        minLength: 1,
        maxLength: 200,
      },
    );
    fc.assert(
      fc.property(steps, fc.bigInt({ min: 0n, max: 65_532_610_987n }), (loads, start) => {
        const modulus = 65_532_610_987n;
        let at = 0;
        let raw = start;
        const twin = [{ raw, at }];
        for (const { power, duration } of loads) {
          at += duration;
          raw += BigInt(power * duration) * 1_000_000n;
          twin.push({ raw, at });
        }
        // Sentinel values are dropped by design; a twin that meets one is another case.
        fc.pre(twin.every((one) => one.raw % modulus !== 0xffff_ffffn && one.raw !== 0xffff_ffffn));
        const wrapped = feed(
          twin.map((one) => ({ raw: one.raw % modulus, at: one.at })),
          65_532.610987,
          1000,
        );
        expect(relative(wrapped.total, feed(twin, undefined, 1000).total)).toBeLessThan(1e-9);
      }),
    );
  });

  it('whatever a counter shows, no interval is negative or above the ceiling', () => {
    const reading = fc.record({
      raw: fc.bigInt({ min: -10n, max: 2n ** 64n + 10n }),
      step: fc.integer({ min: 1, max: 60 }),
    });
    const small = fc.record({
      raw: fc.bigInt({ min: 0n, max: 10_000_000_000n }),
      step: fc.integer({ min: 1, max: 60 }),
    });
    fc.assert(
      fc.property(
        fc.array(fc.oneof(reading, small), { maxLength: 60 }),
        fc.option(positive(1e6)),
        (readings, range) => {
          let at = 0;
          const raws = readings.map(({ raw, step }) => {
            at += step;
            return { raw, at };
          });
          const { energies, total: all } = feed(raws, range ?? undefined, 1000);
          for (const energy of energies) expect(energy).toBeGreaterThanOrEqual(0);
          expect(all).toBeLessThanOrEqual(1000 * at * (1 + 1e-9));
        },
      ),
    );
  });

  it('one bad reading between good ones costs nothing', () => {
    const bad = fc.bigInt({ min: 0n, max: 2n ** 64n });
    fc.assert(
      fc.property(bad, fc.integer({ min: 1, max: 300 }), (garbage, power) => {
        const good = (i: number): bigint => 100_000_000_000n + BigInt(power * 5 * i) * 1_000_000n;
        const truth = power * 5 * 10;
        const raws = Array.from({ length: 11 }, (_, i) => ({ raw: i === 5 ? garbage : good(i), at: i * 5 }));
        const { total: all } = feed(raws, 262_143.32885, 1000);
        // A bad value that some load below the ceiling explains cannot be told from that load; it moves energy in time.
        fc.pre(garbage < 99_000_000_000n || garbage > 106_000_000_000n);
        expect(relative(all, truth)).toBeLessThan(1e-9);
      }),
    );
  });

  it('finer sampling gives the same joules', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 10, maxLength: 60 }),
        fc.integer({ min: 2, max: 7 }),
        (powers, every) => {
          let raw = 1_000_000n;
          const fine = [{ raw, at: 0 }];
          powers.forEach((power, i) => {
            raw += BigInt(power) * 1_000_000n;
            fine.push({ raw, at: i + 1 });
          });
          const coarse = fine.filter((_, i) => i % every === 0 || i === fine.length - 1);
          expect(relative(feed(fine, 262_143, 1000).total, feed(coarse, 262_143, 1000).total)).toBeLessThan(
            1e-9,
          );
        },
      ),
    );
  });
});

const uses = fc.array(positive(100), { maxLength: 40 }).map((cpus) =>
  cpus.map(
    (amount, i): Weight => ({
      workload: { id: `w${i}`, kind: 'cgroup', class: 'c', labels: {} },
      amount,
    }),
  ),
);

describe('partition', () => {
  it('the parts sum to the whole, whatever was used and whoever carries the floor', () => {
    const component = fc.record({ fixed: positive(1e9), dynamic: positive(1e9) });
    fc.assert(
      fc.property(
        component,
        uses,
        positive(4000),
        fc.constantFrom(...STATIC_POLICIES),
        (energy, rows, busy, policy) => {
          const whole: ComponentEnergy = {
            resource: 'cpu',
            fixed: joules(energy.fixed),
            dynamic: joules(energy.dynamic),
          };
          const claims = claimsOf(policy, {
            used: rows,
            reserved: rows,
            present: rows,
            capacity: busy / 50,
          });
          const shares = partition(whole, { whole: busy, rows }, claims);
          const sum = units.sum(shares.map((share) => share.energy));
          expect(relative(sum, energy.fixed + energy.dynamic)).toBeLessThan(1e-9);
          for (const share of shares) expect(share.energy).toBeGreaterThan(0);
        },
      ),
    );
  });

  it('the order of the workloads changes no share', () => {
    fc.assert(
      fc.property(uses, positive(1000), (rows, busy) => {
        const whole: ComponentEnergy = { resource: 'cpu', fixed: joules(10), dynamic: joules(1000) };
        const of = (list: readonly Weight[]): Map<string, number> =>
          new Map(
            partition(whole, { whole: busy, rows: list }, { whole: 0, rows: list }).map((s) => [
              `${s.workload.id} ${s.part}`,
              s.energy,
            ]),
          );
        const [a, b] = [of(rows), of([...rows].reverse())];
        for (const [key, value] of a) {
          if (!key.startsWith('other') && !key.startsWith('idle'))
            expect(relative(value, b.get(key) ?? -1)).toBeLessThan(1e-12);
        }
      }),
    );
  });
});

describe('control groups', () => {
  /** Random trees over several readings, with groups that come, go and come back under new ids. */
  const script = fc.array(
    fc.array(fc.record({ at: fc.nat(30), kind: fc.constantFrom('add', 'remove', 'use'), cpu: positive(3) }), {
      maxLength: 20,
    }),
    { minLength: 2, maxLength: 12 },
  );

  it('no CPU time is lost or invented, whatever comes and goes between two readings', () => {
    fc.assert(
      fc.property(script, (intervals) => {
        let next = 2;
        const tree = new Map([['1', { path: '/', parent: undefined as string | undefined, cpu: 0 }]]);
        const use = (id: string, cpu: number): void => {
          for (let at: string | undefined = id; at !== undefined; at = tree.get(at)?.parent) {
            const node = tree.get(at);
            if (node !== undefined) node.cpu += cpu;
          }
        };
        let state: ReturnType<typeof groupUse>['state'] | undefined;
        let twin: typeof state;
        let before = 0;
        const read = (at: number): void => {
          const groups: GroupReading[] = [...tree].map(([id, { path, parent, cpu }]) => ({
            id,
            path,
            cpu: seconds(cpu),
            members: false,
            ...(parent === undefined ? {} : { parent }),
          }));
          const sample = packGroups(at, groups);
          const step = groupUse(state, sample);
          // A source gives the same tree again while nothing came or went: the way through it is another, not the result.
          const same = JSON.stringify(twin?.tree) === JSON.stringify(sample.tree) ? twin?.tree : undefined;
          const again = groupUse(twin, { ...sample, tree: same ?? sample.tree });
          expect(usedOf(again.uses)).toEqual(usedOf(step.uses));
          expect(again.alive).toEqual(step.alive);
          twin = again.state;
          const root = tree.get('1')?.cpu ?? 0;
          const booked = units.sum(step.uses.amounts.map(seconds));
          if (state === undefined) expect(booked).toBe(0);
          // What ran in groups right below the root that are gone unseen is the root's own: `other`.
          else expect(booked).toBeLessThanOrEqual((root - before) * (1 + 1e-9) + 1e-9);
          for (const amount of step.uses.amounts) expect(amount).toBeGreaterThanOrEqual(0);
          const keys = step.uses.roster.map((workload) => `${workload.kind} ${workload.id}`);
          expect(new Set(keys).size).toBe(keys.length);
          state = step.state;
          before = root;
        };
        intervals.forEach((actions, i) => {
          for (const { at, kind, cpu } of actions) {
            const ids = [...tree.keys()];
            const id = ids[at % ids.length] ?? '1';
            const node = tree.get(id);
            if (kind === 'add' && node !== undefined) {
              tree.set(String(next), {
                path: `${node.path === '/' ? '' : node.path}/g${at % 4}-${next}`,
                parent: id,
                cpu: 0,
              });
              next += 1;
            } else if (kind === 'use' && id !== '1') use(id, cpu);
            else if (
              kind === 'remove' &&
              id !== '1' &&
              ![...tree.values()].some((other) => other.parent === id)
            )
              tree.delete(id);
          }
          read(i * 10);
          // And once more with the same groups, which is the usual case.
          const last = [...tree.keys()].at(-1) ?? '1';
          if (last !== '1') use(last, 1 + i);
          read(i * 10 + 5);
        });
      }),
    );
  });
});

describe('one host total', () => {
  it('no instant is booked twice and none is skipped while any source reports', () => {
    const schedule = fc.array(fc.record({ a: fc.boolean(), b: fc.boolean() }), {
      minLength: 10,
      maxLength: 80,
    });
    fc.assert(
      fc.property(schedule, fc.integer({ min: 1, max: 4 }), (ticks, slow) => {
        // Both sources see the same constant 100 W, so energy / 100 W is the time that was booked.
        let state: HostTotalState = initialHostTotal;
        let booked = 0;
        let until = 0;
        const last = { a: 0, b: 0 };
        ticks.forEach((alive, i) => {
          const now = (i + 1) * 5;
          const candidate = (source: 'platform' | 'components', key: 'a' | 'b', every: number): Candidate => {
            const reports = alive[key] && (i + 1) % every === 0;
            const spans = reports
              ? [{ from: seconds(last[key]), to: seconds(now), energy: joules((now - last[key]) * 100) }]
              : [];
            if (reports) last[key] = now;
            return {
              source,
              quality: 'derived',
              complete: true,
              meters: [{ id: key, spans }],
              patience: seconds(every * 15),
            };
          };
          const step = bookHost(
            state,
            [candidate('platform', 'a', slow), candidate('components', 'b', 1)],
            seconds(now),
          );
          state = step.state;
          booked += step.booking?.energy ?? 0;
          until = Math.max(until, step.booking?.to ?? 0);
        });
        expect(booked / 100).toBeLessThanOrEqual(until + 1e-6);
        expect(booked / 100).toBeGreaterThanOrEqual(until - 1e-6);
      }),
    );
  });

  it('which meters are parts and which are wholes does not depend on their order', () => {
    const meter = (
      id: string,
      domain: Meter['domain'],
      source: string,
      more: Partial<Meter> = {},
    ): Meter => ({
      id,
      domain,
      source,
      label: id,
      reads: { as: 'energy' },
      quality: 'measured',
      ceiling: watts(1000),
      interval: seconds(0),
      ...more,
    });
    const all = [
      meter('psys', 'psys', 'rapl'),
      meter('package-0', 'package', 'rapl'),
      meter('core-0', 'core', 'rapl', { within: 'package-0' }),
      meter('dram-0', 'dram', 'rapl'),
      meter('k10temp', 'package', 'hwmon', { reads: { as: 'power' } }),
      meter('gpu-0', 'gpu', 'hwmon'),
      meter('acpi', 'platform', 'hwmon', { reads: { as: 'power' } }),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (shuffled) => {
        const parts = place(shuffled)
          .filter(({ role }) => role === 'component')
          .map(({ meter: one }) => one.id);
        expect(parts.sort()).toEqual(['dram-0', 'gpu-0', 'package-0']);
      }),
    );
  });
});

describe('ledger, codec and hours', () => {
  it('counters come back from a save to the bit, and one long sum equals many short ones', () => {
    fc.assert(
      fc.property(fc.array(positive(1e6), { minLength: 1, maxLength: 300 }), (amounts) => {
        let ledger = emptyLedger;
        for (const amount of amounts) {
          ledger = book(
            ledger,
            [{ metric: 'hw_energy_joules_total', labels: { hw_id: 'a', hw_type: 'cpu' }, amount }],
            seconds(0),
          );
        }
        const value = total(ledger, 'hw_energy_joules_total');
        expect(relative(value, units.sum(amounts.map(joules)))).toBeLessThan(1e-15);
        expect(total(fromPersisted(toPersisted(ledger)).ledger, 'hw_energy_joules_total')).toBe(value);
      }),
    );
  });

  it('a booking that would make a counter go back is refused', () => {
    for (const amount of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() =>
        book(emptyLedger, [{ metric: 'hw_host_energy_joules_total', labels: {}, amount }], seconds(0)),
      ).toThrow(/would break the counter/);
    }
  });

  it('state survives JSON with its bigints, maps and sets', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: 'small' },
        fc.string(),
        fc.integer(),
        fc.boolean(),
        fc.bigInt(),
        fc.array(tie('any'), { maxLength: 4 }),
        fc.array(fc.tuple(fc.string(), tie('any')), { maxLength: 4 }).map((pairs) => new Map(pairs)),
        fc.array(fc.string(), { maxLength: 4 }).map((items) => new Set(items)),
        fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), tie('any'), { maxKeys: 4, noNullPrototype: true }),
      ),
    })).any;
    fc.assert(
      fc.property(value, (original) => {
        expect(decode(JSON.parse(JSON.stringify(encode(original))))).toEqual(original);
      }),
    );
  });

  it('a load curve stays between its idle and its full power for every load', () => {
    const curve = {
      name: 'c',
      citation: '',
      errorBand: ratio(0.3),
      points: [
        { load: ratio(0), power: watts(50) },
        { load: ratio(0.4), power: watts(180) },
        { load: ratio(1), power: watts(250) },
      ],
    };
    fc.assert(
      fc.property(fc.double({ min: -1, max: 2 }), (load) => {
        const power = powerAt(curve, ratio(load));
        expect(power).toBeGreaterThanOrEqual(50);
        expect(power).toBeLessThanOrEqual(250);
      }),
    );
    expect(powerAt(curve, ratio(0.2))).toBeCloseTo(115, 9);
    expect(powerAt(curve, ratio(0.7))).toBeCloseTo(215, 9);
  });
});

/** No floor, so that all energy is dynamic and the arithmetic is plain. */
const NO_FLOOR = { metering: { interval: seconds(5), floors: new Map([['package-0', watts(0)]]) } };

describe('the whole tick', () => {
  it('conserves energy over random loads, wraps, glitches and churn (checked after every tick)', () => {
    const action = fc.record({
      duration: fc.integer({ min: 1, max: 12 }),
      busy: positive(1),
      power: fc.integer({ min: 20, max: 300 }),
      group: fc.nat(5),
      glitch: fc.constantFrom('none', 'none', 'none', 'reset', 'sentinel', 'remove', 'add'),
    });
    fc.assert(
      fc.property(
        fc.array(action, { minLength: 3, maxLength: 40 }),
        fc.constantFrom(...STATIC_POLICIES),
        (actions, staticShare) => {
          const host = scriptedHost();
          host.addMeter('package-0', 'package', 100);
          host.addMeter('dram-0', 'dram', 12, { ceiling: watts(300) });
          for (let i = 2; i < 8; i++) host.addGroup(String(i), `/slice/g${i}`);
          let next = 100;
          const run = runEngine({ attribution: { staticShare, top: 3, retention: seconds(1e6) } });
          run.step(host.sample());
          for (const { duration, busy, power, group, glitch } of actions) {
            const pkg = host.counters.get('package-0');
            if (pkg !== undefined) pkg.power = power;
            const ids = [...host.groups.keys()].filter((id) => id !== '1');
            const id = ids[group % Math.max(1, ids.length)];
            const cpu = busy * duration * host.processors;
            host.advance(duration, { busy: cpu, groups: id === undefined ? {} : { [id]: cpu * 0.8 } });
            if (glitch === 'reset' && pkg !== undefined) pkg.raw = 5n;
            if (glitch === 'remove' && id !== undefined) host.groups.delete(id);
            if (glitch === 'add') host.addGroup(String(next), `/slice/n${next++}`);
            const sample = host.sample();
            const readings = sample.readings.map((r) =>
              glitch === 'sentinel' && 'microjoules' in r ? { ...r, microjoules: 0xffff_ffffn } : r,
            );
            run.step({ ...sample, readings });
          }
          // A component that was silent for long holds the host total back until it is heard again; the parts are not.
          for (let i = 0; i < 3; i++) {
            host.advance(5, { busy: 4 });
            run.step(host.sample());
          }
          const rows = run.total('negawatt_workload_energy_joules_total');
          expect(relative(rows, run.total('hw_host_energy_joules_total'))).toBeLessThan(1e-9);
          expect(relative(rows, run.total('hw_energy_joules_total'))).toBeLessThan(1e-9);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('rows sum to the host whoever falls silent and comes back, and a component counts what its meter counted', () => {
    const silence = fc.array(
      fc.record({
        acpi: fc.boolean(),
        psys: fc.boolean(),
        package: fc.boolean(),
        length: fc.integer({ min: 1, max: 9 }),
      }),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(silence, fc.boolean(), fc.boolean(), (phases, hasPsys, hasModel) => {
        const host = scriptedHost();
        const power = {
          reads: { as: 'power' as const },
          source: 'hwmon',
          ceiling: watts(20_000),
          interval: seconds(1),
        };
        host.addMeter('acpi', 'platform', 500, power);
        host.addMeter('package-0', 'package', 200);
        host.addMeter('dram-0', 'dram', 20, { ceiling: watts(300) });
        if (hasPsys) host.addMeter('psys', 'psys', 300, { ceiling: watts(20_000) });
        if (hasModel) host.addModel(150, 600);
        const run = runEngine();
        const tick = (silent: { acpi: boolean; psys: boolean; package: boolean }): void => {
          host.advance(5, { busy: 8 });
          const gone = (id: string): boolean =>
            (id === 'acpi' && silent.acpi) ||
            (id === 'psys' && silent.psys) ||
            (id === 'package-0' && silent.package);
          run.step(host.sample(host.sample().readings.filter(({ meter }) => !gone(meter))));
        };
        run.step(host.sample());
        for (const phase of [...phases, { acpi: false, psys: false, package: false, length: 60 }]) {
          for (let i = 0; i < phase.length; i++) tick(phase);
        }
        const excess = run.snapshots.at(-1)?.view.metered.state.rest.excess ?? 0;
        const rows = run.total('negawatt_workload_energy_joules_total');
        expect(relative(rows, run.total('hw_host_energy_joules_total') + excess)).toBeLessThan(1e-9);
        for (const id of ['package-0', 'dram-0']) {
          const truth = host.counters.get(id)?.truth ?? 0;
          expect(relative(run.total('hw_energy_joules_total', { hw_id: id }), truth)).toBeLessThan(1e-9);
        }
        // The host meter is back and covers its parts: whatever they were ahead has been made up for.
        expect(excess).toBe(0);
      }),
      { numRuns: 100 },
    );
  });

  it('a restart in the same boot tears no counter and recovers what was used meanwhile', () => {
    const host = scriptedHost();
    host.addMeter('package-0', 'package', 100);
    host.addGroup('2', '/a.service');
    const first = runEngine(NO_FLOOR);
    first.step(host.sample());
    host.advance(5, { busy: 4, groups: { '2': 3 } });
    first.step(host.sample());
    const { state } = first.engine.persist();
    const saved = { ...state, engine: JSON.parse(JSON.stringify(state.engine)) as unknown };
    host.advance(60, { busy: 40, groups: { '2': 20 } });
    const second = runEngine(NO_FLOOR, saved);
    second.step(host.sample());
    expect(second.total('hw_host_energy_joules_total')).toBeCloseTo(6500, 6);
    expect(second.total('negawatt_workload_cpu_seconds_total', { workload: 'a.service' })).toBeCloseTo(23, 9);
    expect(second.total('negawatt_workload_energy_joules_total', { workload: 'a.service' })).toBeCloseTo(
      500 * 0.75 + 6000 * 0.5,
      6,
    );
  });

  it('after a kill the energy used meanwhile is complete, and what nobody can own any more is other', () => {
    const host = scriptedHost();
    host.addMeter('package-0', 'package', 100);
    host.addGroup('2', '/a.service');
    const first = runEngine(NO_FLOOR);
    first.step(host.sample());
    host.advance(5, { busy: 4, groups: { '2': 4 } });
    first.step(host.sample());
    const { state } = first.engine.persist(false);
    const second = runEngine(NO_FLOOR, {
      ...state,
      engine: JSON.parse(JSON.stringify(state.engine)) as unknown,
    });
    host.advance(60, { busy: 40, groups: { '2': 20 } });
    second.step(host.sample());
    host.advance(5, { busy: 4, groups: { '2': 4 } });
    second.step(host.sample());
    const of = (workload: string): number =>
      second.total('negawatt_workload_energy_joules_total', { workload });
    expect(second.total('hw_host_energy_joules_total')).toBeCloseTo(7000, 6);
    expect(of('a.service')).toBeCloseTo(1000, 6);
    expect(of('other')).toBeCloseTo(6000, 6);
  });

  it('after a reboot counters go on from where they were, and nothing is made of the old raw values', () => {
    const host = scriptedHost();
    host.addMeter('package-0', 'package', 100, { raw: 900_000_000n });
    const first = runEngine();
    first.step(host.sample());
    host.advance(5, { busy: 4 });
    first.step(host.sample());
    const { state } = first.engine.persist();
    const next = scriptedHost();
    next.bootId = 'boot-2';
    next.now = 30;
    next.addMeter('package-0', 'package', 100, { raw: 2_000_000_000n });
    const second = runEngine({}, { ...state, engine: JSON.parse(JSON.stringify(state.engine)) as unknown });
    second.step(next.sample());
    expect(second.total('hw_host_energy_joules_total')).toBeCloseTo(500, 6);
    next.advance(5, { busy: 4 });
    second.step(next.sample());
    expect(second.total('hw_host_energy_joules_total')).toBeCloseTo(1000, 6);
  });
});
