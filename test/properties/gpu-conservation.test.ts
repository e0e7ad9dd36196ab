/** Conservation over processors, memory and boards together, whatever the host does and whoever falls silent. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { STATIC_POLICIES } from '../../src/attribution/claims.ts';
import { total } from '../../src/ledger.ts';
import type { GpuInstance, GpuProcess, GpuReading } from '../../src/model/gpu.ts';
import type { Sample } from '../../src/model/sample.ts';
import type { Snapshot } from '../../src/snapshot.ts';
import { bytes, ratio, seconds, watts } from '../../src/units.ts';
import { expectRowsAreHost, expectRowsAreMeters } from '../fixtures/closure.ts';
import { runEngine } from '../fixtures/run-engine.ts';
import { type ScriptedHost, scriptedHost } from '../fixtures/scripted-host.ts';

const PROCESSORS = 16;
const GROUPS = ['a', 'b', 'c', 'd'] as const;
const METERS = ['package-0', 'package-1', 'dram-0', 'GPU-0', 'GPU-1'] as const;
const BOARDS = ['GPU-0', 'GPU-1'] as const;
const pathOf = (group: string): string => `/docker/${group.repeat(64)}`;

const part = fc.double({ min: 0, max: 1, noNaN: true });
/** Who is on a board: nobody tells, some processes with or without their share, or instances. */
const board = fc.record({
  mode: fc.constantFrom('untold', 'none', 'shares', 'memory', 'divided', 'unread'),
  busy: part,
  owners: fc.array(
    fc.record({
      group: fc.constantFrom(...GROUPS, 'gone', undefined),
      share: part,
      memory: fc.nat(80),
      slot: fc.nat(2),
    }),
    { maxLength: 5 },
  ),
  slices: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
  active: fc.boolean(),
});
type Board = typeof board extends fc.Arbitrary<infer T> ? T : never;
const step = fc.record({
  duration: fc.constantFrom(1, 5, 5, 5, 11, 40),
  busy: part,
  use: fc.tuple(part, part, part, part),
  present: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean()),
  powers: fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 6, maxLength: 6 }),
  silent: fc.subarray([...METERS, 'acpi'] as string[], { maxLength: 3 }),
  memory: fc.option(fc.tuple(fc.nat(60), fc.nat(60), fc.nat(60), fc.nat(60))),
  boards: fc.tuple(board, board),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
const scenario = fc.record({
  policy: fc.constantFrom(...STATIC_POLICIES),
  top: fc.integer({ min: 1, max: 6 }),
  hostMeter: fc.boolean(),
  model: fc.boolean(),
  floors: fc.boolean(),
  quotas: fc.tuple(fc.nat(8), fc.nat(8), fc.nat(8), fc.nat(8)),
  steps: fc.array(step, { minLength: 3, maxLength: 14 }),
});

const gpuReading = (meter: string, at: number, one: Board): GpuReading | undefined => {
  const { mode, busy, owners, slices, active } = one;
  if (mode === 'unread') return undefined;
  const instances = slices.map(
    (own, slot): GpuInstance => ({
      id: `${meter}/${slot}`,
      kind: 'mig',
      profile: `${own}g`,
      slices: own,
      ...(active ? { utilization: ratio(busy / (slot + 1)) } : {}),
    }),
  );
  const processes = owners.map(
    ({ group, share, memory, slot }, pid): GpuProcess => ({
      pid,
      ...(group === undefined ? {} : { group: group === 'gone' ? '/nowhere/at/all' : pathOf(group) }),
      ...(mode === 'shares' ? { utilization: ratio(share) } : {}),
      memory: bytes(memory * 2 ** 30),
      ...(mode === 'divided' ? { instance: `${meter}/${slot % slices.length}` } : {}),
    }),
  );
  return {
    meter,
    at: seconds(at),
    utilization: ratio(busy),
    ...(mode === 'untold' ? {} : { processes: mode === 'none' ? [] : processes }),
    ...(mode === 'divided' ? { slices: 7, instances } : {}),
  };
};

const newHost = ({ hostMeter, model }: { hostMeter: boolean; model: boolean }): ScriptedHost => {
  const host = scriptedHost();
  host.processors = PROCESSORS;
  for (const id of ['package-0', 'package-1']) host.addMeter(id, 'package', 50);
  host.addMeter('dram-0', 'dram', 10);
  for (const id of BOARDS)
    host.addMeter(id, 'gpu', 60, {
      source: 'nvml',
      reads: { as: 'energy' },
      ceiling: watts(2000),
      interval: seconds(1),
    });
  if (hostMeter)
    host.addMeter('acpi', 'platform', 800, {
      source: 'hwmon',
      reads: { as: 'power' },
      ceiling: watts(20_000),
      interval: seconds(1),
    });
  if (model) host.addModel(100, 900);
  host.addGroup('2', '/docker');
  return host;
};

