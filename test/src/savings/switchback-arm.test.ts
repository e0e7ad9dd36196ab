import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { armAt } from '../../../src/savings/switchback-arm.ts';
import { switchbackBlocks } from '../../../src/savings/switchback-schedule.ts';
import { at, DAY } from '../../fixtures/measures.ts';

const START = at('2026-03-02');
const END = START + 28 * DAY;
const SCHEDULE = { design: 'switchback', block: 6 * 3600, washout: 3600, seed: '42' } as const;
const armOf = (now: number) => armAt(SCHEDULE, START, END, now);

describe('the arm of an on/off test', () => {
  test('law: at every instant it is that of the block in the published schedule', () => {
    const blocks = switchbackBlocks(SCHEDULE, START, END);
    fc.assert(
      fc.property(fc.integer({ min: START, max: END - 1 }), (now) => {
        const block = blocks.find(({ from, to }) => from <= now && now < to);
        const { arm, state, block: index } = armOf(now);
        expect([arm, state, index]).toEqual([block?.on === true ? 'on' : 'off', 'running', block?.index]);
      }),
    );
  });

  test('law: it changes when it says, to what it says, and not before', () => {
    fc.assert(
      fc.property(fc.integer({ min: START - 3 * DAY, max: END - 1 }), (now) => {
        const { arm, since, changesAt, next } = armOf(now);
        expect(changesAt).toBeGreaterThan(now);
        expect(armOf((changesAt ?? 0) - 1).arm).toBe(arm);
        expect(armOf(changesAt ?? 0).arm).toBe(next);
        if (now < START) return;
        expect(armOf(since ?? 0).arm).toBe(arm);
        if (since !== START) expect(armOf((since ?? 0) - 1).arm).not.toBe(arm);
        expect(next).not.toBe(arm);
      }),
    );
  });

  test('is off before the start, and over after the last report date', () => {
    expect(armOf(START - 1)).toMatchObject({ arm: 'off', state: 'before', changesAt: START });
    expect(armOf(END)).toEqual({
      ...{ arm: 'over', state: 'over', block: undefined, since: END, changesAt: undefined, next: undefined },
    });
    expect(armOf(END - 1)).toMatchObject({ changesAt: END, next: 'over' });
  });
});
