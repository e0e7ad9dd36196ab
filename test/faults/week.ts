/**
 * A simulated week of the agent's loop, in a process of its own with the options of `npm start`: real sources, engine and
 * exporter on a host whose containers come and go. Prints [hour, bytes of the live heap] for each half hour as JSON.
 */
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
const agent = await simulatedAgent();
const heap = new Float64Array(Math.floor(TICKS / LOOK_EVERY));
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
  heap[(tick + 1) / LOOK_EVERY - 1] = process.memoryUsage().heapUsed;
}
agent.close();
const hours = [...heap].map((bytes, i) => [((i + 1) * LOOK_EVERY * TICK_S) / 3600, bytes]);
process.stdout.write(JSON.stringify({ ticks: TICKS, containers: next - 1, hours }));