/** Groups come and go; processors are shared out so that the groups never use more than was busy. */
const pass = (host: ScriptedHost, { duration, busy, use, present, powers }: Step): void => {
  GROUPS.forEach((group, i) => {
    const id = `10${i}`;
    if (present[i] === true && !host.groups.has(id)) host.addGroup(id, pathOf(group), '2', true);
    if (present[i] === false) host.groups.delete(id);
  });
  [...METERS, 'acpi'].forEach((id, i) => {
    const counter = host.counters.get(id);
    if (counter !== undefined) counter.power = powers[i] ?? 0;
  });
  const all = use.reduce((sum, one) => sum + one, 0);
  const worked = busy * duration * PROCESSORS;
  const groups = Object.fromEntries(
    use.flatMap((one, i) => (present[i] === true ? [[`10${i}`, (worked * one) / Math.max(1, all)]] : [])),
  );
  host.advance(duration, { busy: worked, groups });
};

const sampleOf = (host: ScriptedHost, now: Step, quotas: readonly number[]): Sample => {
  const sample = host.sample();
  const groups = sample.groups!;
  const indexOf = (path: string): number => GROUPS.findIndex((group) => pathOf(group) === path);
  const held = (of: readonly number[], path: string): number =>
    path === '/docker' || path === '/' ? of.reduce((sum, one) => sum + one, 0) : (of[indexOf(path)] ?? 0);
  const memory = now.memory;
  return {
    ...sample,
    readings: sample.readings.filter(({ meter }) => !now.silent.includes(meter)),
    gpus: BOARDS.flatMap((meter, i) => gpuReading(meter, host.now, now.boards[i]!) ?? []),
    memory: { total: bytes(512 * 2 ** 30), available: bytes(2 ** 30), anonymous: bytes(200 * 2 ** 30) },
    groups: {
      ...groups,
      processors: groups.tree.paths.map((path) => (indexOf(path) < 0 ? 0 : (quotas[indexOf(path)] ?? 0))),
      ...(memory === null ? {} : { memory: groups.tree.paths.map((path) => held(memory, path) * 2 ** 30) }),
    },
  };
};

const INSTANCES = 'negawatt_gpu_instance_energy_joules_total';
/** What the instances of the divided boards got at this tick is what the boards got. */
const expectInstancesShareBoards = (before: Snapshot | undefined, now: Snapshot): void => {
  const given = total(now.ledger, INSTANCES) - (before === undefined ? 0 : total(before.ledger, INSTANCES));
  const { seen } = now.view.attributed.state;
  const divided = now.view.metered.components.filter(
    ({ id }) => (seen.gpus.get(id)?.at(-1)?.instances?.length ?? 0) > 0,
  );
  const whole = divided.reduce((sum, { energy }) => sum + energy, 0);
  expect(Math.abs(given - whole)).toBeLessThanOrEqual(1e-9 * Math.max(1, total(now.ledger, INSTANCES)));
};

it('rows sum to the host and to the meters of each resource at every tick, and no counter falls', () => {
  fc.assert(
    fc.property(scenario, ({ policy, top, hostMeter, model, floors, quotas, steps }) => {
      const host = newHost({ hostMeter, model });
      const run = runEngine({
        metering: {
          interval: seconds(5),
          floors: new Map(floors ? METERS.map((id, i) => [id, watts(20 + 10 * i)] as const) : []),
        },
        // Rows stay for good: the sums are over all that was ever booked.
        attribution: { staticShare: policy, top, retention: seconds(1e9) },
      });
      for (const one of steps) {
        pass(host, one);
        const before = run.snapshots.at(-1);
        const now = run.step(sampleOf(host, one, quotas));
        expectRowsAreHost(now);
        if (!model) expectRowsAreMeters(now);
        expectInstancesShareBoards(before, now);
      }
      const gpuTime = run.total('negawatt_workload_gpu_seconds_total');
      const time = host.now - 1000;
      expect(gpuTime).toBeLessThanOrEqual(BOARDS.length * time * (1 + 1e-9));
    }),
    { numRuns: 300 },
  );
});
