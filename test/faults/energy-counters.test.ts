/** Energy counters whose files go wrong under a running agent: what it says, what it books, and that it comes back. */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { descriptors } from '../../src/sources/descriptors.ts';
import { type InProcessAgent, startAgent } from '../fixtures/agent-in-process.ts';
import type { FakeHost } from '../fixtures/fake-host.ts';
import { twoSocketDram } from '../fixtures/hosts.ts';
import { steadyScraper } from '../fixtures/steady.ts';

const hosts: FakeHost[] = [];
const agents: InProcessAgent[] = [];
let taken = 0;
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.close();
  for (const host of hosts.splice(0)) host.dispose();
  for (; taken > 0; taken -= 1) descriptors.give();
});

const WATTS = { 'intel-rapl:0': 60, 'intel-rapl:0:0': 10, 'intel-rapl:1': 50, 'intel-rapl:1:0': 12 } as const;
/** The zone that goes wrong, and the file that does. */
const BAD = 'intel-rapl:1';
const FILE = `sys/devices/virtual/powercap/intel-rapl/${BAD}/energy_uj`;
const BASE = 105_000_000_000n;
const { [BAD]: _, ...OTHERS } = WATTS;
const LIMITS = {
  'hw_energy_joules_total{hw_id="package-0"': 60,
  'hw_energy_joules_total{hw_id="package-1"': 50,
  'hw_energy_joules_total{hw_id="dram-0"': 10,
  'hw_energy_joules_total{hw_id="dram-1"': 12,
  // Ceilings of two packages and two DRAM domains; a load curve may stand in for them.
  hw_host_energy_joules_total: 2600,
};

/** From here on every file is opened, read and closed at each tick: what its path leads to shows at once. */
const keepNoDescriptors = (): void => {
  while (descriptors.take()) taken += 1;
};
const start = async ({ held = true } = {}): Promise<InProcessAgent> => {
  if (!held) keepNoDescriptors();
  const host = twoSocketDram();
  hosts.push(host);
  const agent = await startAgent(host);
  agents.push(agent);
  return agent;
};
const booked = (agent: InProcessAgent, id: string): number =>
  agent.total('hw_energy_joules_total', { hw_id: id });
const told = (agent: InProcessAgent): readonly string[] =>
  agent.log.filter(({ source }) => source === 'rapl').map(({ state }) => state);
const failures = (agent: InProcessAgent) =>
  agent.log.filter(({ source, state }) => source === 'rapl' && state === 'failing');
const expectClosed = (agent: InProcessAgent): void => {
  const host = agent.total('hw_host_energy_joules_total');
  expect(agent.total('negawatt_workload_energy_joules_total') / host, 'rows = host').toBeCloseTo(1, 9);
};

interface Fault {
  readonly what: string;
  readonly break: (file: string) => void;
  /** State and message while it lasts. */
  readonly shows: RegExp;
}

const wrote = (content: string) => (file: string) => writeFileSync(file, content);
const IN_PLACE: readonly Fault[] = [
  {
    what: 'garbage',
    break: wrote('oops\n'),
    shows: /^failing: .*intel-rapl:1\/energy_uj: expected an unsigned number, found "oops"/,
  },
  {
    what: 'nothing',
    break: wrote(''),
    shows: /^failing: .*intel-rapl:1\/energy_uj: expected an unsigned number, found an empty file/,
  },
  {
    what: 'a number beyond 64 bits',
    break: wrote('184467440737095516160\n'),
    shows: /^failing: .*intel-rapl:1\/energy_uj: expected an unsigned number, found "184467440737095516160"/,
  },
  {
    what: 'a negative number',
    break: wrote('-5\n'),
    shows: /^failing: .*intel-rapl:1\/energy_uj: expected an unsigned number, found "-5"/,
  },
];
const BY_PATH: readonly Fault[] = [
  {
    what: 'an input/output error',
    break: (file) => {
      rmSync(file);
      // Reading a process's memory at address 0 fails with EIO on every Linux, for everybody.
      symlinkSync(`/proc/${process.pid}/mem`, file);
    },
    shows: /^failing: .*cannot read .*intel-rapl:1\/energy_uj: EIO/,
  },
  {
    what: 'a directory where a file was',
    break: (file) => {
      rmSync(file);
      mkdirSync(file);
    },
    shows: /^failing: .*cannot read .*intel-rapl:1\/energy_uj: EISDIR/,
  },
];

