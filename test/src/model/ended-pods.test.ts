import { describe, expect, it } from 'vitest';
import type { EndedWorkload } from '../../../src/model/ended.ts';
import { endedPods } from '../../../src/model/ended-pods.ts';
import { grams, joules, seconds } from '../../../src/units.ts';

const container = (more: Partial<EndedWorkload>): EndedWorkload => ({
  id: 'c',
  kind: 'container',
  class: 'web',
  name: 'c',
  labels: { k8s_pod_uid: 'uid-1', k8s_pod_name: 'shop-7', k8s_container_name: more.id ?? 'c' },
  start: 1000,
  end: 2000,
  dynamic: { cpu: joules(1), memory: joules(2), gpu: joules(3), other: joules(4) },
  staticShare: joules(5),
  cpu: seconds(1),
  gpu: seconds(0),
  work: new Map(),
  quality: 'measured',
  source: 'rapl',
  partial: [],
  ...more,
});

describe('pods of containers that ended', () => {
  it('have the sums of all, from the first start to the last end, as sure as the least sure', () => {
    const [pod, ...others] = endedPods([
      container({ id: 'a', start: 500, location: grams(2), work: new Map([['requests', 3]]) }),
      container({
        id: 'b',
        end: 9000,
        location: grams(1),
        quality: 'estimated',
        source: 'model',
        work: new Map([['requests', 4]]),
        partial: ['gap'],
      }),
    ]);
    expect(others).toEqual([]);
    expect(pod).toEqual({
      id: 'uid-1',
      kind: 'pod',
      class: 'web',
      name: 'shop-7',
      labels: { k8s_pod_uid: 'uid-1', k8s_pod_name: 'shop-7' },
      start: 500,
      end: 9000,
      dynamic: { cpu: 2, memory: 4, gpu: 6, other: 8 },
      staticShare: 10,
      location: 3,
      cpu: 2,
      gpu: 0,
      work: new Map([['requests', 7]]),
      quality: 'estimated',
      source: '*',
      partial: ['gap'],
    });
  });

  it('say so where the grams are those of a part of their containers, and have none where nobody has', () => {
    const [some] = endedPods([container({ location: grams(2) }), container({ id: 'b' })]);
    expect([some?.location, some?.partial]).toEqual([2, ['without_factor']]);
    const [market] = endedPods([
      container({ location: grams(2), market: grams(1) }),
      container({ id: 'b', location: grams(2) }),
    ]);
    expect([market?.location, market?.market, market?.partial]).toEqual([4, 1, ['without_factor']]);
    const [none] = endedPods([container({}), container({ id: 'b' })]);
    expect([none && 'location' in none, none?.partial]).toEqual([false, []]);
  });

  it('are told apart, newest end first, and what belongs to none is in none', () => {
    const pods = endedPods([
      container({ labels: { k8s_pod_uid: 'old' }, end: 1500 }),
      container({ labels: { k8s_pod_uid: 'new' }, end: 3000, class: 'batch' }),
      container({ labels: { k8s_pod_uid: 'new' }, end: 2500 }),
      container({ labels: {} }),
      container({ kind: 'unit', labels: { k8s_pod_uid: 'unit' } }),
    ]);
    expect(pods.map(({ id, name, class: of }) => [id, name, of])).toEqual([
      ['new', 'new', '*'],
      ['old', 'old', 'web'],
    ]);
  });
});
