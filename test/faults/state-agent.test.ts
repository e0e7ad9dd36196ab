/** The real agent and its state: killed in a loop, on a disk that is full, on a damaged file, and beside a second one. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HOUR, MINUTE, type Period } from '../../src/model/usage.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import {
  eventually,
  freshDirectory,
  furtherTicks,
  type RunningAgent,
  runCommand,
  startAgent,
} from '../fixtures/agent-process.ts';
import { type SteppedHost, steppedHost } from '../fixtures/stepped-host.ts';
import { keepIfAsked } from './results.ts';

let directory: ReturnType<typeof freshDirectory>;
let stepped: SteppedHost;
let agent: RunningAgent | undefined;
beforeEach(() => {
  directory = freshDirectory();
  stepped = steppedHost();
});
afterEach(async () => {
  await agent?.stop('SIGKILL');
  agent = undefined;
  stepped.host.dispose();
  directory.remove();
});

const UNIT = '/system.slice/nginx.service';
const INTERVAL = { NEGAWATT_SAMPLING_INTERVAL: '1s' };
const start = async (state = join(directory.path, 'state')): Promise<RunningAgent> => {
  agent = await startAgent([...stepped.flags, `--state.dir=${state}`], INTERVAL);
  return agent;
};
const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
/** The host's counter as a scraper reads it, which also makes the agent keep it. */
const scraped = async (running: RunningAgent): Promise<number> =>
  Number(/^hw_host_energy_joules_total (\S+)/m.exec(await running.get('/metrics'))?.[1]);
/** What a state directory holds: the host's counter, and the sums of its rows. */
const kept = async (state = join(directory.path, 'state')) => {
  const store = await openSqliteStore(state);
  if (!store.found) throw new Error(store.reason);
  const counters = [...(store.value.load()?.counters ?? [])];
  const sumOf = (period: Period, scope: string): number =>
    store.value
      .usage(period, 0, 9e9)
      .filter((row) => row.scope === scope)
      .reduce((sum, { energy }) => sum + energy, 0);
  const held = {
    counter: counters.find(([key]) => key.includes('"hw_host_energy_joules_total"'))?.[1],
    workloads: counters
      .filter(([key]) => key.includes('"negawatt_workload_energy_joules_total"'))
      .reduce((sum, [, value]) => sum + value, 0),
    hours: sumOf(HOUR, 'host'),
    minutes: sumOf(MINUTE, 'host'),
    classes: sumOf(HOUR, 'class'),
  };
  store.value.close();
  return held;
};

const KILLS = 20;

test(`after ${KILLS} kills in a row the counters and the rows hold every joule of the meter, once`, async () => {
  const first = await start();
  await scraped(first);
  await first.stop('SIGKILL');
  let before = 0;
  for (let kill = 1; kill < KILLS; kill += 1) {
    // Energy flows while the agent is down, while it runs, and between what it keeps and its end.
    stepped.work(3.25, { [UNIT]: 0.01 });
    const running = await start();
    stepped.work(2.5, { [UNIT]: 0.01 });
    if (kill % 3 !== 0) {
      const now = await scraped(running);
      expect(now).toBeGreaterThanOrEqual(before);
      before = now;
    }
    stepped.work(1.25, { [UNIT]: 0.01 });
    // At any time from the start of a tick to the next; the last ones wait for a tick.
    await sleep((kill * 137) % 500);
    await running.stop('SIGKILL');
  }
  const last = await start();
  await furtherTicks(last);
  expect(await scraped(last)).toBeCloseTo(stepped.joules(), 6);
  expect(await last.stop()).toBe(0);
  const held = await kept();
  for (const [what, joules] of Object.entries(held))
    expect([what, joules]).toEqual([what, expect.closeTo(stepped.joules(), 6)]);
  keepIfAsked({
    what: 'SIGKILL at any time, with the rows of the history',
    howMany: `${KILLS} kills`,
    result: `meter ${stepped.joules()} J; counter ${held.counter} J, workloads ${held.workloads} J, hours ${held.hours} J, minutes ${held.minutes} J`,
  });
}, 90_000);

/** A file system of its own; undefined where this user may not mount one. */
const smallDisk = (kibibytes: number): string | undefined => {
  const at = join(directory.path, 'disk');
  mkdirSync(at);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'tmpfs', at], { stdio: 'pipe' });
    return at;
  } catch {
    return undefined;
  }
};

/** Takes all that is left, to the last byte. */
const fill = (disk: string): void => {
  const { bavail, bsize } = statfsSync(disk);
  for (let left = bavail * bsize, part = 0; left > 0; part += 1) {
    try {
      writeFileSync(join(disk, `filler-${part}`), Buffer.alloc(left));
      left = statfsSync(disk).bavail * bsize;
    } catch {
      left = Math.floor(left / 2);
    }
  }
  expect(statfsSync(disk).bavail).toBe(0);
};