describe.each([
  ...IN_PLACE.map((fault) => ({ ...fault, held: true })),
  ...[...IN_PLACE, ...BY_PATH].map((fault) => ({ ...fault, held: false })),
])('$what in one energy counter (descriptor kept: $held)', (fault) => {
  test.each([
    ['10 s lose nothing', 10],
    ['60 s lose no more than what was not read', 60],
  ])('%s; the others go on, the message helps, and it recovers', async (_name, lasting) => {
    const agent = await start(fault);
    const file = join(agent.host.root, FILE);
    const scraper = steadyScraper(agent, LIMITS);
    await agent.run(30, { zones: WATTS, busy: 20 });
    await scraper.scrape();

    fault.break(file);
    for (let passed = 0; passed < lasting; passed += 5) {
      await agent.run(5, { zones: OTHERS, busy: 20 });
      await scraper.scrape();
      const { state, why, fix } = agent.status('rapl');
      expect(`${state}: ${why}`).toMatch(fault.shows);
      expect(why).toContain('1 of 6 RAPL zones');
      expect(fix).not.toBe('');
    }
    expect(booked(agent, 'package-0')).toBeCloseTo(60 * (30 + lasting), 6);
    expect(booked(agent, 'dram-1')).toBeCloseTo(12 * (30 + lasting), 6);
    expect(booked(agent, 'package-1')).toBeCloseTo(50 * 30, 6);
    expectClosed(agent);

    // What is held open is mended where it is; else whatever the path leads to by now.
    if (!fault.held) rmSync(file, { recursive: true });
    // The register counted on meanwhile.
    agent.host.energy(BAD, BASE + BigInt(50 * (30 + lasting)) * 1_000_000n);
    for (let passed = 0; passed < 30; passed += 5) {
      await agent.run(5, { zones: WATTS, busy: 20 });
      await scraper.scrape();
    }
    const truth = 50 * (30 + lasting + 30);
    if (lasting === 10) expect(booked(agent, 'package-1')).toBeCloseTo(truth, 6);
    expect(booked(agent, 'package-1')).toBeLessThanOrEqual(truth + 1e-6);
    expect(booked(agent, 'package-1')).toBeGreaterThanOrEqual(truth - 50 * lasting - 1e-6);
    expect(told(agent)).toEqual(['up', 'failing', 'up']);
    const last = await scraper.scrape();
    expect(last.value('hw_host_power_watts')).toBeCloseTo(60 + 10 + 50 + 12, 6);
    expectClosed(agent);
  });
});

test.each([
  ['0xFFFFFFFF', '4294967295'],
  ['all ones of 64 bits', '18446744073709551615'],
])('%s in a counter is dropped and counted, moves no counter, and costs nothing', async (_name, value) => {
  const agent = await start();
  const scraper = steadyScraper(agent, LIMITS);
  await agent.run(30, { zones: WATTS, busy: 20 });
  agent.host.energy(BAD, value);
  for (let passed = 0; passed < 10; passed += 5) {
    await agent.run(5, { zones: OTHERS, busy: 20 });
    await scraper.scrape();
  }
  expect(booked(agent, 'package-1')).toBeCloseTo(50 * 30, 6);
  expect(booked(agent, 'package-0')).toBeCloseTo(60 * 40, 6);
  expect(agent.total('negawatt_meter_events_total')).toBe(2);
  agent.host.energy(BAD, BASE + BigInt(50 * 40) * 1_000_000n);
  await agent.run(30, { zones: WATTS, busy: 20 });
  await scraper.scrape();
  expect(booked(agent, 'package-1')).toBeCloseTo(50 * 70, 6);
  expect(agent.total('negawatt_meter_events_total'), 'and no reset is taken from it').toBe(2);
  expectClosed(agent);
});

test('a counter file that is removed is told with its path, and is found again when it is back', async () => {
  const agent = await start({ held: false });
  const scraper = steadyScraper(agent, LIMITS);
  await agent.run(30, { zones: WATTS, busy: 20 });
  rmSync(join(agent.host.root, FILE));
  await agent.run(5, { zones: OTHERS, busy: 20 });
  expect((await scraper.scrape()).value('negawatt_source_up{source="rapl"}')).toBe(0);
  expect(failures(agent)).toMatchObject([
    {
      why: expect.stringMatching(/cannot read .*intel-rapl:1\/energy_uj: ENOENT/),
      fix: expect.stringContaining('dmesg'),
    },
  ]);
  for (let passed = 0; passed < 60; passed += 5) {
    await agent.run(5, { zones: OTHERS, busy: 20 });
    await scraper.scrape();
  }
  expect(agent.status('rapl')).toMatchObject({
    state: 'up',
    why: expect.stringContaining('intel-rapl:1 has no energy_uj'),
  });
  expect(booked(agent, 'package-0'), 'no tick is lost by looking for it').toBeCloseTo(60 * 95, 6);
  agent.host.energy(BAD, BASE + BigInt(50 * 95) * 1_000_000n);
  await agent.run(75, { zones: WATTS, busy: 20 });
  const text = await scraper.scrape();
  expect(text.value('hw_power_watts{hw_id="package-1",hw_type="cpu"}')).toBeCloseTo(50, 6);
  expect(text.value('hw_host_power_watts')).toBeCloseTo(132, 6);
  expectClosed(agent);
});

