/** Rows of the history: whatever the host does, they sum to what the counters grew by, over minutes, hours and saves. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openLives } from '../../src/attribution/lives.ts';
import { pueOf } from '../../src/carbon/emissions.ts';
import type { CarbonAt } from '../../src/carbon/in-force.ts';
import type { SavedEngine } from '../../src/engine.ts';
import { fromPersisted, total } from '../../src/ledger.ts';
import type { Labels, MetricName } from '../../src/metrics.ts';
import { decode } from '../../src/model/codec.ts';
import type { EndedWorkload } from '../../src/model/ended.ts';
import type { Sample } from '../../src/model/sample.ts';
import type { PersistedState } from '../../src/model/state.ts';
import { HOUR, MINUTE, type Usage, type UsageScope } from '../../src/model/usage.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { ratio, seconds, watts } from '../../src/units.ts';
import { type Run, runEngine } from '../fixtures/run-engine.ts';
import { carbon, factor } from '../fixtures/samples.ts';
import { scriptedHost } from '../fixtures/scripted-host.ts';

/** Even over its range, which doubles of fast-check are not: hosts that do something. */
const part = fc.integer({ min: 0, max: 1000 }).map((value) => value / 1000);
const often = fc.integer({ min: 0, max: 4 }).map((value) => value > 0);
const NAMES = ['a', 'b', 'c'] as const;
const METERS = ['package-0', 'acpi', 'GPU-0'];
const step = fc.record({
  duration: fc.constantFrom(1, 5, 5, 5, 13.7, 47, 180),
  busy: part,
  use: fc.tuple(part, part, part),
  present: fc.tuple(often, often, often),
  silent: fc.subarray(METERS, { maxLength: 2 }),
  work: fc.option(fc.record({ name: fc.constantFrom(...NAMES, 'host'), amount: fc.nat(50) })),
  /** What comes after the tick. */
  next: fc.constantFrom(
    ...new Array<string>(6).fill('go on'),
    'save',
    'fail to save',
    'restart',
    'kill',
    'reboot',
  ),
});
const scenario = fc.record({
  /** Seconds after a full hour; the last minutes of one are common. */
  start: fc.oneof(fc.integer({ min: 0, max: 3599 }), fc.integer({ min: 3500, max: 3599 })),
  top: fc.integer({ min: 1, max: 4 }),
  staticShare: fc.constantFrom('none' as const, 'used' as const),
  hostMeter: fc.boolean(),
  /** When factors change, in seconds from the start; and what is in force from then on. */
  changes: fc.array(
    fc.record({
      at: fc.integer({ min: 1, max: 900 }),
      grams: fc.integer({ min: 1, max: 900 }),
      kind: fc.constantFrom('both', 'both', 'location', 'none', 'example', 'elsewhere'),
    }),
    { maxLength: 4 },
  ),
  steps: fc.array(step, { minLength: 3, maxLength: 25, size: 'max' }),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

/** Factors by time, each answer with the time until which it holds. */
const carbonOf = ({ changes }: Scenario, start: number): CarbonAt => {
  const sorted = [...changes].sort((a, b) => a.at - b.at);
  return (wall) => {
    const next = sorted.find(({ at }) => start + at * 1000 > wall);
    const now = sorted.filter(({ at }) => start + at * 1000 <= wall).at(-1) ?? { grams: 300, kind: 'both' };
    const pue = pueOf(1 + now.grams / 1000);
    return {
      ...carbon({
        location: factor('location', now.grams),
        market: factor('market', now.grams / 2),
        // PUE and price change with the factor, and each is unknown at times.
        pue: now.grams % 3 > 0 && pue.found ? pue.value : undefined,
        ...(now.grams % 5 > 0 ? { price: { currency: 'EUR', perKWh: now.grams / 100 } } : {}),
      }),
      ...(now.kind === 'location' ? { market: undefined } : {}),
      ...(now.kind === 'none' ? { zone: undefined, location: undefined, market: undefined } : {}),
      ...(now.kind === 'example' ? { example: true } : {}),
      ...(now.kind === 'elsewhere' ? { zone: 'FR' } : {}),
      ...(next === undefined ? {} : { until: start + next.at * 1000 }),
    };
  };
};

/** What was counted over all lives of the agent, as the last save has it: what was not saved is forgotten by a kill. */
const counted = (saved: PersistedState | undefined, metric: MetricName, where: Labels = {}): number =>
  total(fromPersisted(saved?.counters ?? new Map()).ledger, metric, where);

const play = (one: Scenario) => {
  const host = scriptedHost();
  host.wall = Date.UTC(2026, 0, 1, 5) + one.start * 1000;
  const carbonAt = carbonOf(one, host.wall);
  host.addMeter('package-0', 'package', 90);
  host.addMeter('GPU-0', 'gpu', 200, { source: 'nvml', ceiling: watts(2000) });
  if (one.hostMeter)
    host.addMeter('acpi', 'platform', 400, {
      source: 'hwmon',
      reads: { as: 'energy', range: undefined } as never,
      ceiling: watts(5000),
      interval: seconds(1),
    });
  const policy = {
    metering: { interval: seconds(5), floors: new Map([['package-0', watts(30)]]) },
    attribution: { staticShare: one.staticShare, top: one.top, retention: seconds(100_000) },
  };
  const store = memoryStore();
  const rows: Usage[] = [];
  const ended: EndedWorkload[] = [];
  let saved: PersistedState | undefined;
  let run: Run = runEngine(policy);
  const save = (orderly: boolean): void => {
    const { state, usage, ended: gone } = run.engine.persist(orderly);
    store.save(state, usage, gone);
    run.engine.confirmPersisted();
    rows.push(...usage);
    ended.push(...gone);
    saved = store.load();
  };
  const sampleOf = (now: Scenario['steps'][number]): Sample => ({
    ...host.sample(),
    readings: host.sample().readings.filter(({ meter }) => !now.silent.includes(meter)),
    gpus: [{ meter: 'GPU-0', at: seconds(host.now), utilization: ratio(now.busy) }],
    work:
      now.work === null
        ? []
        : [
            {
              workload: now.work.name === 'host' ? 'host' : `${now.work.name}.service`,
              unit: 'jobs',
              added: now.work.amount,
            },
          ],
  });
  for (const now of one.steps) {
    NAMES.forEach((name, i) => {
      if (now.present[i] && !host.groups.has(name)) host.addGroup(name, `/${name}.service`, '1', true);
      if (!now.present[i]) host.groups.delete(name);
    });
    const worked = now.busy * now.duration * host.processors;
    host.advance(now.duration, {
      busy: worked,
      groups: Object.fromEntries(
        NAMES.flatMap((name, i) => (now.present[i] ? [[name, (worked * now.use[i]!) / 3]] : [])),
      ),
    });
    run.step(sampleOf(now), carbonAt);
    if (now.next === 'save') save(false);
    if (now.next === 'fail to save') run.engine.persist();
    if (now.next === 'restart' || now.next === 'reboot') save(true);
    if (now.next === 'reboot') host.bootId += '+';
    if (['restart', 'kill', 'reboot'].includes(now.next)) run = runEngine(policy, saved);
  }
  if (run.snapshots.length > 0) save(true);
  return { rows, ended, store, saved };
};

const close = (what: string, a: number, b: number): void => {
  expect(Math.abs(a - b), `${what}: ${a} and ${b}`).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(a)));
};
const sumOf = (
  rows: readonly Usage[],
  scope: UsageScope,
  value: (row: Usage) => number | undefined,
): number =>
  rows
    .filter((row) => row.period === HOUR && row.scope === scope)
    .reduce((sum, row) => sum + (value(row) ?? 0), 0);

