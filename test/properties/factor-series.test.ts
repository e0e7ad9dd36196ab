/** Grams of workloads by factor: no series mixes gases, years or editions, none is lost, and they do not grow without end. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { CarbonAt, CarbonInForce } from '../../src/carbon/in-force.ts';
import type { Ledger } from '../../src/ledger.ts';
import type { Labels, MetricName } from '../../src/metrics.ts';
import { TENANCIES } from '../../src/model/tenancy.ts';
import { gramsPerKWh, seconds } from '../../src/units.ts';
import { runEngine } from '../fixtures/run-engine.ts';
import { carbon, factor, NO_CARBON } from '../fixtures/samples.ts';
import { type ScriptedHost, scriptedHost } from '../fixtures/scripted-host.ts';

const ROWS: MetricName = 'negawatt_workload_emissions_grams_total';
const HOST: MetricName = 'negawatt_emissions_location_grams_total';
const WITHOUT: MetricName = 'negawatt_energy_without_factor_joules_total';
const OVERHEAD: MetricName = 'negawatt_emissions_overhead_grams_total';
const NAMES = ['a', 'b', 'c'] as const;
const PUE = 1.25;

/** A live factor of CO2 alone, the table of the year, the next year's edition of it, and a second provider. */
const FACTORS = {
  live: factor('location', 300, { id: 'DE/direct/json' }),
  table: factor('location', 329, { id: 'DE/direct/2023/annual_fallback' }),
  nextYear: factor('location', 295, { id: 'DE/direct/2024' }),
  second: factor('location', 310, { id: 'DE/direct/rte' }),
  third: factor('location', 320, { id: 'DE/direct/ember' }),
} as const;
/** `none`: the zone has no factor; `nowhere`: no zone is set, which a reload may change. */
type InForce = keyof typeof FACTORS | 'none' | 'nowhere';
const IDS = Object.values(FACTORS).map(({ id }) => id);

const change = fc.record({
  at: fc.integer({ min: 1, max: 900 }),
  to: fc.constantFrom<InForce>('live', 'table', 'nextYear', 'second', 'third', 'none', 'nowhere'),
  value: fc.integer({ min: 0, max: 900 }),
});
const step = fc.record({
  duration: fc.constantFrom(1, 5, 13.7, 47, 180),
  busy: fc.integer({ min: 0, max: 100 }).map((value) => value / 100),
  present: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
  next: fc.constantFrom('go on', 'go on', 'go on', 'restart', 'reboot'),
});
const scenario = fc.record({
  changes: fc.array(change, { maxLength: 8 }),
  tenancy: fc.constantFrom(...TENANCIES),
  retention: fc.constantFrom(60, 300, 900),
  steps: fc.array(step, { minLength: 3, maxLength: 30, size: 'max' }),
});

const held = (now: InForce, value: number): CarbonInForce => {
  if (now === 'nowhere') return NO_CARBON;
  if (now === 'none') return { ...NO_CARBON, zone: 'DE' };
  const { [now]: one } = FACTORS;
  return carbon({ location: { ...one, row: { ...one.row, value: gramsPerKWh(value) } }, market: undefined });
};

const byTime = (changes: readonly { at: number; to: InForce; value: number }[], start: number) => {
  const sorted = [...changes].sort((a, b) => a.at - b.at);
  return (wall: number): CarbonInForce => {
    const now = sorted.findLast(({ at }) => start + at * 1000 <= wall) ?? { to: 'live' as const, value: 300 };
    const next = sorted.find(({ at }) => start + at * 1000 > wall);
    const until = next === undefined ? {} : { until: start + next.at * 1000 };
    return { ...held(now.to, now.value), ...until };
  };
};

const sumOf = (ledger: Ledger, metric: MetricName, where: Labels, before?: Ledger): number => {
  let sum = 0;
  for (const [key, account] of ledger) {
    const fits = Object.entries(where).every(([label, value]) => account.labels[label] === value);
    if (account.metric !== metric || !fits) continue;
    const old = before?.get(key);
    // A series that began anew counts whole, as `increase()` has it.
    sum += account.value + account.lost - (old === undefined ? 0 : old.value + old.lost);
  }
  return sum;
};

const close = (what: string, a: number, b: number): void => {
  expect(Math.abs(a - b), `${what}: ${a} and ${b}`).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(a)));
};

const seriesOf = (ledger: Ledger, metric: MetricName) =>
  [...ledger.values()].filter((account) => account.metric === metric);

/** A host of 300 W with services that come and go. */
const started = () => {
  const host = scriptedHost();
  host.addMeter('package-0', 'package', 300);
  return host;
};
const advance = (host: ScriptedHost, duration: number, busy: number): void => {
  const worked = busy * duration * host.processors;
  const groups = NAMES.filter((name) => host.groups.has(name)).map((name) => [name, worked / 4]);
  host.advance(duration, { busy: worked, groups: Object.fromEntries(groups) });
};

