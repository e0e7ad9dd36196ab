/** Missing hours that are unlike present ones, and silent hosts that would look like a saving. */
import { describe, expect, it } from 'vitest';
import { buildLedger, type HostRecord } from '../../../src/savings/host-ledger.ts';
import { compositionShift, missingRemarks } from '../../../src/savings/missing.ts';
import { seededRandom } from '../../../src/savings/random.ts';
import { watts } from '../../../src/units.ts';
import { fleet, namesOf, replaced, withHosts } from '../../fixtures/fleet.ts';
import { MONDAY } from '../../fixtures/measure-plan.ts';
import { type MemoryHistory, memoryHistory } from '../../fixtures/memory-history.ts';
import { seriesOf } from '../../fixtures/scope-series.ts';

const DAY = 86_400;
const HOSTS = namesOf(10);
const BEFORE = { from: MONDAY, to: MONDAY + 56 * DAY };
const AFTER = { from: MONDAY + 56 * DAY, to: MONDAY + 84 * DAY };

const recordsOf = async (history: MemoryHistory): Promise<readonly HostRecord[]> => {
  const ledger = buildLedger(HOSTS, BEFORE, AFTER, { measured: false, watts: watts(20), source: 'x' });
  const request = {
    window: { from: MONDAY, to: AFTER.to },
    step: 3600,
    hosts: HOSTS,
    work: [],
    drivers: [],
    guards: [],
  };
  for await (const chunk of memoryHistory(history).read(request)) ledger.add(chunk);
  return ledger.records();
};
const silentWhere = (is: (at: number, host: number, energy: ArrayLike<number>) => boolean): MemoryHistory =>
  withHosts(fleet(), (host, index) => ({
    ...host,
    energy: replaced(host.energy, (at, value) => (is(at, index, host.energy) ? Number.NaN : value)),
  }));

describe('hosts that go silent', () => {
  it('when they are idle are found by what they drew before', async () => {
    const idle = (energy: ArrayLike<number>, at: number) =>
      (energy[at - 1] ?? Number.POSITIVE_INFINITY) < 480_000;
    const records = await recordsOf(
      silentWhere((at, _, energy) => idle(energy, at) && !idle(energy, at - 1)),
    );
    const [remark] = missingRemarks([], records);
    expect(remark?.flag).toBe('missing_not_at_random');
    expect(remark?.text).toContain('idle hosts go missing');
    expect(remark?.remedy).not.toBe('');
  });

  it('when they are busy are found as well', async () => {
    const busy = (energy: ArrayLike<number>, at: number) => (energy[at - 1] ?? 0) > 630_000;
    const records = await recordsOf(
      silentWhere((at, _, energy) => busy(energy, at) && !busy(energy, at - 1)),
    );
    expect(missingRemarks([], records)[0]?.text).toContain('busy hosts go missing');
  });

  it('at random are not suspected, though 3 % of all is missing', async () => {
    for (const seed of ['a', 'b', 'c', 'd', 'e']) {
      const random = seededRandom(seed);
      const drawn = Array.from({ length: 10 * 84 * 24 }, () => random.next() < 0.03);
      const records = await recordsOf(silentWhere((at, host) => drawn[host * 84 * 24 + at] === true));
      expect(missingRemarks([], records)).toEqual([]);
    }
  });

  it('for one long night are one event, which proves nothing', async () => {
    const records = await recordsOf(silentWhere((at) => at >= 700 && at < 730));
    expect(missingRemarks([], records)).toEqual([]);
  });

  it('by being switched off are no gap', async () => {
    const history = withHosts(fleet(), (host) => ({
      ...host,
      energy: replaced(host.energy, (at, value) => (at % 24 < 6 ? Number.NaN : value)),
      poweredOn: replaced(host.energy, (at) => (at % 24 < 6 ? 0 : 3600)),
    }));
    const records = await recordsOf(history);
    expect(missingRemarks([], records)).toEqual([]);
    expect(records[0]?.gaps).toEqual([]);
    expect(records[0]?.before.off).toBe(56 * 6);
  });
});

describe('work while hosts were silent', () => {
  const length = 56 * 24;
  const work = Array.from({ length }, (_, at) => 40 + 20 * Math.sin((2 * Math.PI * at) / 24));
  const partly = (missing: (at: number) => number) => {
    const whole = seriesOf(Array(length).fill(1e7), work);
    const coverage = Float64Array.from({ length }, (_, at) => 1 - missing(at));
    return {
      ...whole,
      coverage,
      demanded: whole.demanded.map((value, at) => value * (coverage[at] ?? 0)),
      work: [Float64Array.from(work, (value, at) => value * (coverage[at] ?? 0))],
    };
  };

  it('that is less than otherwise, night after night, is found', () => {
    const [remark] = missingRemarks([partly((at) => (at % 24 >= 16 && at % 24 < 21 ? 0.1 : 0))], []);
    expect(remark?.flag).toBe('missing_not_at_random');
    expect(remark?.text).toContain('less work than otherwise');
  });

  it('that is like the rest is not suspected', () => {
    expect(missingRemarks([partly((at) => (at % 7 === 0 ? 0.1 : 0))], [])).toEqual([]);
  });
});

describe('the saving that silence alone would make', () => {
  const record = (power: number, before: number, after: number): HostRecord => {
    const window = (known: number) => ({
      ...{
        intervals: 100,
        known,
        off: 0,
        stipulated: 0,
        negative: 0,
        ...{ stuck: 0, leaps: 0, same: 0, least: 0, worked: 0, mostWork: 0 },
        quality: undefined,
        meters: new Set<string>(),
      },
      ...{ energy: power * known, metered: known },
    });
    return { host: `${power}`, before: window(before), after: window(after), changes: [], gaps: [] };
  };

  it('is what a hungry host draws beyond the mean, for the time in which it is silent', () => {
    // Of 100 + 100 + 400 W the 400 W are silent for a tenth of the time: 0.1 of 200 W beyond the mean, of 600 W.
    expect(
      compositionShift([record(100, 100, 100), record(100, 100, 100), record(400, 100, 90)]),
    ).toBeCloseTo((0.1 * 200) / 600, 12);
  });

  it('is an increase where a modest host is silent, and nothing where all are alike, or as silent before', () => {
    expect(compositionShift([record(100, 100, 90), record(400, 100, 100)])).toBeLessThan(0);
    expect(compositionShift([record(100, 100, 90), record(100, 100, 100)])).toBeCloseTo(0, 12);
    expect(compositionShift([record(100, 90, 100), record(400, 95, 95)])).toBeCloseTo((0.1 * 150) / 500, 12);
    expect(compositionShift([])).toBe(0);
  });
});
