import { describe, expect, it } from 'vitest';
import { type ClassRule, glob, type Naming, named } from '../../../src/attribution/classes.ts';
import { groupUse } from '../../../src/attribution/use.ts';
import { usedOf } from '../../../src/attribution/uses.ts';
import { classRulesOf } from '../../../src/config/index.ts';
import { rowKey, UNCLASSIFIED, type Workload } from '../../../src/model/workload.ts';
import { seconds } from '../../../src/units.ts';
import { packGroups } from '../../fixtures/groups.ts';

const workload: Workload = {
  id: 'system.slice/pay.service',
  kind: 'unit',
  class: UNCLASSIFIED,
  labels: { name: 'pay.service', systemd_unit: 'pay.service' },
};
const classOf = (rules: readonly ClassRule[], one = workload, facts: Naming['facts'] = new Map()): string =>
  named(one, `/${one.id}`, { facts, rules }).class;

describe('the class of a workload', () => {
  it('is that of the first rule that fits', () => {
    const rules = classRulesOf([
      { class: 'a', name: 'other*' },
      { class: 'b', name: 'pay*' },
      { class: 'c', kind: 'unit' },
    ]);
    expect(classOf(rules)).toBe('b');
    expect(classOf(rules.slice(2))).toBe('c');
    expect(classOf(rules.slice(0, 1))).toBe(UNCLASSIFIED);
  });

  it('needs all conditions of a rule, and any pattern of a list', () => {
    expect(classOf(classRulesOf([{ class: 'x', kind: 'unit', name: 'no*' }]))).toBe(UNCLASSIFIED);
    expect(classOf(classRulesOf([{ class: 'x', kind: ['job', 'unit'], path: '/system.slice/*' }]))).toBe('x');
  });

  it('may go by the namespace of the pod and by labels that its owner gave it, which are not exported', () => {
    const facts = new Map([
      [
        rowKey(workload),
        { labels: { k8s_namespace_name: 'shop', k8s_pod_name: 'pay-0' }, tags: { tier: 'front' } },
      ],
    ]);
    expect(classOf(classRulesOf([{ class: 'x', namespace: 'sh?p' }]), workload, facts)).toBe('x');
    expect(classOf(classRulesOf([{ class: 'x', namespace: 'shop' }]))).toBe(UNCLASSIFIED);
    expect(classOf(classRulesOf([{ class: 'x', labels: { tier: 'front' } }]), workload, facts)).toBe('x');
    const { labels } = named(workload, '/', { facts, rules: [] });
    expect(labels).toMatchObject({ k8s_pod_name: 'pay-0', name: 'pay.service' });
    expect(labels).not.toHaveProperty('tier');
  });

  it('takes the letters of a pattern as they are, but for * and ?', () => {
    expect(glob('a.b(c)*').test('a.b(c)de\nf')).toBe(true);
    expect(glob('a.b').test('axb')).toBe(false);
    expect(glob('a?b').test('ab')).toBe(false);
  });

  it('holds for the last use of a group that is gone too', () => {
    const naming: Naming = { facts: new Map(), rules: classRulesOf([{ class: 'batch', path: '/jobs/*' }]) };
    const row = (id: string, path: string, parent: string | undefined, cpu: number) => ({
      id,
      path,
      cpu: seconds(cpu),
      members: false,
      ...(parent === undefined ? {} : { parent }),
    });
    const tree = (jobs: number, gone: number | undefined) => [
      row('1', '/', undefined, jobs),
      row('2', '/jobs', '1', jobs),
      row('3', '/jobs/keeper', '2', 0),
      ...(gone === undefined ? [] : [row('4', '/jobs/gone', '2', gone)]),
    ];
    const first = groupUse(undefined, packGroups(0, tree(0, 0)), naming);
    const second = groupUse(first.state, packGroups(5, tree(5, 5)), naming);
    const third = groupUse(second.state, packGroups(10, tree(9, undefined)), naming);
    expect(usedOf(third.uses).map(({ workload: { id, class: name }, amount }) => [id, name, amount])).toEqual(
      [['jobs/gone', 'batch', 4]],
    );
  });
});
