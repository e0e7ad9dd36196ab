import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openSqliteStore } from '../../../src/store/sqlite.ts';
import type { Store } from '../../../src/store/store.ts';
import { bundledSaver, type Saver, startSaver } from './child.ts';

let code: string;
let dir: string;
let saver: Saver | undefined;
beforeAll(async () => {
  code = await bundledSaver();
});
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'negawatt-crash-'));
});
afterEach(async () => {
  await saver?.kill();
  saver = undefined;
  rmSync(dir, { recursive: true, force: true });
});

const reopen = async (): Promise<Store> => {
  const result = await openSqliteStore(dir);
  if (!result.found) throw new Error(result.reason);
  return result.value;
};

/** All parts of the state are of save n, and of no other. */
const expectWhole = (store: Store, n: number): void => {
  const state = store.load();
  expect(state?.wall).toBe(n);
  expect(new Set(state?.counters.values())).toEqual(new Set([n]));
  expect(state?.counters.size).toBe(200);
  expect(state?.engine).toEqual({ n: String(n) });
  expect(store.hourly(0, 10_000)).toEqual([{ hour: 3600, gridZone: 'DE', energy: n }]);
  expect(store.warnings).toEqual([]);
};

test('kill -9 between two writes of a save leaves the whole save before it', async () => {
  saver = startSaver(code, dir, { DIE_IN_SAVE: '30' });
  expect(await saver.end()).toBe('SIGKILL');
  expect(saver.output()).toMatch(/saved 29\n$/);
  const store = await reopen();
  expectWhole(store, 29);
  store.close();
});

test('kill -9 from outside never tears a save, three times in a row on one file', async () => {
  let kept = 0;
  for (const _ of [1, 2, 3]) {
    saver = startSaver(code, dir);
    await saver.until(new RegExp(`saved ${kept + 20}\\n`));
    await saver.kill();
    const acknowledged = Number(saver.output().trim().split(' ').at(-1));
    const store = await reopen();
    // The save after the last acknowledged one may have been committed before the kill.
    kept = Number(store.load()?.wall);
    expect([acknowledged, acknowledged + 1]).toContain(kept);
    expectWhole(store, kept);
    store.close();
  }
});

test('a second agent on the same directory is refused and told who holds it, until the first one dies', async () => {
  saver = startSaver(code, dir);
  await saver.until(/saved 3\n/);

  const second = await openSqliteStore(dir);
  expect(second).toMatchObject({ found: false });
  if (!second.found) {
    expect(second.reason).toContain(dir);
    expect(second.reason).toContain(`pid ${saver.child.pid}`);
    expect(second.fix).toContain('--state.dir');
  }
  const before = saver.output().length;
  await saver.until(new RegExp(`^[^]{${before + 20},}`));

  await saver.kill();
  const third = await openSqliteStore(dir);
  expect(third.found).toBe(true);
  if (third.found) third.value.close();
});

test('a second store within one process is refused as well, and the first goes on saving', async () => {
  const first = await openSqliteStore(dir);
  if (!first.found) throw new Error(first.reason);
  for (const _ of [1, 2]) expect(await openSqliteStore(dir)).toMatchObject({ found: false });
  saver = startSaver(code, dir);
  await saver.until(/refused .*in use/);
  first.value.close();
});
