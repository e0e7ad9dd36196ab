import { describe, expect, it } from 'vitest';
import { layout } from '../../agent/top/layout.ts';
import { nextShown, type Shown } from '../../agent/top/shown.ts';
import { type Page, press, rowsInView, START, type View } from '../../agent/top/view.ts';
import { hostJson } from '../../src/exporters/index.ts';
import { gpuHost } from '../fixtures/gpu-host.ts';
import { drivenHost } from '../fixtures/samples.ts';

/** Thirty units beside the two workloads of the fixture, of which only nine are busy. */
const crowd = (
  driven = drivenHost({ policy: { attribution: { staticShare: 'none', top: 50, retention: 300 as never } } }),
): Shown => {
  const groups: Record<string, number> = { 3: 4, 4: 5 };
  for (let i = 0; i < 30; i++) {
    driven.host.addGroup(`u${i}`, `/system.slice/job-${String(i).padStart(2, '0')}.service`, '2', true);
    groups[`u${i}`] = i / 20;
  }
  const next = () => hostJson(driven.step({ busy: 60, groups }), 'booked');
  next();
  return nextShown(nextShown(undefined, next()), next());
};

const pageOf = (shown: Shown, view: View): Page =>
  layout({ shown, view, from: 'x', problem: undefined }, { width: 80, height: 20 });
const type = (shown: Shown, view: View, ...keys: readonly string[]): View =>
  keys.reduce((now, key) => press(now, key, shown, pageOf(shown, now)), view);

describe('keys', () => {
  const shown = crowd();

  it('s goes through the orders and comes back; a host without a GPU has none by GPU', () => {
    const orders = ['s', 's', 's'].map(
      (_, index, keys) => type(shown, START, ...keys.slice(0, index + 1)).sort,
    );
    expect(orders).toEqual(['processors', 'name', 'watts']);
    expect(type(crowd(gpuHost()), START, 's', 's').sort).toBe('gpu');
    const names = rowsInView(shown, { ...START, sort: 'name' }).map(({ name }) => name);
    expect(names).toEqual([...names].sort());
    const processors = rowsInView(shown, { ...START, sort: 'processors' }).map((row) => row.processors ?? -1);
    expect(processors).toEqual([...processors].sort((a, b) => b - a));
  });

  it('k shows one kind after the other, then all', () => {
    const kinds = [...new Set(shown.use.rows.map(({ kind }) => kind))].sort();
    let view = START;
    for (const kind of kinds) {
      view = type(shown, view, 'k');
      expect(view.kind).toBe(kind);
      expect(rowsInView(shown, view).every((row) => row.kind === kind)).toBe(true);
    }
    expect(type(shown, view, 'k').kind).toBeUndefined();
  });

  it('arrows and pages scroll to the last row and no further', () => {
    const total = shown.use.rows.length;
    const { page } = pageOf(shown, START);
    expect(total).toBeGreaterThan(page * 2);
    expect(type(shown, START, 'up').first).toBe(0);
    expect(type(shown, START, 'down', 'down', 'up').first).toBe(1);
    expect(type(shown, START, 'pagedown').first).toBe(page);
    expect(type(shown, START, 'end').first).toBe(total - page);
    expect(type(shown, START, 'end', 'down', 'pagedown').first).toBe(total - page);
    expect(type(shown, START, 'end', 'pageup').first).toBe(total - 2 * page);
    expect(type(shown, START, 'end', 'home').first).toBe(0);
  });

  it('mean nothing where they have no meaning, and before the first snapshot', () => {
    expect(type(shown, START, 'x')).toBe(START);
    const none: Page = { page: 0, total: 0, first: 0 };
    for (const key of ['s', 'k', 'down', 'end']) expect(press(START, key, undefined, none)).toEqual(START);
  });

  it('a view that is scrolled beyond rows that are gone shows the last ones', () => {
    const { first, total, page } = pageOf(shown, { ...START, first: 10_000 });
    expect(first).toBe(total - page);
  });
});

describe('what is shown', () => {
  it('stays the same until there is a newer sample, and goes on with an agent that was started anew', () => {
    const driven = drivenHost();
    driven.step();
    const json = hostJson(driven.step(), 'booked');
    const shown = nextShown(nextShown(undefined, json), hostJson(driven.step(), 'booked'));
    expect(nextShown(shown, hostJson(driven.snapshot() as never, 'booked'))).toBe(shown);
    const anew = hostJson(driven.step(), 'booked');
    const later = nextShown(shown, {
      ...anew,
      tick: shown.host.tick,
      agent: { ...anew.agent, startedAt: 'later' },
    });
    expect(later).not.toBe(shown);
    expect(later.use.watts).toBeCloseTo(250, 6);
  });
});
