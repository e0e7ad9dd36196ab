import { expect, it } from 'vitest';
import { glob, named, namingOf } from '../../../src/attribution/classes.ts';
import { ownerOf } from '../../../src/attribution/identity.ts';
import type { Facts } from '../../../src/model/facts.ts';

const PATH = `/system.slice/docker-${'a'.repeat(64)}.scope`;
const owner = ownerOf(PATH)!;
const facts: Facts = new Map([
  [`container ${'a'.repeat(64)}`, { labels: { name: 'web' }, tags: { tier: 'offline' } }],
]);

it('names are one object for as long as neither the facts nor the rules change', () => {
  const rules = [{ class: 'batch', labels: { tier: [glob('offline')] } }];
  expect(namingOf(facts, rules)).toBe(namingOf(facts, rules));
  expect(namingOf(new Map(facts), rules)).not.toBe(namingOf(facts, rules));
  expect(namingOf(facts, [...rules])).not.toBe(namingOf(facts, rules));
  expect(namingOf()).toBe(namingOf(undefined, undefined));
});

it('a tag decides the class and is not exported', () => {
  const naming = namingOf(facts, [{ class: 'batch', labels: { tier: [glob('off*')] } }]);
  const workload = named(owner, PATH, naming);
  expect(workload).toMatchObject({
    class: 'batch',
    labels: { name: 'web', container_runtime_name: 'docker' },
  });
  expect(workload.labels).not.toHaveProperty('tier');
});
