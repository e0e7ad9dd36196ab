import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MeasurePlan } from '../../../src/model/measure.ts';
import { planOf } from '../../../src/savings/plan.ts';
import { additionsText, planText, readPlanText } from '../../../src/savings/plan-canonical.ts';
import type { WrittenMeasure } from '../../../src/savings/written-measure.ts';
import { planHash } from '../../../src/store/measures.ts';
import { ratio, watts } from '../../../src/units.ts';
import { at, configured, DAY, planned, written } from '../../fixtures/measures.ts';

const ENGINE = { version: '1', queries: { energy: 'sum(x)' } };
const full = (): MeasurePlan =>
  planned({
    kind: 'colocation',
    hosts: ['a', 'b', 'c'],
    control: ['x', 'y'],
    schedule: { design: 'switchback', seed: 42 },
    work: [
      { unit: 'requests', query: 'sum(r)' },
      { unit: 'tasks', class: 'batch' },
    ],
    drivers: ['inlet_celsius', { name: 'outdoor', query: 'avg(o)' }],
    guards: [{ name: 'p99', query: 'p99(x)', max_degradation: ratio(0.05) }],
    report_at: [Date.parse('2026-04-01'), Date.parse('2026-05-01')],
    nonroutine: [
      {
        at: Date.parse('2026-03-10'),
        what: 'firmware',
        delta_watts: -30,
        uncertainty_watts: 5,
        evidence: 'OPS-1',
      },
    ],
    overlaps: ['other'],
    overrides: { p99: 'nobody waits' },
  });

/** The same value with the keys of every mapping in another order. */
const shuffled = (value: unknown, swap: (key: string) => number): unknown => {
  if (Array.isArray(value)) return value.map((one) => shuffled(one, swap));
  if (typeof value !== 'object' || value === null) return value;
  const keys = Object.keys(value).sort((a, b) => swap(a) - swap(b));
  return Object.fromEntries(
    keys.map((key) => [key, shuffled((value as Record<string, unknown>)[key], swap)]),
  );
};

