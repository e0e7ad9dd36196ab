/**
 * A simulated week of the agent's loop, in a process of its own with the options of `npm start`: real sources, engine,
 * store and exporter on a host whose containers come and go. Prints what it looked at each half hour as JSON.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getHeapCodeStatistics } from 'node:v8';
import { openSqliteStore } from '../../src/index.ts';
import { container, simulatedAgent, TICK_S } from '../bench/simulated-agent.ts';

/** Floors are learnt from 14 days: of each of so many days before the week an hour is lived, so that all of it is full. */
const [days = 7, daysBefore = 15] = process.argv.slice(2).map(Number);
const TICKS = Math.round((days * 86_400) / TICK_S);
const HOUR_TICKS = 3600 / TICK_S;
/** Alive at a time; each lives for a minute. */
const ALIVE = 24;
const NEW_EACH_TICK = 2;
const SCRAPE_EVERY = 3;
const LOOK_EVERY = 1800 / TICK_S;

const { gc } = globalThis;
if (gc === undefined) throw new Error('needs --expose-gc');
const state = mkdtempSync(join(tmpdir(), 'negawatt-week-'));
const opened = await openSqliteStore(state);
if (!opened.found) throw new Error(opened.reason);
const store = opened.value;
let saves = 0;
const agent = await simulatedAgent({
  save: (...what) => {
    store.save(...what);
    saves += 1;
  },
});

const residentBytes = (): number =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]) * 1024;
/** Code that V8 made, and what it keeps beside it: see soak-week.ts. */
const codeBytes = (): number => {
  const { code_and_metadata_size: code, bytecode_and_metadata_size: byteCode } = getHeapCodeStatistics();
  return code + byteCode;
};
const LOOKS = {
  heap: () => process.memoryUsage().heapUsed,
  code: codeBytes,
  resident: residentBytes,
  // One of them is that of the folder which is listed.
  descriptors: () => readdirSync('/proc/self/fd').length - 1,
  handles: () => process.getActiveResourcesInfo().length,
} as const;
/** Made before: what is looked at must not grow by the looking. */
const looked = Object.entries(LOOKS).map(
  ([name, look]) => [name, look, new Float64Array(Math.floor(TICKS / LOOK_EVERY))] as const,
);
let next = 1;
const living: string[] = [];
for (let tick = -daysBefore * HOUR_TICKS; tick < TICKS; tick += 1) {
  if (tick < 0 && tick % HOUR_TICKS === 0) agent.skip(23 * 3600);
  for (let i = 0; i < NEW_EACH_TICK; i += 1) {
    living.push(container(next));
    next += 1;
  }
  while (living.length > ALIVE) {
    const gone = living.shift() ?? '';
    agent.host.remove(`sys/fs/cgroup${gone}`);
    agent.forget([gone]);
  }
  agent.tick(living);
  if (tick % SCRAPE_EVERY === 0) await agent.render();
  // Sources that read by themselves get their turn.
  await new Promise((resolve) => setImmediate(resolve));
  if (tick < 0 || (tick + 1) % LOOK_EVERY !== 0) continue;
  gc();
  for (const [, look, values] of looked) values[(tick + 1) / LOOK_EVERY - 1] = look();
}
agent.close();
const rows = store.usage(3600, 0, Number.MAX_SAFE_INTEGER).length;
store.close();
rmSync(state, { recursive: true, force: true });
const hourOf = (look: number): number => ((look + 1) * LOOK_EVERY * TICK_S) / 3600;
process.stdout.write(
  JSON.stringify({
    ticks: TICKS,
    containers: next - 1,
    saves,
    rows,
    looks: Object.fromEntries(
      looked.map(([name, , values]) => [name, [...values].map((value, look) => [hourOf(look), value])]),
    ),
  }),
);
