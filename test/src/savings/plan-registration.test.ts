import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MeasurePlan } from '../../../src/model/measure.ts';
import {
  entryOf,
  frozenEntry,
  frozenHosts,
  isNews,
  type PlanEntry,
  registrationOf,
} from '../../../src/savings/plan-registration.ts';
import type { WrittenMeasure } from '../../../src/savings/written-measure.ts';
import { planHash } from '../../../src/store/measures.ts';
import { at, DAY, planned } from '../../fixtures/measures.ts';

const ENGINE = { version: '1', queries: {} };
const START = at('2026-03-02');
const EVENT: WrittenMeasure['nonroutine'][number] = {
  at: Date.parse('2026-03-10'),
  what: 'firmware',
  delta_watts: -30,
  uncertainty_watts: 5,
  evidence: 'OPS-1',
};

/** Records plans at times as the agent does: only what is news. */
const recorded = (
  ...states: readonly (readonly [when: number, plan: MeasurePlan])[]
): readonly PlanEntry[] => {
  const entries: PlanEntry[] = [];
  for (const [when, plan] of states) {
    const entry = entryOf(plan, ENGINE, when, planHash);
    if (isNews(entries, entry)) entries.push(entry);
  }
  return entries;
};
const standing = (entries: readonly PlanEntry[], plan: MeasurePlan, now: number, version = '1') =>
  registrationOf(entries, plan, { ...ENGINE, version }, now, planHash);

describe('a plan that was kept before its start', () => {
  const before = START - 5 * DAY;

  test('is open until then and frozen from then on, without anything to be done at that second', () => {
    const entries = recorded([before, planned()]);
    expect(standing(entries, planned(), START - 1)).toMatchObject({
      standing: 'open',
      registration: { hashAtStart: undefined, frozenAt: undefined },
    });
    const { standing: word, registration, changes } = standing(entries, planned(), START);
    expect([word, changes]).toEqual(['in-time', []]);
    expect(registration).toEqual({
      hashAtStart: entries[0]?.sha256,
      frozenAt: before,
      hashNow: entries[0]?.sha256,
    });
  });

  test('may be edited until the start: the last state of it counts', () => {
    const other = planned({ work: 'tokens' });
    const entries = recorded([before, planned()], [START - DAY, other]);
    expect(standing(entries, other, START + 9 * DAY)).toMatchObject({
      standing: 'in-time',
      registration: { hashAtStart: entries[1]?.sha256, frozenAt: START - DAY, hashNow: entries[1]?.sha256 },
      changes: [],
    });
  });

  test('shows an edit after the start, whether that was recorded or not, and stays frozen', () => {
    const edited = planned({ work: 'tokens' });
    for (const entries of [
      recorded([before, planned()]),
      recorded([before, planned()], [START + DAY, edited]),
    ]) {
      const { registration, changes } = standing(entries, edited, START + 2 * DAY);
      expect(registration.hashAtStart).toBe(entries[0]?.sha256);
      expect(registration.hashNow).not.toBe(registration.hashAtStart);
      expect(changes).toEqual([
        {
          flag: 'plan_changed',
          text: 'The plan was changed after its start of 2026-03-02: work.',
          remedy: 'Put it back, or begin another measure with a start that is still to come.',
        },
      ]);
    }
  });

  test('cannot escape by another start, earlier or later', () => {
    for (const move of [-3 * DAY, 30 * DAY]) {
      const moved = planned({ start: (START + move) * 1000 });
      const entries = recorded([before, planned()], [START + DAY, moved]);
      const { registration, standing: word, changes } = standing(entries, moved, START + 60 * DAY);
      expect([word, registration.frozenAt]).toEqual(['in-time', before]);
      expect(registration.hashNow).not.toBe(registration.hashAtStart);
      expect(changes[0]?.text).toMatch(/2026-03-02: .*start/);
    }
  });

  test('is not changed by a newer release of negawatt', () => {
    const entries = recorded([before, planned()]);
    expect(standing(entries, planned(), START, '2')).toMatchObject({
      registration: { hashNow: entries[0]?.sha256 },
      changes: [],
    });
  });

  test('may get non-routine events, overlaps, overrides and a withdrawal after the start', () => {
    const added = planned({
      nonroutine: [EVENT],
      overlaps: ['b'],
      overrides: { p99: 'x' },
      withdrawn: 'noisy',
    });
    const entries = recorded([before, planned()], [START + DAY, added]);
    expect(entries).toHaveLength(2);
    expect(standing(entries, added, START + 2 * DAY)).toMatchObject({
      registration: { hashNow: entries[0]?.sha256 },
      changes: [],
    });
  });

  test('shows an event that was recorded and then reads otherwise, or is gone', () => {
    const added = planned({ nonroutine: [EVENT] });
    const entries = recorded([before, planned()], [START + DAY, added]);
    for (const later of [planned({ nonroutine: [{ ...EVENT, delta_watts: -300 }] }), planned()]) {
      const { registration, changes } = standing(entries, later, START + 2 * DAY);
      expect(registration.hashNow).not.toBe(registration.hashAtStart);
      expect(changes).toMatchObject([
        { flag: 'addition_changed', text: expect.stringContaining('"deltaWatts":-30,') },
      ]);
    }
  });
});

test('a plan that nobody kept before its start is late, and one that nobody kept at all is not registered', () => {
  const entries = recorded([START + 1, planned()]);
  expect(standing(entries, planned(), START + DAY)).toMatchObject({
    standing: 'late',
    registration: { frozenAt: START + 1, hashAtStart: entries[0]?.sha256 },
  });
  expect(standing([], planned(), START + DAY)).toMatchObject({
    standing: 'not-recorded',
    registration: { hashAtStart: undefined, frozenAt: undefined },
  });
});

test('law: what is frozen stays frozen, whatever is recorded later', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ gap: fc.integer({ min: 0, max: 20 }), start: fc.integer({ min: -30, max: 60 }) }),
        {
          minLength: 1,
          maxLength: 8,
        },
      ),
      (edits) => {
        let now = START;
        let entries: readonly PlanEntry[] = [];
        let held: PlanEntry | undefined;
        for (const { gap, start } of edits) {
          now += gap * DAY;
          entries = [
            ...entries,
            entryOf(planned({ start: (START + start * DAY) * 1000 }), ENGINE, now, planHash),
          ];
          const frozen = frozenEntry(entries, now);
          if (held !== undefined) expect(frozen).toBe(held);
          held = frozen;
        }
      },
    ),
  );
});

test('hosts that join by their labels after the start change no plan', () => {
  const scope = { match: { pool: 'web' } };
  const plan = (names: readonly string[]): MeasurePlan => ({ ...planned(), selector: scope, hosts: names });
  const [entry] = recorded([START - DAY, plan(['a', 'b'])]);
  expect(frozenHosts(entry, plan(['a', 'b', 'c']))).toEqual({ hosts: ['a', 'b'], control: [] });
  expect(frozenHosts(entry, { ...plan(['c']), selector: { match: { pool: 'db' } } })).toEqual({
    control: [],
  });
  expect(frozenHosts(undefined, plan(['a']))).toEqual({});
});
