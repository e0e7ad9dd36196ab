import { describe, expect, it } from 'vitest';
import { groupUse } from '../../../src/attribution/use.ts';
import { usedOf } from '../../../src/attribution/uses.ts';
import { seconds } from '../../../src/units.ts';
import { type GroupReading, packGroups } from '../../fixtures/groups.ts';

type Row = readonly [id: string, path: string, parent: string | undefined, cpu: number, members?: boolean];

const sample = (at: number, rows: readonly Row[]) =>
  packGroups(
    at,
    rows.map(
      ([id, path, parent, cpu, members]): GroupReading => ({
        id,
        path,
        cpu: seconds(cpu),
        members: members ?? false,
        ...(parent === undefined ? {} : { parent }),
      }),
    ),
  );

const usesOf = (first: readonly Row[], second: readonly Row[], duration = 5): Record<string, number> => {
  const { state } = groupUse(undefined, sample(0, first));
  const { uses } = groupUse(state, sample(duration, second));
  return Object.fromEntries(
    usedOf(uses).map(({ workload, amount }) => [
      `${workload.kind} ${workload.id}`,
      Math.round(amount * 1e9) / 1e9,
    ]),
  );
};

const ID = 'b'.repeat(64);

describe('CPU time by owner', () => {
  it('groups inside a container are the container', () => {
    const path = `/docker/${ID}`;
    const before: Row[] = [
      ['1', '/', undefined, 10],
      ['2', '/docker', '1', 8],
      ['3', path, '2', 6],
      ['4', `${path}/init`, '3', 5],
    ];
    const after: Row[] = [
      ['1', '/', undefined, 14],
      ['2', '/docker', '1', 11],
      ['3', path, '2', 9],
      ['4', `${path}/init`, '3', 7],
    ];
    expect(usesOf(before, after)).toEqual({ [`container ${ID}`]: 3 });
  });

  it('a container deep below a user service is taken out of the service', () => {
    const service = '/user.slice/user@1000.service';
    const before: Row[] = [
      ['1', '/', undefined, 0],
      ['2', '/user.slice', '1', 0],
      ['3', service, '2', 0],
      ['4', `${service}/libpod-${ID}.scope`, '3', 0],
    ];
    const after: Row[] = [
      ['1', '/', undefined, 5],
      ['2', '/user.slice', '1', 5],
      ['3', service, '2', 5],
      ['4', `${service}/libpod-${ID}.scope`, '3', 4],
    ];
    expect(usesOf(before, after)).toEqual({ [`container ${ID}`]: 4, 'unit user.slice/user@1000.service': 1 });
  });

  it('groups that came and went unseen are booked to ended of their parent', () => {
    const before: Row[] = [
      ['1', '/', undefined, 0],
      ['2', '/jobs', '1', 0],
      ['3', '/jobs/keeper', '2', 0],
    ];
    const after: Row[] = [
      ['1', '/', undefined, 9],
      ['2', '/jobs', '1', 9],
      ['3', '/jobs/keeper', '2', 1],
    ];
    expect(usesOf(before, after)).toEqual({ 'cgroup jobs/keeper': 1, 'ended jobs': 8 });
  });

  it('a group with processes of its own beside its children keeps its use', () => {
    const before: Row[] = [
      ['1', '/', undefined, 0],
      ['2', '/mixed', '1', 0, true],
      ['3', '/mixed/child', '2', 0],
    ];
    const after: Row[] = [
      ['1', '/', undefined, 4],
      ['2', '/mixed', '1', 4, true],
      ['3', '/mixed/child', '2', 1],
    ];
    expect(usesOf(before, after)).toEqual({ 'cgroup mixed': 3, 'cgroup mixed/child': 1 });
  });

  it('a vanished group gets its last use back, up to its last rate, and no more', () => {
    const tree = (root: number, gone: number | undefined, keeper: number): Row[] => [
      ['1', '/', undefined, root],
      ['2', '/s', '1', root],
      ['3', '/s/keeper', '2', keeper],
      ...(gone === undefined ? [] : [['4', '/s/gone', '2', gone] as Row]),
    ];
    const first = groupUse(undefined, sample(0, tree(0, 0, 0)));
    const second = groupUse(first.state, sample(5, tree(5, 5, 0)));
    const third = groupUse(second.state, sample(10, tree(12, undefined, 0)));
    const uses = Object.fromEntries(
      usedOf(third.uses).map(({ workload, amount }) => [`${workload.kind} ${workload.id}`, amount]),
    );
    expect(uses).toEqual({ 'cgroup s/gone': 5, 'ended s': 2 });
    expect(third.alive.has('cgroup s/gone')).toBe(false);
  });

  it('a pod that vanished with its containers gives their last use to them, in parts where it was less', () => {
    const pod = '/kubepods/pod11111111-2222-4333-8444-555555555555';
    const at = (cpu: number): Row[] => [
      ['3', pod, '2', 3 * cpu],
      ['4', `${pod}/${'c'.repeat(64)}`, '3', 2 * cpu],
      ['5', `${pod}/${'d'.repeat(64)}`, '3', cpu],
    ];
    const rows = (cpu: number): Row[] => [
      ['1', '/', undefined, cpu],
      ['2', '/kubepods', '1', cpu],
    ];
    const first = groupUse(undefined, sample(0, [...rows(0), ...at(0)]));
    const second = groupUse(first.state, sample(5, [...rows(6), ...at(2)]));
    const of = (used: number): Record<string, number> =>
      Object.fromEntries(
        usedOf(groupUse(second.state, sample(10, rows(6 + used))).uses).map(({ workload, amount }) => [
          `${workload.kind} ${workload.id.slice(0, 1)}`,
          amount,
        ]),
      );
    expect(of(3)).toEqual({ 'container c': 2, 'container d': 1 });
    expect(of(8), 'up to the last rate').toEqual({ 'container c': 4, 'container d': 2, 'cgroup k': 2 });
  });

  it('a unit that restarts under the same path goes on as the same workload', () => {
    const before: Row[] = [
      ['1', '/', undefined, 10],
      ['2', '/a.service', '1', 10],
    ];
    const after: Row[] = [
      ['1', '/', undefined, 13],
      ['3', '/a.service', '1', 3],
    ];
    expect(usesOf(before, after)).toEqual({ 'unit a.service': 3 });
  });

  it('a newly found group claims no more than its parent used', () => {
    const before: Row[] = [
      ['1', '/', undefined, 0],
      ['2', '/s', '1', 100],
    ];
    const after: Row[] = [
      ['1', '/', undefined, 2],
      ['2', '/s', '1', 102],
      ['3', '/s/old', '2', 50],
    ];
    expect(usesOf(before, after)).toEqual({ 'cgroup s/old': 2 });
  });

  it('a counter that was set back to 0 gives nothing, and the survivors inherit nothing', () => {
    const before: Row[] = [
      ['1', '/', undefined, 10],
      ['2', '/a', '1', 10],
      ['3', '/b', '1', 0],
    ];
    const after: Row[] = [
      ['1', '/', undefined, 11],
      ['2', '/a', '1', 0],
      ['3', '/b', '1', 1],
    ];
    expect(usesOf(before, after)).toEqual({ 'cgroup b': 1 });
  });
});
