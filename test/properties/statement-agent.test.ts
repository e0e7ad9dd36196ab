/** What the agent counted and what the statement of its hours says are one figure, whatever is configured afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { addersOf } from '../../src/carbon/adders.ts';
import { hostEmissions } from '../../src/carbon/host-emissions.ts';
import { recordOf } from '../../src/carbon/hour-record.ts';
import type { CarbonInForce } from '../../src/carbon/in-force.ts';
import { type Line, linesOf } from '../../src/carbon/statement.ts';
import { historyFiles, historyOf } from '../../src/exporters/statement-history.ts';
import type { Factor } from '../../src/model/factor.ts';
import { TENANCIES } from '../../src/model/tenancy.ts';
import { HOUR, type Usage } from '../../src/model/usage.ts';
import { readHours } from '../../src/store/read-hours.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { gramsPerKWh, joules, ratio, seconds } from '../../src/units.ts';
import { factor } from '../fixtures/samples.ts';
import { activityWith, made } from '../fixtures/statement.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'negawatt-agent-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const START = Date.UTC(2023, 5, 1) / 1000;
const live = (value: number, boundary: string): Factor => {
  const known = factor('location', value);
  const row = { ...known.row, check: 'live' as const, boundary };
  return { ...known, id: `DE/direct/${boundary}`, provider: 'json', status: 'live', row };
};

/** What may be in force while a tick is booked; any of it may change from tick to tick, also within an hour. */
const inForce = fc
  .record({
    tenancy: fc.constantFrom(...TENANCIES),
    location: fc.constantFrom(
      factor('location', 329),
      live(100, 'generation'),
      live(300, 'generation'),
      live(200, 'consumption'),
    ),
    pue: fc.constantFrom(1, 1.2, 1.6),
    loss: fc.constantFrom(undefined, 0.05, 0.1),
    upstream: fc.constantFrom(undefined, 40, 70),
  })
  .map(({ tenancy, location, pue, loss, upstream }): CarbonInForce => {
    const stated = {
      loss: loss === undefined ? undefined : ratio(loss),
      upstream: upstream === undefined ? undefined : gramsPerKWh(upstream),
    };
    return {
      ...{ zone: 'DE', location, market: factor('market', 700), tenancy, example: false, problems: [] },
      pue: ratio(pue) as CarbonInForce['pue'],
      adders: addersOf(stated, 'DE', location, 2023),
    };
  });
const ticks = fc.array(
  fc.record({
    hour: fc.integer({ min: 0, max: 3 }),
    energy: fc.double({ min: 1, max: 1e7, noNaN: true }),
    carbon: inForce,
  }),
  { minLength: 1, maxLength: 12 },
);
type Ticks = typeof ticks extends fc.Arbitrary<infer T> ? T : never;

const sumBy = <T>(items: readonly T[], keyOf: (item: T) => string, of: (item: T) => number) => {
  const sums = new Map<string, number>();
  for (const item of items) sums.set(keyOf(item), (sums.get(keyOf(item)) ?? 0) + of(item));
  return sums;
};

/** Grams by method, scope and part, as the agent's counters have them. */
const counted = (run: Ticks): ReadonlyMap<string, number> =>
  sumBy(
    run.flatMap(({ energy, carbon }) => hostEmissions(joules(energy), [{ carbon, share: ratio(1) }])),
    ({ method, scope, part }) => `${method} ${scope} ${part}`,
    ({ grams }) => grams,
  );

const rowsOf = (run: Ticks): readonly Usage[] =>
  run.map(({ hour, energy, carbon }) => ({
    ...{ period: HOUR, start: START + hour * 3600, scope: 'host', name: '', gridZone: 'DE' },
    ...{ energy: joules(energy), withoutLocation: joules(0), withoutMarket: joules(0), quality: 'measured' },
    record: recordOf(joules(energy), carbon),
  }));

/** Lines of what was booked, by the same key. */
const keyOf = ({ id }: Line): string | undefined => {
  const scope2 = /^scope2\.(location|market)\.booked\./.exec(id);
  if (scope2 !== null) return `${scope2[1]} 2 operational`;
  const category = /^scope3\.(\d+)\.metered\.booked\./.exec(id);
  if (category !== null) return `location 3.${category[1]} operational`;
  const supply = /^scope3\.3\.DE\.(transmission|upstream)\.booked\./.exec(id);
  return supply === null ? undefined : `location 3.3 ${supply[1]}`;
};

it('grams by scope are those of the agent to 1e-9, though tenancy, PUE and losses are configured anew', async () => {
  await fc.assert(
    fc.asyncProperty(ticks, fc.constantFrom(...TENANCIES), async (run, tenancy) => {
      const own = mkdtempSync(join(dir, 'run-'));
      const store = await openSqliteStore(own);
      if (!store.found) throw new Error(store.reason);
      const state = {
        bootId: 'b',
        savedAt: seconds(1),
        wall: 5,
        counters: new Map(),
        engine: {},
        version: 1,
      };
      for (const row of rowsOf(run)) store.value.save(state, [row]);
      store.value.close();
      const read = await readHours(own, START, START + 10 * 3600);
      if (!read.found) throw new Error(read.reason);
      const history = { hours: read.value, work: [] };
      const activity = activityWith({
        agent: { site: 'here', tenancy, pue: { value: 2, kind: 'configured' } },
        zones: [{ zone: 'DE', loss: 0.3, upstream: gramsPerKWh(500), adders: 'none', document: 'of now' }],
      });
      const statement = made(activity, history);
      const lines = linesOf(statement).filter(
        (line): line is Line & { kind: 'figure' } => line.kind === 'figure' && keyOf(line) !== undefined,
      );
      const told = sumBy(
        lines,
        (line) => keyOf(line) ?? '',
        ({ value }) => value * 1e6,
      );
      // Of other scopes than 2 a statement has no market-based figure.
      const wanted = new Map([...counted(run)].filter(([key, all]) => !/^market 3/.test(key) && all > 0));
      expect([...told.keys()].sort()).toEqual([...wanted.keys()].sort());
      for (const [key, all] of wanted) expect(told.get(key)! / all, key).toBeCloseTo(1, 9);
      const files = historyFiles(history);
      const again = made(
        activity,
        historyOf((name) => files[name] ?? ''),
      );
      expect(again).toEqual(statement);
    }),
    { numRuns: 25 },
  );
}, 60_000);
