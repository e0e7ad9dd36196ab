import { describe, expect, it } from 'vitest';
import type { EndedWorkload } from '../../../src/model/ended.ts';
import type { PersistedState } from '../../../src/model/state.ts';
import { memoryStore } from '../../../src/store/memory.ts';
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
  const tick = (groups: Record<string, number> = {}, duration = 5, inForce = carbon()) => {
    host.advance(duration, { busy: 12, groups });
    return run.step(host.sample(), inForce);
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
    add: (name: string, id = name) => host.addGroup(id, `/${name}.service`, '1', true),
    remove: (id: string) => host.groups.delete(id),
    /** Another process, which goes on from what was saved last. */
    restart: (orderly: boolean, onDisk = (engine: string) => engine) => {
      const { engine, ...saved } = take(orderly);
      run = runEngine(policy, {
        ...saved,
        engine: JSON.parse(onDisk(JSON.stringify(engine))),
        counters: new Map(),
      });
    },
    persist: () => run.engine.persist(),
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

  it('lasted as long as it did, whatever the clock was set to meanwhile', () => {
    for (const step of [-3600, 50 * 365 * 86_400]) {
      const one = scene();
      one.tick();
      one.add('a');
      for (let i = 0; i < 3; i += 1) one.tick({ a: 6 });
      one.host.wall += step * 1000;
      for (let i = 0; i < 3; i += 1) one.tick({ a: 6 });
      const last = one.host.wall;
      one.remove('a');
      one.tick();
      one.take();
      expect(one.ended.map(({ start, end }) => [(end - start) / 1000, end])).toEqual([[25, last]]);
    }
  });

  it('that slept with the host lasted longer than the host was awake', () => {
    const one = scene();
    one.tick();
    one.add('a');
    one.tick({ a: 6 });
    one.host.wall += 3_600_000;
    one.host.slept += 3600;
    one.tick({ a: 6 });
    one.remove('a');
    one.tick();
    one.take();
    expect(one.ended.map(({ start, end }) => (end - start) / 1000)).toEqual([3605]);
  });

  it('says that its grams are of a part, where a factor held for a part of its energy', () => {
    const none = carbon({ location: undefined, market: undefined });
    for (const inForce of [
      [carbon(), carbon()],
      [none, none],
      [none, carbon()],
      [carbon(), none],
    ]) {
      const one = scene();
      one.tick();
      one.add('a');
      for (const each of inForce) one.tick({ a: 6 }, 5, each);
      one.remove('a');
      one.tick({}, 5, inForce.at(-1));
      const isPart = inForce[0] !== inForce[1] && inForce.includes(none);
      expect(one.told()).toEqual([['a.service', ...(isPart ? ['without_factor'] : [])]]);
    }
  });

  it('ended although another one of its name was there at once, as a unit that is restarted is', () => {
    const one = scene();
    one.tick();
    one.add('a');
    one.tick({ a: 6 });
    one.remove('a');
    one.add('a', 'a-2');
    one.tick({ 'a-2': 6 });
    expect(one.told()).toEqual([['a.service']]);
    one.tick({ 'a-2': 6 });
    one.remove('a-2');
    one.tick();
    expect(one.told()).toEqual([['a.service'], ['a.service']]);
    expect(one.ended.map(({ cpu }) => Math.round(cpu))).toEqual([6, 12]);
  });

  it('is left out alone where the disk gave it back damaged: no save fails for it', () => {
    const one = scene();
    one.tick();
    for (const name of ['a', 'b']) one.add(name);
    one.tick({ a: 6, b: 6 });
    one.restart(true, (engine) => engine.replace('"lives":[[[', '"lives":[[["?",'));
    one.tick({ a: 6, b: 6 });
    for (const name of ['a', 'b']) one.remove(name);
    one.tick();
    const store = memoryStore();
    const { state, usage, ended } = one.persist();
    store.save(state, usage, ended);
    const told = ended.map(({ cpu, partial }) => [Math.round(cpu), ...partial]);
    expect(told.sort()).toEqual([[12], [6, 'began_before']]);
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