describe('the text that is hashed', () => {
  test('is the same whatever the order of keys, hosts, work, drivers and guards', () => {
    const wanted = planText(full(), ENGINE);
    fc.assert(
      fc.property(fc.infiniteStream(fc.double({ noNaN: true })), fc.integer(), (stream, salt) => {
        const values = new Map<string, number>();
        const swap = (key: string): number => {
          const known = values.get(key) ?? (stream.next().value as number);
          values.set(key, known);
          return known;
        };
        const plan = full();
        const turned = <T>(list: readonly T[]): readonly T[] =>
          list
            .map((one, index) => ({ one, key: swap(`${salt} ${index}`) }))
            .sort((a, b) => a.key - b.key)
            .map(({ one }) => one);
        const other = {
          ...(shuffled(plan, swap) as MeasurePlan),
          hosts: turned(plan.hosts),
          control: turned(plan.control),
          work: turned(plan.work),
          drivers: turned(plan.drivers),
          selector: { hosts: turned(plan.selector.hosts ?? []) },
        };
        expect(planText(other, ENGINE)).toBe(wanted);
      }),
    );
  });

  test('is the same in whatever time zone the times were written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: -14, max: 14 }), async (zone) => {
        const sign = zone < 0 ? '-' : '+';
        const local = new Date(Date.parse('2026-03-02T08:00Z') + zone * 3_600_000).toISOString().slice(0, 16);
        const start = `${local}${sign}${String(Math.abs(zone)).padStart(2, '0')}:00`;
        const texts = await Promise.all(
          [start, '2026-03-02T08:00Z'].map(async (text) => {
            const [one] = await configured([{ name: 'a', hosts: ['x'], start: text, work: 'requests' }]);
            return planText(planOf(one as WrittenMeasure, '', { hosts: ['x'], control: [] }), ENGINE);
          }),
        );
        expect(texts[0]).toBe(texts[1]);
      }),
      { numRuns: 20 },
    );
  });

  test('is another one after any edit that means something', () => {
    const edits: Readonly<Record<string, (plan: MeasurePlan) => Partial<MeasurePlan>>> = {
      name: () => ({ name: 'colo-2' }),
      kind: () => ({ kind: 'autoscale' }),
      'a host less': ({ hosts }) => ({ hosts: hosts.slice(1) }),
      'a control less': ({ control }) => ({ control: control.slice(1) }),
      'how hosts are chosen': () => ({ selector: { match: { a: 'b' } } }),
      'a later baseline': ({ baseline }) => ({ baseline: { ...baseline, from: baseline.from + DAY } }),
      start: ({ start }) => ({ start: start + 3600 }),
      ramp: ({ start }) => ({ ramp: [[start, ratio(1)]] }),
      'another seed': ({ schedule }) => ({
        schedule: { ...schedule, seed: '43' } as MeasurePlan['schedule'],
      }),
      'no schedule': () => ({ schedule: undefined }),
      'another query': ({ work }) => ({ work: work.map((one) => ({ ...one, query: 'sum(q)' })) }),
      'another unit': ({ work }) => ({ work: work.map((one) => ({ ...one, unit: 'tokens' })) }),
      'no drivers': () => ({ drivers: [] }),
      'a weaker guard': ({ guards }) => ({
        guards: guards.map((one) => ({ ...one, maxDegradation: ratio(0.5) })),
      }),
      boundary: () => ({ boundary: 'rack' }),
      option: () => ({ option: 'C' }),
      'watts of hosts that are off': () => ({ residual: { measured: false, watts: watts(5), source: 'x' } }),
      'a later report': ({ reportAt }) => ({ reportAt: [...reportAt, at('2026-06-01')] }),
      step: () => ({ step: 900 }),
    };
    const before = planHash(planText(full(), ENGINE));
    const after = Object.entries(edits).map(([edit, of]) => {
      const plan = full();
      const hash = planHash(planText({ ...plan, ...of(plan) }, ENGINE));
      expect(hash, edit).not.toBe(before);
      return hash;
    });
    expect(new Set(after).size).toBe(after.length);
    expect(planHash(planText(full(), { ...ENGINE, queries: { energy: 'sum(y)' } }))).not.toBe(before);
    expect(planHash(planText(full(), { ...ENGINE, version: '2' }))).not.toBe(before);
  });

  test('leaves out what may be added after the start, which has texts of its own', () => {
    const { nonRoutine: _, ...rest } = full();
    const bare = { ...rest, nonRoutine: [], overlaps: [], overrides: {}, withdrawn: 'noisy' };
    expect(planText(bare, ENGINE)).toBe(planText(full(), ENGINE));
    expect(additionsText(full()).map((text) => text.split(' ')[0])).toEqual([
      'nonroutine',
      'overlaps',
      'overrides',
    ]);
    expect(additionsText(bare)).toEqual(['withdrawn "noisy"']);
  });

  test('can be read back to the plan, and is written the same again', () => {
    const plan = full();
    const read = readPlanText(planText(plan, ENGINE));
    expect(read?.engine).toEqual(ENGINE);
    expect(read?.plan).toMatchObject({
      start: plan.start,
      hosts: plan.hosts,
      schedule: plan.schedule,
      reportAt: plan.reportAt,
    });
    expect(planText(read?.plan as MeasurePlan, ENGINE)).toBe(planText(plan, ENGINE));
    expect(readPlanText('{"format":"else"}')).toBeUndefined();
    expect(readPlanText('{')).toBeUndefined();
  });

  test('shows instants in UTC to people who audit it', () => {
    expect(planText(full(), ENGINE)).toContain('"start":"2026-03-02T00:00:00Z"');
    expect(planText(planOf(written(), '', { hosts: ['a'], control: [] }), ENGINE)).not.toContain(
      'control":null',
    );
  });
});