it("by each factor, what all rows grow by is what the host's operational grams grow by, overhead inside", () => {
  fc.assert(
    fc.property(scenario, ({ changes, tenancy, retention, steps }) => {
      const host = started();
      const at = byTime(changes, host.wall);
      const carbonAt: CarbonAt = (wall) => ({ ...at(wall), tenancy: tenancy });
      const policy = {
        attribution: { staticShare: 'used' as const, top: 2, retention: seconds(retention) },
      };
      let run = runEngine(policy);
      let before = run.step(host.sample(), carbonAt).ledger;
      for (const now of steps) {
        NAMES.forEach((name, i) => {
          if (now.present[i] && !host.groups.has(name)) host.addGroup(name, `/${name}.service`, '1', true);
          if (!now.present[i]) host.groups.delete(name);
        });
        advance(host, now.duration, now.busy);
        const { ledger } = run.step(host.sample(), carbonAt);
        for (const id of IDS) {
          const rows = sumOf(ledger, ROWS, { factor: id }, before);
          const where = { factor: id, part: 'operational' };
          close(`rows of ${id}`, rows, sumOf(ledger, HOST, where, before));
          const overhead = sumOf(ledger, OVERHEAD, { factor: id, method: 'location' }, before);
          close(`IT part and overhead of ${id}`, rows / PUE + overhead, rows);
        }
        for (const { labels } of seriesOf(ledger, ROWS)) expect(IDS).toContain(labels.factor);
        before = ledger;
        if (now.next === 'go on') continue;
        const saved = run.engine.persist(true).state;
        if (now.next === 'reboot') host.bootId += '+';
        run = runEngine(policy, saved);
      }
    }),
    { numRuns: 60 },
  );
});

it('grams over factors and the energy without a factor are the energy of the host, so that no ratio of the two is misread', () => {
  const kWh = (ledger: Ledger, metric: MetricName, where: Labels = {}): number =>
    sumOf(ledger, metric, where) / 3.6e6;
  fc.assert(
    fc.property(scenario, ({ changes, steps }) => {
      const host = started();
      // Of one value each, so that grams tell the energy that they stand for.
      const valued = changes.map((one) => ({
        ...one,
        value: FACTORS[one.to as keyof typeof FACTORS]?.row.value ?? 0,
      }));
      const at = byTime(valued, host.wall);
      const run = runEngine();
      run.step(host.sample(), at);
      for (const now of steps) {
        advance(host, now.duration, now.busy);
        const { ledger } = run.step(host.sample(), at);
        const counted = Object.values(FACTORS).reduce(
          (sum, { id, row }) => sum + sumOf(ledger, HOST, { factor: id }) / (row.value * PUE),
          0,
        );
        const all = kWh(ledger, 'hw_host_energy_joules_total');
        const bare = kWh(ledger, WITHOUT, { method: 'location' });
        close('with and without a factor', counted + bare, all);
        close('market-based: nothing has one here', kWh(ledger, WITHOUT, { method: 'market' }), all);
      }
    }),
    { numRuns: 40 },
  );
});

it('a factor that came and went leaves no series of rows behind after the retention, and those of the host stay', () => {
  const host = started();
  host.addGroup('a', '/a.service', '1', true);
  const run = runEngine({ attribution: { staticShare: 'none', top: 10, retention: seconds(60) } });
  const tick = (now: InForce, times: number): Ledger => {
    for (let i = 0; i < times; i += 1) {
      advance(host, 5, 0.5);
      run.step(host.sample(), held(now, 300));
    }
    return run.snapshots.at(-1)!.ledger;
  };
  const factorsOf = (ledger: Ledger, metric: MetricName) =>
    [...new Set(seriesOf(ledger, metric).map(({ labels }) => labels.factor))].sort();
  const { live, table } = FACTORS;
  run.step(host.sample(), held('live', 300));
  tick('live', 5);
  expect(factorsOf(tick('table', 2), ROWS), 'shown on, so that its last grams are scraped').toEqual(
    [table.id, live.id].sort(),
  );
  const later = tick('table', 15);
  expect(factorsOf(later, ROWS)).toEqual([table.id]);
  expect(factorsOf(later, HOST)).toEqual([table.id, live.id].sort());
  const back = tick('live', 1);
  expect(sumOf(back, ROWS, { factor: live.id }), 'begins anew').toBeCloseTo(
    ((300 * 5 * 300) / 3.6e6) * PUE,
    9,
  );
});

it('rows have series by four factors at most, however often the chain changes within the retention', () => {
  const host = started();
  const run = runEngine({ attribution: { staticShare: 'none', top: 10, retention: seconds(86_400) } });
  let most = 0;
  run.step(host.sample(), held('live', 300));
  for (let round = 0; round < 4; round += 1) {
    for (const now of Object.keys(FACTORS) as (keyof typeof FACTORS)[]) {
      advance(host, 5, 0.5);
      const { ledger } = run.step(host.sample(), held(now, 300));
      const series = seriesOf(ledger, ROWS);
      const other = series
        .filter(({ labels }) => labels.workload === 'other')
        .map(({ labels }) => labels.factor);
      most = Math.max(most, other.length);
      expect(other).toContain(FACTORS[now].id);
    }
  }
  expect(most).toBe(4);
});
