import { describe, expect, it } from 'vitest';
import type { EndedWorkload } from '../../../src/model/ended.ts';
import type { PersistedState } from '../../../src/model/state.ts';
import { seconds } from '../../../src/units.ts';
import { POLICY, runEngine } from '../../fixtures/run-engine.ts';
import { carbon } from '../../fixtures/samples.ts';
import { scriptedHost } from '../../fixtures/scripted-host.ts';

const scene = () => {
  const host = scriptedHost();
  host.addMeter('package-0', 'package', 90);
  const policy = { attribution: { ...POLICY.attribution, top: 4, retention: seconds(60) } };
  let run = runEngine(policy);
  const ended: EndedWorkload[] = [];
  const tick = (groups: Record<string, number> = {}, duration = 5) => {
    host.advance(duration, { busy: 12, groups });
    return run.step(host.sample(), carbon());
  };
  const take = (orderly = true): PersistedState => {
    const kept = run.engine.persist(orderly);
    run.engine.confirmPersisted();
    ended.push(...kept.ended);
    return JSON.parse(JSON.stringify(kept.state, (_, held) => (held instanceof Map ? undefined : held)));
  };
  return {
    host,
    tick,
    take,
    ended,
    add: (name: string) => host.addGroup(name, `/${name}.service`, '1', true),
    remove: (name: string) => host.groups.delete(name),
    /** Another process, which goes on from what was saved last. */
    restart: (orderly: boolean) => {
      const saved = { ...take(orderly), counters: new Map() };
      run = runEngine(policy, saved);
    },
    told: () => {
      take();
      return ended.map(({ id, partial }) => [id, ...partial]);
    },
  };
};

describe('a workload that ended', () => {
  it('has all that it used since it was first seen, with its span and its grams', () => {
    const one = scene();
    one.tick();
    one.add('a');
    one.tick({ a: 6 });
    const from = one.host.wall;
    one.tick({ a: 12 });
    const to = one.host.wall;
    one.remove('a');
    one.tick();
    one.take();
    expect(one.ended).toHaveLength(1);
    const [{ dynamic, cpu, start, end, location, market, quality, source, partial, name }] = one.ended as [
      EndedWorkload,
    ];
    expect([name, start, end, partial]).toEqual(['a.service', from, to, []]);
    expect([quality, source]).toEqual(['derived', 'components']);
    expect(cpu).toBeCloseTo(18, 9);
    expect(dynamic.cpu).toBeGreaterThan(0);
    // 400 and 700 g/kWh at PUE 1.25, of the same energy.
    expect(location).toBeCloseTo((dynamic.cpu / 3.6e6) * 500, 9);
    expect(market! / location!).toBeCloseTo(1.75, 9);
  });

  it('is listed once, and its return is another one', () => {
    const one = scene();
    one.tick();
    for (const _ of [1, 2]) {
      one.add('a');
      one.tick({ a: 6 });
      one.remove('a');
      one.tick();
      one.tick();
    }
    expect(one.told()).toEqual([['a.service'], ['a.service']]);
  });

  it('began before the agent did', () => {
    const one = scene();
    one.add('a');
    one.tick({ a: 6 });
    one.tick({ a: 6 });
    one.remove('a');
    one.tick();
    expect(one.told()).toEqual([['a.service', 'began_before']]);
  });

  it('without a row of its own is in no list; one that lost its row for a time says so', () => {
    const one = scene();
    const steady = { b: 1, c: 1, d: 1 };
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
      one.tick();
      one.add(name);
    }
    for (let i = 0; i < 3; i += 1) one.tick({ a: 0.1, ...steady });
    // One row in four may be taken at a time: the least is, and what comes after it stays in `other`.
    for (let i = 0; i < 20; i += 1) one.tick({ ...steady, e: 6, f: 0.01 });
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) one.remove(name);
    one.tick();
    expect(one.told().sort()).toEqual([
      ['a.service', 'began_before', 'in_other'],
      ['b.service', 'began_before'],
      ['c.service', 'began_before'],
      ['d.service', 'began_before'],
      ['e.service', 'began_before'],
    ]);
  });

  it('whose agent was stopped in good order has no gap; after a kill it has one', () => {
    for (const orderly of [true, false]) {
      const one = scene();
      one.tick();
      one.add('a');
      one.tick({ a: 6 });
      one.restart(orderly);
      one.tick({ a: 6 });
      one.tick({ a: 6 });
      one.remove('a');
      one.tick();
      expect(one.told()).toEqual([['a.service', ...(orderly ? [] : ['gap'])]]);
    }
  });

  it('while the agent was down, or with the boot, ended unseen', () => {
    const killed = scene();
    const booted = scene();
    for (const one of [killed, booted]) {
      one.tick();
      one.add('a');
      one.tick({ a: 6 });
      one.restart(one === booted);
      if (one === killed) one.remove('a');
      else one.host.bootId = 'boot-2';
      one.tick();
      expect(one.told()).toEqual([['a.service', 'end_unseen']]);
    }
  });
});
