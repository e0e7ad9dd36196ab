import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Handover, openRun, type Run } from '../../agent/run.ts';
import { createScrapeObserver } from '../../agent/scrapes.ts';
import { loadConfig } from '../../src/config/index.ts';
import { type Guests, memoryStore, type Store } from '../../src/index.ts';
import type { FakeHost } from '../fixtures/fake-host.ts';
import { cgroupV2 } from '../fixtures/hosts.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const running = async (store: Store, handover?: Handover): Promise<Run> => {
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
    isReload: handover !== undefined,
    ...(handover === undefined ? {} : { handover }),
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

describe('a run that takes the place of another', () => {
  it('knows how often the agent is scraped, so that no new series shows its first joules too early', async () => {
    const store = memoryStore();
    const handover: Handover = { scrapes: createScrapeObserver() };
    const first = await running(store, handover);
    first.begin(undefined);
    handover.scrapes.observe('10.0.0.1', 0);
    first.routes().onScrapeInterval?.(handover.scrapes.observe('10.0.0.1', 60));
    expect(first.keepAll()).toBe(true);
    const next = await running(store, handover);
    const told = vi.spyOn(next.agent.engine, 'observeScrapeInterval');
    next.begin(undefined);
    expect(told.mock.calls).toEqual([[60]]);
    // The first scrape after the reload, too.
    expect(next.routes().scrapes?.observe('10.0.0.1', 120)).toBe(60);
  });
});
