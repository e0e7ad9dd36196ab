/** The saved state of the engine, as the store hands it over: JSON of whatever content. */
import { createEngine } from '../../../src/engine.ts';
import type { PersistedState } from '../../../src/model/state.ts';
import { NO_CARBON, POLICY, runEngine } from '../../fixtures/run-engine.ts';
import { scriptedHost } from '../../fixtures/scripted-host.ts';
import type { Parser } from '../fuzz.ts';

const busy = (): ReturnType<typeof scriptedHost> => {
  const host = scriptedHost();
  host.addMeter('package-0', 'package', 80);
  host.addMeter('dram-0', 'dram', 10);
  host.addGroup('2', '/system.slice/nginx.service', '1', true);
  host.addGroup('3', '/system.slice/postgres.service', '1', true);
  return host;
};

export const stateParser = (): Parser => {
  const host = busy();
  const run = runEngine();
  const step = (): void => {
    run.step(host.sample());
    host.advance(5, { busy: 6, groups: { 2: 3, 3: 2 } });
  };
  for (let tick = 0; tick < 10; tick += 1) step();
  const { state } = run.engine.persist();
  const text = (one: PersistedState): string => JSON.stringify({ ...one, counters: [...one.counters] });
  const setting = {
    inventory: { hostName: 'test' },
    staticLabels: {},
    version: '0',
    nodeVersion: '0',
    configSha256: '',
    startedAt: 0,
  };
  return {
    name: 'the saved state',
    corpus: [text(state)],
    cost: 25,
    read: (input) => {
      let saved: { counters?: unknown; engine?: unknown };
      try {
        saved = Object(JSON.parse(input.toString()));
      } catch {
        // The store's columns are read by SQLite, and it parses the JSON of the engine.
        return undefined;
      }
      const counters = Array.isArray(saved.counters) ? saved.counters : [];
      const restored: PersistedState = {
        ...state,
        counters: new Map(
          counters.filter(
            (entry): entry is [string, number] =>
              Array.isArray(entry) && typeof entry[0] === 'string' && typeof entry[1] === 'number',
          ),
        ),
        engine: saved.engine,
      };
      const engine = createEngine(
        () => setting,
        () => POLICY,
        restored,
      );
      const next = busy();
      next.now = host.now;
      next.wall = host.wall;
      for (let tick = 0; tick < 3; tick += 1) {
        engine.step(next.sample(), () => NO_CARBON);
        next.advance(5, { busy: 6, groups: { 2: 3, 3: 2 } });
      }
      engine.persist();
      return engine.warnings.length === 0 ? true : engine.warnings;
    },
  };
};