test('a package that is unplugged while it is held open is told, let go, and found again', async () => {
  const host = twoSocketDram();
  hosts.push(host);
  // Reading a file of a process that has ended fails as reading one of a removed device does. 20 uW in uJ fit in it.
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  try {
    const live = `/proc/${child.pid}/oom_score_adj`;
    writeFileSync(live, '100');
    rmSync(join(host.root, FILE));
    symlinkSync(live, join(host.root, FILE));
    const agent = await startAgent(host);
    agents.push(agent);
    const scraper = steadyScraper(agent, LIMITS);
    for (const count of [200, 300, 400]) {
      writeFileSync(live, String(count));
      await agent.run(5, { zones: OTHERS, busy: 20 });
      await scraper.scrape();
    }
    expect(booked(agent, 'package-1')).toBeCloseTo(300e-6, 12);
    await new Promise((ended) => {
      child.once('exit', ended);
      child.kill('SIGKILL');
    });
    host.unplug('intel-rapl:1');
    const { 'intel-rapl:1:0': _dram, ...first } = OTHERS;
    await agent.run(5, { zones: first, busy: 20 });
    expect((await scraper.scrape()).value('negawatt_source_up{source="rapl"}')).toBe(0);
    expect(failures(agent)).toMatchObject([
      {
        why: expect.stringMatching(/cannot read .*intel-rapl:1\/energy_uj: ESRCH/),
        fix: expect.stringContaining('dmesg'),
      },
    ]);
    await agent.run(60, { zones: first, busy: 20 });
    const alone = await scraper.scrape();
    expect(agent.status('rapl')).toMatchObject({
      state: 'up',
      why: expect.not.stringContaining('package-1'),
    });
    expect(alone.value('hw_host_power_watts')).toBeCloseTo(70, 6);
    expect(booked(agent, 'package-0')).toBeCloseTo(60 * 80, 6);
    expect(alone.value('negawatt_host_source_changes_total'), 'the other package stays the source').toBe(0);
    expect(alone.series.filter(({ key }) => key.startsWith('hw_power_watts{hw_id="package-1"'))).toEqual([]);

    host.zone('intel-rapl:1', { name: 'package-1', energy: 3_000_000n });
    host.zone('intel-rapl:1:0', { name: 'dram', energy: 30_000_000_000n });
    await agent.run(80, { zones: WATTS, busy: 20 });
    const both = await scraper.scrape();
    expect(both.value('hw_power_watts{hw_id="package-1",hw_type="cpu"}')).toBeCloseTo(50, 6);
    expect(both.value('hw_host_power_watts')).toBeCloseTo(132, 6);
    expectClosed(agent);
  } finally {
    child.kill('SIGKILL');
  }
});

test('CPU time that cannot be read stops no joule: it belongs to nobody until then', async () => {
  const agent = await start();
  const scraper = steadyScraper(agent, LIMITS);
  await agent.run(30, { zones: WATTS, busy: 20 });
  const stat = join(agent.host.root, 'proc/stat');
  for (let passed = 0; passed < 20; passed += 5) {
    await agent.wait(5, { zones: WATTS, busy: 20 });
    writeFileSync(stat, 'intr 1 2 3\n');
    await agent.tick();
    await scraper.scrape();
    const { state, why, fix } = agent.status('cpu');
    expect(`${state}: ${why}`).toMatch(/^failing: .*proc\/stat: expected a first line "cpu /);
    expect(fix).not.toBe('');
  }
  await agent.run(20, { zones: WATTS, busy: 20 });
  await scraper.scrape();
  expect(agent.status('cpu').state).toBe('up');
  expect(agent.total('hw_host_energy_joules_total')).toBeCloseTo(132 * 70, 6);
  expectClosed(agent);
});