test('on a disk that is full to the last byte the agent goes on and says so once; with room again nothing is missing', async (context) => {
  const disk = smallDisk(1024);
  if (disk === undefined) return context.skip('mounting a small tmpfs needs root');
  try {
    const state = join(disk, 'state');
    const running = await start(state);
    stepped.work(10, { [UNIT]: 0.1 });
    await furtherTicks(running);
    expect(await scraped(running)).toBeGreaterThanOrEqual(0);
    fill(disk);
    for (const _ of [1, 2, 3]) {
      stepped.work(10, { [UNIT]: 0.1 });
      await furtherTicks(running);
      // A scrape is answered all the same.
      await scraped(running);
    }
    const complaints = () => running.errors().match(/state not saved in .*: the disk is full/g) ?? [];
    // Pages that the log has are written over without room: some saves may go through before it has to grow.
    await eventually(async () => {
      stepped.work(1, { [UNIT]: 0.1 });
      await furtherTicks(running);
      await scraped(running);
      if (complaints().length === 0) throw new Error('the disk is not full for it yet');
    });
    stepped.work(10, { [UNIT]: 0.1 });
    await furtherTicks(running);
    await scraped(running);
    expect(complaints()).toHaveLength(1);
    const isKept = async (): Promise<string | undefined> =>
      /^negawatt_state_last_save_successful (\d)$/m.exec(await running.get('/metrics'))?.[1];
    await furtherTicks(running);
    expect(await isKept(), 'for an alert').toBe('0');
    expect(running.errors()).toMatch(/fix="free some space: df -h/);
    for (const name of readdirSync(disk)) if (name.startsWith('filler')) rmSync(join(disk, name));
    await furtherTicks(running);
    await scraped(running);
    expect(running.errors()).toContain('the state is kept again');
    await furtherTicks(running);
    expect(await isKept()).toBe('1');
    await running.stop('SIGKILL');
    const held = await kept(state);
    for (const [what, joules] of Object.entries(held))
      expect([what, joules]).toEqual([what, expect.closeTo(stepped.joules(), 6)]);
    keepIfAsked({
      what: 'a disk that is full to the last byte (tmpfs), then room again, then SIGKILL',
      howMany: 'once',
      result: `said once; meter ${stepped.joules()} J, kept ${held.counter} J, rows of hours ${held.hours} J`,
    });
  } finally {
    await agent?.stop('SIGKILL');
    agent = undefined;
    execFileSync('umount', ['-l', disk]);
  }
}, 60_000);

test('a damaged file is set aside, said aloud, and begun anew; a second agent beside the first is refused by name', async () => {
  const first = await start();
  stepped.work(25, { [UNIT]: 0.1 });
  await furtherTicks(first);
  await scraped(first);
  const state = join(directory.path, 'state');
  const second = await runCommand(
    ['run', '--web.listen-address=127.0.0.1:0', ...stepped.flags, `--state.dir=${state}`],
    INTERVAL,
  );
  expect(second.code).toBe(1);
  expect(second.stderr).toContain(
    `state directory ${state} is in use by another negawatt (pid ${first.process.pid} on`,
  );
  expect(second.stderr).toMatch(
    /stop the other one, or give this one a directory of its own with --state\.dir/,
  );
  await first.stop();
  expect((await kept()).counter).toBeCloseTo(25, 6);

  const file = join(state, 'state.db');
  const content = readFileSync(file);
  content.fill(0x5a, 4096, content.length - 100);
  writeFileSync(file, content);
  const third = await start();
  expect(third.errors()).toMatch(
    /level=warn msg="\S+state\.db was damaged: kept as \S+state\.db\.corrupt-\d+, counters and hours begin anew; restore a backup/,
  );
  const [aside] = readdirSync(state).filter((name) => /^state\.db\.corrupt-\d+$/.test(name));
  expect(readFileSync(join(state, aside ?? '')).equals(content)).toBe(true);
  stepped.work(5, { [UNIT]: 0.1 });
  await furtherTicks(third);
  await third.stop();
  // Hardware counters have no beginning that is known: what was counted before is in the file that was set aside.
  const { counter } = await kept();
  expect(counter).toBeCloseTo(5, 6);
  keepIfAsked(
    {
      what: 'a state file that is damaged in place',
      howMany: 'once',
      result: `set aside whole and said; of 5 J after it ${counter} J counted`,
    },
    {
      what: 'a second agent on one state directory',
      howMany: 'once',
      result: 'refused with the pid of the first',
    },
  );
});