it('the rows of hours sum to what the counters grew by, whatever is saved, killed or booted in between', () => {
  fc.assert(
    fc.property(scenario, (one) => {
      const { rows, saved } = play(one);
      const grown = (metric: MetricName, where?: Labels): number => counted(saved, metric, where);
      close(
        'host energy',
        sumOf(rows, 'host', (row) => row.energy),
        grown('hw_host_energy_joules_total'),
      );
      close(
        'classes',
        sumOf(rows, 'class', (row) => row.energy),
        grown('negawatt_workload_energy_joules_total'),
      );
      close(
        'on',
        sumOf(rows, 'host', (row) => row.poweredOn),
        grown('negawatt_host_powered_on_seconds_total'),
      );
      close(
        'boards',
        sumOf(rows, 'host', (row) => row.gpuBusy),
        grown('negawatt_gpu_busy_seconds_total'),
      );
      close(
        'work',
        sumOf(rows, 'host', (row) => row.work?.get('jobs')),
        grown('negawatt_work_total'),
      );
      close(
        'use',
        sumOf(rows, 'class', (row) => row.cpuBusy),
        grown('negawatt_workload_cpu_seconds_total'),
      );
      close(
        'parts',
        sumOf(rows, 'domain', (row) => row.energy),
        grown('negawatt_workload_energy_joules_total'),
      );
      close(
        'each board',
        sumOf(rows, 'domain', (row) => row.gpuBusy),
        grown('negawatt_gpu_busy_seconds_total'),
      );
      close(
        'money',
        sumOf(rows, 'host', (row) => row.record?.paid.get('EUR')?.amount),
        grown('negawatt_energy_cost_total'),
      );
      // Grams of an example are booked to counters that are shown, and to no row.
      if (one.changes.some(({ kind }) => kind === 'example')) return;
      for (const method of ['location', 'market'] as const)
        close(
          method,
          sumOf(rows, 'host', (row) => row[method]),
          grown(`negawatt_emissions_${method}_grams_total`, { part: 'operational' }),
        );
      for (const method of ['location', 'market'] as const) {
        const booked = (row: Usage) =>
          [...(row.record?.booked.values() ?? [])].filter((part) => part.method === method);
        const added = (row: Usage, value: (part: ReturnType<typeof booked>[number]) => number | undefined) =>
          booked(row).reduce((total, part) => total + (value(part) ?? Number.NaN), 0);
        close(
          `${method} by factor`,
          sumOf(rows, 'host', (row) => added(row, ({ grams }) => grams)),
          grown(`negawatt_emissions_${method}_grams_total`, { part: 'operational' }),
        );
        close(
          `${method} overhead`,
          sumOf(rows, 'host', (row) => added(row, ({ overheadGrams }) => overheadGrams)),
          grown('negawatt_emissions_overhead_grams_total', { method }),
        );
        const without = method === 'location' ? 'withoutLocation' : 'withoutMarket';
        close(
          `${method} energy`,
          sumOf(rows, 'host', (row) => added(row, ({ energy }) => energy)),
          sumOf(rows, 'host', (row) => row.energy - row[without]),
        );
      }
      close(
        'grams of classes',
        sumOf(rows, 'class', (row) => row.location),
        grown('negawatt_workload_emissions_grams_total'),
      );
    }),
    { numRuns: 60 },
  );
});

