import { afterEach, describe, expect, it } from 'vitest';
import { openRun, type Run } from '../../agent/run.ts';
import { type Guests, loadConfig, memoryStore, type Store } from '../../src/index.ts';
import type { FakeHost } from '../fixtures/fake-host.ts';
import { cgroupV2 } from '../fixtures/hosts.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const running = async (store: Store): Promise<Run> => {
  const host: FakeHost = cgroupV2();
  ends.push(() => host.dispose());
  const flags = {
    'path.procfs': host.paths.procfs,
    'path.sysfs': host.paths.sysfs,
    'sampling.interval': '60s',
    'log.level': 'error',
  };
  const loaded = await loadConfig({ flags });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const { config, sha256, warnings } = loaded;
  const run = await openRun({
    loaded: { config, sha256, warnings, example: undefined, file: undefined },
    store,
    lastReload: () => ({ successful: true, at: 0 }),
    directory: undefined,
    isReload: false,
  });
  ends.push(() => run.close());
  return run;
};

describe('the last save of a run', () => {
  it('keeps what was booked although the tick for work that waits fails, and tells that not all is kept', async () => {
    const store = memoryStore();
    const saved: number[] = [];
    const run = await running({
      ...store,
      save: (state, usage, ended) => {
        saved.push(state.counters.size);
        store.save(state, usage, ended);
      },
    });
    let fails = false;
    const guests: Guests = {
      take: () => {
        if (fails) throw new Error('the folder is gone');
      },
      feeds: () => [],
      settled: async () => {},
    };
    run.begin(guests);
    const push = (total: number): unknown =>
      run.agent.push?.accept(Buffer.from(JSON.stringify({ workload: 'shop', unit: 'order', total })));
    expect(push(1)).toMatchObject({ ok: true });
    expect(run.keepAll()).toBe(true);
    expect(saved).toHaveLength(1);
    expect(push(2)).toMatchObject({ ok: true });
    fails = true;
    expect(run.keepAll()).toBe(false);
    expect(saved).toHaveLength(2);
  });
});
