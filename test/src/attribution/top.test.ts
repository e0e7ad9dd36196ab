import { describe, expect, it } from 'vitest';
import { chooseTop, foldShares, initialTop, rowOf, type TopState } from '../../../src/attribution/top.ts';
import { IDLE, rowKey, type Share, type Workload } from '../../../src/model/workload.ts';
import { joules, seconds } from '../../../src/units.ts';

const workload = (id: string, workloadClass = 'c'): Workload => ({
  id,
  kind: 'cgroup',
  class: workloadClass,
  labels: {},
});

const step = (
  state: TopState,
  at: number,
  use: Record<string, number>,
  most = 2,
  taken = 0,
  gone: readonly string[] = [],
): TopState => {
  const uses = { roster: Object.keys(use).map((id) => workload(id)), amounts: Object.values(use) };
  const alive = new Set(uses.roster.map(rowKey).filter((key) => !gone.includes(key.slice(7))));
  return chooseTop(
    state,
    { at: seconds(at), duration: seconds(5), uses, alive },
    { most, taken, displace: 1 },
  );
};

const names = (state: TopState): string[] => [...state.exported.values()].map(({ id }) => id).sort();

describe('which workloads have series of their own', () => {
  it('the largest users, from the first interval on', () => {
    expect(names(step(initialTop, 0, { a: 1, b: 3, c: 2 }))).toEqual(['b', 'c']);
  });

  it('a row keeps its place against a newcomer that is only a little larger', () => {
    let state = step(initialTop, 0, { a: 2, b: 2 });
    for (let at = 5; at < 600; at += 5) state = step(state, at, { a: 2, b: 2, c: 2.2 });
    expect(names(state)).toEqual(['a', 'b']);
    for (let at = 600; at < 3000; at += 5) state = step(state, at, { a: 2, b: 2, c: 4 });
    expect(names(state)).toContain('c');
  });

  it('a row whose workload is gone leaves at once, and its free place is taken', () => {
    let state = step(initialTop, 0, { a: 3, b: 2, c: 1 });
    state = step(state, 5, { a: 1, b: 2, c: 1 }, 2, 0, ['a']);
    expect(names(state)).toEqual(['b', 'c']);
  });

  it('ended rows hold places when there are too many of them', () => {
    expect(names(step(initialTop, 0, { a: 3, b: 2 }, 2, 1))).toEqual(['a']);
  });

  it('the remainder is summed by class, so that classes are always whole', () => {
    const exported = new Map([[rowKey(workload('a')), workload('a')]]);
    const share = (one: Workload, energy: number): Share => ({
      workload: one,
      resource: 'cpu',
      part: 'dynamic',
      energy: joules(energy),
    });
    const folded = foldShares(exported, [
      share(workload('a'), 5),
      share(workload('x'), 2),
      share(workload('y'), 3),
      share(workload('z', 'online'), 7),
      share(IDLE, 1),
    ]);
    const by = Object.fromEntries(
      folded.map((one) => [`${one.workload.id}/${one.workload.class}`, one.energy]),
    );
    expect(by).toEqual({ 'a/c': 5, 'other/c': 5, 'other/online': 7, 'idle/unclassified': 1 });
    expect(rowOf(exported, { ...workload('p'), kind: 'ended' }).id).toBe('ended');
  });
});
