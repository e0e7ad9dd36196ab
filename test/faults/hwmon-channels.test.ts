/** Sensors whose firmware lies, hangs or goes away under a running agent. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type InProcessAgent, startAgent } from '../fixtures/agent-in-process.ts';
import type { FakeHost } from '../fixtures/fake-host.ts';
import { laptopRapl } from '../fixtures/hosts.ts';
import { steadyScraper } from '../fixtures/steady.ts';

const hosts: FakeHost[] = [];
const agents: InProcessAgent[] = [];
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.close();
  for (const host of hosts.splice(0)) host.dispose();
});

const LOAD = { zones: { 'intel-rapl:0': 12, 'intel-rapl:0:0': 8, 'intel-rapl:0:1': 1 }, busy: 2 };
const BOARD = 200;
const device = (index: number): string => `pci0000:00/0000:0${index + 1}:00.0`;
const file = (host: FakeHost, index: number): string =>
  join(host.root, `sys/devices/${device(index)}/hwmon/hwmon${index}/power1_average`);
const addBoard = (host: FakeHost, index: number): void =>
  host.chip(index, device(index), { name: 'amdgpu', power1_average: `${BOARD}000000`, power1_label: 'PPT' });

/** A laptop's package of 12 W with two boards of 200 W; the second one goes wrong. */
const start = async (): Promise<InProcessAgent> => {
  const host = laptopRapl();
  hosts.push(host);
  addBoard(host, 0);
  addBoard(host, 1);
  const agent = await startAgent(host);
  agents.push(agent);
  return agent;
};
const steady = (agent: InProcessAgent) =>
  steadyScraper(agent, {
    'hw_energy_joules_total{hw_id="package-0"': 12,
    'hw_energy_joules_total{hw_id="hwmon:amdgpu': BOARD,
    hw_host_energy_joules_total: 1000 + 3 * 2000,
  });
const board = (agent: InProcessAgent, index: number): number =>
  agent.total('hw_energy_joules_total', { hw_id: `hwmon:amdgpu:0000:0${index + 1}:00.0:power1` });
const expectClosed = (agent: InProcessAgent): void => {
  const host = agent.total('hw_host_energy_joules_total');
  expect(agent.total('negawatt_workload_energy_joules_total') / host, 'rows = host').toBeCloseTo(1, 9);
};

describe.each([
  ['garbage', 'N/A\n', /^failing: 1 of 2 chips: .*hwmon1\/power1_average: expected a number, found "N\/A"/],
  ['nothing', '', /^failing: 1 of 2 chips: .*hwmon1\/power1_average: expected a number, found ""/],
  ['0xFFFFFFFF', '4294967295\n', /^up: /],
  ['0xFFFFFFFF in thousands', '4294967295000\n', /^up: /],
  ['a power above any ceiling', '99999000000\n', /^up: /],
])('%s from one sensor', (_name, content, shows) => {
  test('is told or counted, costs what was not read at most, and leaves the others alone', async () => {
    const agent = await start();
    const scraper = steady(agent);
    await agent.run(30, LOAD);
    writeFileSync(file(agent.host, 1), content);
    for (let passed = 0; passed < 10; passed += 5) {
      await agent.run(5, LOAD);
      await scraper.scrape();
      const { state, why, fix } = agent.status('hwmon');
      expect(`${state}: ${why}`).toMatch(shows);
      if (state === 'failing') expect(fix).toContain('power1_average');
    }
    expect(board(agent, 1)).toBeCloseTo(BOARD * 30, 6);
    expect(board(agent, 0)).toBeCloseTo(BOARD * 40, 6);
    const events = agent.total('negawatt_meter_events_total');
    expect(events, 'one for each second that it lied').toBe(
      agent.status('hwmon').state === 'failing' ? 0 : 10,
    );

    writeFileSync(file(agent.host, 1), `${BOARD}000000\n`);
    await agent.run(30, LOAD);
    const text = await scraper.scrape();
    expect(agent.status('hwmon').state).toBe('up');
    // Bridged: two readings 11 s apart still bound what lies between them.
    expect(board(agent, 1)).toBeCloseTo(BOARD * 70, 6);
    expect(board(agent, 0)).toBeCloseTo(BOARD * 70, 6);
    expect(text.value('hw_energy_joules_total{hw_id="package-0",hw_type="cpu"}')).toBeCloseTo(12 * 70, 6);
    expectClosed(agent);
  });
});