it('the minutes of an hour sum to its row, in every figure', () => {
  fc.assert(
    fc.property(scenario, (one) => {
      const { store } = play(one);
      const hours = store.usage(HOUR, 0, 4e9);
      const minutes = store.usage(MINUTE, 0, 4e9);
      for (const hour of hours) {
        const own = minutes.filter(
          ({ start, scope, name, gridZone }) =>
            start - (start % HOUR) === hour.start &&
            `${scope} ${name} ${gridZone}` === `${hour.scope} ${hour.name} ${hour.gridZone}`,
        );
        expect(own.length).toBeGreaterThan(0);
        for (const [field, value] of Object.entries(hour)) {
          if (typeof value !== 'number' || field === 'period' || field === 'start') continue;
          close(
            field,
            own.reduce((sum, row) => sum + (row[field as 'energy'] ?? 0), 0),
            value,
          );
        }
        close(
          'work',
          own.reduce((sum, { work }) => sum + (work?.get('jobs') ?? 0), 0),
          hour.work?.get('jobs') ?? 0,
        );
      }
    }),
    { numRuns: 40 },
  );
});

it('what workloads used until they ended, and those that are there, is what their series counted', () => {
  fc.assert(
    fc.property(scenario, (one) => {
      const { ended, saved } = play(one);
      const lives = (decode(saved?.engine) as SavedEngine | undefined)?.lives;
      const all = [...ended, ...openLives(lives).endAll()];
      const energy = all.reduce(
        (sum, { dynamic, staticShare }) =>
          sum + dynamic.cpu + dynamic.memory + dynamic.gpu + dynamic.other + staticShare,
        0,
      );
      close('energy', energy, counted(saved, 'negawatt_workload_energy_joules_total', { kind: 'unit' }));
      close(
        'processor time',
        all.reduce((sum, { cpu }) => sum + cpu, 0),
        counted(saved, 'negawatt_workload_cpu_seconds_total', { kind: 'unit' }),
      );
    }),
    { numRuns: 60 },
  );
});
