import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually, freshDirectory, type RunningAgent, startAgent } from '../fixtures/agent-process.ts';

/** Loaded before the agent: 4 s later timers of the loop (1 s) no longer fire, as if a tick never came back. */
const STALL = `
  const timer = setTimeout;
  const end = performance.now() + 4_000;
  globalThis.setTimeout = (work, delay, ...more) =>
    timer(performance.now() > end && delay > 100 && delay <= 1000 ? () => {} : work, delay, ...more);`;

const directory = freshDirectory();
let agent: RunningAgent;
beforeAll(async () => {
  agent = await startAgent([`--state.dir=${directory.path}`], {
    NEGAWATT_SAMPLING_INTERVAL: '1s',
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(STALL)}`,
  });
});
afterAll(async () => {
  await agent?.stop();
  directory.remove();
});

it('is ready as soon as it listens, and healthy while its loop ticks', async () => {
  expect(await agent.get('/-/ready')).toMatch(/^ready\n/);
  expect(await agent.get('/-/healthy')).toBe('healthy\n');
});

it('is neither healthy nor ready once the loop stands, and says why; what was measured can still be read', async () => {
  await eventually(async () => {
    const response = await fetch(`${agent.url}/-/healthy`);
    expect(response.status).toBe(503);
    expect(await response.text()).toBe('no sample was taken within the last 3 intervals\n');
  });
  expect((await fetch(`${agent.url}/-/ready`)).status).toBe(503);
  expect(await agent.get('/metrics')).toContain('hw_host_energy_joules_total');
});