test('a sensor that comes back after a reset under another number is found within two minutes', async () => {
  const agent = await start();
  const scraper = steady(agent);
  await agent.run(30, LOAD);
  agent.host.remove('sys/class/hwmon/hwmon1');
  agent.host.remove(`sys/devices/${device(1)}`);
  for (let passed = 0; passed < 90; passed += 5) {
    await agent.run(5, LOAD);
    await scraper.scrape();
  }
  expect(agent.status('hwmon').why, 'one board is left').toMatch(/^amdgpu gpu$/);
  const { host } = agent;
  host.chip(7, device(1), { name: 'amdgpu', power1_average: `${BOARD}000000`, power1_label: 'PPT' });
  await agent.run(120, LOAD);
  const text = await scraper.scrape();
  expect(agent.status('hwmon').why).toMatch(/^2 x amdgpu gpu$/);
  expect(text.value('hw_power_watts{hw_id="hwmon:amdgpu:0000:02:00.0:power1",hw_type="gpu"}')).toBeCloseTo(
    BOARD,
    6,
  );
  expect(board(agent, 0), 'the other one lost at most its first seconds').toBeGreaterThan(BOARD * 230);
  expectClosed(agent);
});

test('a sensor that hangs stops no tick, no other sensor and no other reading, and recovers when it answers', async () => {
  const agent = await start();
  const { host } = agent;
  const scraper = steady(agent);
  await agent.run(30, LOAD);
  // Opening a pipe that nobody writes to waits for ever, as a driver stuck in firmware does. The sensors are looked for
  // anew when their list changes: three times, and each time this one hangs.
  const pipe = file(host, 1);
  rmSync(pipe);
  execFileSync('mkfifo', [pipe]);
  agent.hung = 1;
  let release = (): void => closeSync(openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK));
  try {
    for (const index of [2, 3, 4]) {
      addBoard(host, index);
      for (let passed = 0; passed < 70; passed += 5) {
        const ticks = agent.snapshots.length;
        await agent.run(5, LOAD);
        expect(agent.snapshots.length).toBe(ticks + 1);
        await scraper.scrape();
      }
      expect(board(agent, index), 'a board that was added is read').toBeGreaterThan(0);
    }
    const { state, why, fix } = agent.status('hwmon');
    expect(`${state}: ${why}`).toMatch(
      /^failing: 1 of 5 chips: .*hwmon1\/power1_average: no answer for \d+ s/,
    );
    expect(fix).toMatch(/driver or firmware of amdgpu hangs: see dmesg; .*--no-source\.hwmon/);
    expect(agent.total('hw_energy_joules_total', { hw_id: 'package-0' })).toBeCloseTo(12 * 240, 6);
    expect(board(agent, 0)).toBeGreaterThan(BOARD * 230);
    // The threads that serve files are not used up: two lanes for sensors, the rest of them free.
    expect(await readFile(file(host, 0), 'utf8')).toContain(`${BOARD}000000`);
    expectClosed(agent);

    release();
    release = () => {};
    agent.hung = 0;
    rmSync(pipe);
    writeFileSync(pipe, `${BOARD}000000\n`);
    const before = board(agent, 1);
    await agent.run(60, LOAD);
    const text = await scraper.scrape();
    expect(agent.status('hwmon').state).toBe('up');
    expect(board(agent, 1) - before).toBeGreaterThan(BOARD * 50);
    expect(text.value('hw_power_watts{hw_id="hwmon:amdgpu:0000:02:00.0:power1",hw_type="gpu"}')).toBeCloseTo(
      BOARD,
      6,
    );
    expectClosed(agent);
  } finally {
    release();
    agent.hung = 0;
  }
});
