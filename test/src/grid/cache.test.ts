import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createGridCache } from '../../../src/grid/cache.ts';
import { createGridRefresh, type GridRefresh } from '../../../src/grid/refresh.ts';
import {
  answer,
  down,
  HOUR,
  MINUTE,
  NOON,
  reading,
  type Scripted,
  SERIES,
  scripted,
} from '../../fixtures/grid-provider.ts';

let dir: string;
let problems: string[];
const opened: GridRefresh[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'negawatt-grid-cache-'));
  problems = [];
});
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
  rmSync(dir, { recursive: true });
});

const path = (): string => join(dir, 'grid', 'scripted-1.json');
const cache = () => createGridCache({ directory: dir, onProblem: (message) => problems.push(message) });
/** An agent that starts at a time. */
const agent = (provider: Scripted, now: number, id = 'scripted-1') => {
  const refresh = createGridRefresh({
    entries: [{ id, provider }],
    host: 'node-17',
    wall: () => now,
    cache: cache(),
    schedule: async () => () => {},
  });
  opened.push(refresh);
  return refresh;
};
const good = scripted(() => ({
  ...answer(reading(NOON - 2 * HOUR, 290), reading(NOON - HOUR, 300, { estimated: true })),
  forecast: { generatedAt: NOON, readings: [reading(NOON + HOUR, 280)] },
}));

it('a restart while the provider is down goes on with the last good answer and its true age', async () => {
  await agent(good, NOON).ask();
  const later = NOON + 90 * MINUTE;
  const again = agent(scripted(down), later);
  await again.ask();
  expect(again.latest()[0]).toMatchObject({
    series: SERIES,
    readings: [reading(NOON - 2 * HOUR, 290), reading(NOON - HOUR, 300, { estimated: true })],
    forecast: { generatedAt: NOON, readings: [reading(NOON + HOUR, 280)] },
    fetchedAt: NOON,
    age: 5400,
    state: 'stale',
    error: { kind: 'failed' },
  });
  const muchLater = agent(scripted(down), NOON + 25 * HOUR);
  await muchLater.ask();
  expect(muchLater.latest()[0]).toMatchObject({ state: 'gone', age: 90_000 });
  expect(problems).toEqual([]);
});

it('a restart within the period waits for the next turn, one after it asks within seconds', async () => {
  await agent(good, NOON).ask();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const soon = scripted(() => answer());
    const fresh = agent(soon, NOON + MINUTE);
    await fresh.start();
    const late = scripted(() => answer());
    await agent(late, NOON + 16 * MINUTE).start();
    await vi.advanceTimersByTimeAsync(10_000);
    expect([soon.asked.length, late.asked.length]).toEqual([0, 1]);
    expect(fresh.latest()[0]).toMatchObject({ state: 'fresh', fetchedAt: NOON });
  } finally {
    vi.useRealTimers();
  }
});

it('an answer without news is not written each time', async () => {
  const provider = scripted(() => answer(reading(NOON - HOUR, 300)));
  let now = NOON;
  const refresh = createGridRefresh({
    entries: [{ id: 'scripted-1', provider }],
    ...{ host: 'node-17', wall: () => now, cache: cache() },
  });
  opened.push(refresh);
  const inode = async (at: number) => {
    now = at;
    await refresh.ask();
    return statSync(path()).ino;
  };
  const first = await inode(NOON);
  expect(await inode(NOON + MINUTE)).toBe(first);
  expect(await inode(NOON + 16 * MINUTE)).not.toBe(first);
  const before = await inode(NOON + 17 * MINUTE);
  provider.script = () => answer(reading(NOON - HOUR, 301));
  expect(await inode(NOON + 18 * MINUTE)).not.toBe(before);
});

it('what is kept is for the group of the agent alone, and one file a provider', async () => {
  await agent(good, NOON).ask();
  await agent(good, NOON).ask();
  expect(statSync(path()).mode & 0o777).toBe(0o640);
  expect(statSync(join(dir, 'grid')).mode & 0o027).toBe(0);
  expect(readdirSync(join(dir, 'grid'))).toEqual(['scripted-1.json']);
});

it.each([
  ['cut off', (text: string) => text.slice(0, text.length / 2)],
  ['empty', () => ''],
  ['of zeros', () => '\0'.repeat(4096)],
  ['of a later format', (text: string) => text.replace('"format":1', '"format":2')],
  ['of another provider', (text: string) => text.replace('scripted-1', 'scripted-2')],
  ['too large', (text: string) => text + ' '.repeat(3 * 2 ** 20)],
  ['with a time that is none', (text: string) => text.replace('2026-11-23T11', '2026-13-23T11')],
])('a file that is %s is told, ignored and written anew', async (_, damage) => {
  await agent(good, NOON).ask();
  writeFileSync(path(), damage(readFileSync(path(), 'utf8')));
  const again = agent(scripted(down), NOON);
  await again.ask();
  expect(again.latest()[0]).toMatchObject({ state: 'gone', readings: [] });
  expect(problems).toEqual([expect.stringContaining(`${path()} is ignored: `)]);
  await agent(good, NOON).ask();
  problems = [];
  const third = agent(scripted(down), NOON);
  await third.ask();
  expect(third.latest()[0]).toMatchObject({ state: 'fresh' });
  expect(problems).toEqual([]);
});

it('values that no grid can have are not taken from it, nor ones of the future', async () => {
  await agent(good, NOON).ask();
  writeFileSync(path(), readFileSync(path(), 'utf8').replace('"gramsPerKwh":290', '"gramsPerKwh":29000'));
  const back = agent(scripted(down), NOON - 90 * MINUTE);
  await back.ask();
  expect(back.latest()[0]?.readings).toEqual([]);
});

it('a file in the place of the folder is told once and stops nothing', async () => {
  writeFileSync(join(dir, 'grid'), '');
  const refresh = agent(good, NOON);
  await refresh.ask();
  await refresh.ask();
  expect(refresh.latest()[0]).toMatchObject({ state: 'fresh' });
  expect(problems.filter((one) => one.includes('cannot be written'))).toHaveLength(1);
});

it('what a provider left that is configured no more goes after a week; other files stay', async () => {
  mkdirSync(join(dir, 'grid'));
  const old = (NOON - 8 * 24 * HOUR) / 1000;
  for (const name of ['old-1.json', 'mine.txt', 'new-1.json']) {
    writeFileSync(join(dir, 'grid', name), '{}');
    if (name !== 'new-1.json') utimesSync(join(dir, 'grid', name), old, old);
    else utimesSync(join(dir, 'grid', name), NOON / 1000, NOON / 1000);
  }
  await agent(good, NOON).ask();
  expect(readdirSync(join(dir, 'grid')).toSorted()).toEqual(['mine.txt', 'new-1.json', 'scripted-1.json']);
  expect(existsSync(path())).toBe(true);
});
