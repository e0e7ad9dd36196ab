/** DCMI power by real programs: shell scripts in the place of ipmitool and its kind. */
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { OpenSource, SampleDraft } from '../../../src/model/source.ts';
import { ipmiSource } from '../../../src/sources/ipmi.ts';
import { ipmiOptions } from '../../../src/sources/ipmi-options.ts';
import { IPMI_TOOLS, readAnswer } from '../../../src/sources/ipmi-tools.ts';
import { runProgram } from '../../../src/sources/run-program.ts';
import { startAgent } from '../../fixtures/agent-in-process.ts';
import { createFakeHost, type FakeHost, fakeClock } from '../../fixtures/fake-host.ts';
import { fakeProgram, printing } from '../../fixtures/fake-program.ts';
import { laptopRapl } from '../../fixtures/hosts.ts';
import { asNobody, canDropPrivileges } from '../../fixtures/privileges.ts';

const ipmitool = (watts: number, state = 'activated'): string => `
    Instantaneous power reading:                   ${watts} Watts
    Minimum during sampling period:                 42 Watts
    Maximum during sampling period:                777 Watts
    Average power reading over sample period:      333 Watts
    IPMI timestamp:                           Thu Jan  1 00:00:00 2026
    Sampling period:                          00001234 Seconds.
    Power reading state is:                   ${state}
`;
const freeipmi = (
  watts: number,
  state = 'Active',
): string => `Current Power                        : ${watts} Watts
Minimum Power over sampling duration : 42 watts
Maximum Power over sampling duration : 777 watts
Average Power over sampling duration : 333 watts
Time Stamp                           : 01/01/2026 - 00:00:00
Statistics reporting time period     : 1000 milliseconds
Power Measurement                    : ${state}`;
const ipmiutil = (watts: number, state = 'active'): string => `ipmiutil dcmi ver 3.19
  DCMI Power Reading:
  Current Power:                   ${watts} Watts
  Min Power over sample duration:  42 Watts
  Max Power over sample duration:  777 Watts
  Avg Power over sample duration:  333 Watts
  Power reading state is:          ${state}
  Power Limit:                     500 Watts
ipmiutil dcmi, completed successfully`;

const tool = (name: string) => IPMI_TOOLS.find((one) => one.name === name)!;

describe('what the programs print', () => {
  test.each([
    ['ipmitool', ipmitool, 'deactivated'],
    ['ipmi-dcmi', freeipmi, 'Not Available'],
    ['ipmiutil', ipmiutil, 'not active'],
  ] as const)('%s: the current value alone, and whether it measures at all', (name, text, off) => {
    expect(readAnswer(tool(name), text(344), '')).toEqual({ says: 'power', power: 344 });
    expect(readAnswer(tool(name), text(0), '')).toEqual({ says: 'power', power: 0 });
    expect(readAnswer(tool(name), text(344, off), '')).toEqual({ says: 'off', text: off });
    expect(readAnswer(tool(name), text(344).toUpperCase().replaceAll('   ', ' '), '')).toMatchObject({
      says: 'power',
    });
  });

  test('a limit, an average or a maximum never stands for the power now', () => {
    for (const one of IPMI_TOOLS) {
      const without = [ipmitool, freeipmi, ipmiutil]
        .map((text) => text(344))
        .join('\n')
        .replaceAll(/^.*(instantaneous|current power).*$/gim, '')
        .replaceAll(/^.*(reading state|measurement).*$/gim, '');
      expect(readAnswer(one, without, '').says).toBe('nonsense');
    }
  });

  test.each([
    ['ipmitool', '    DCMI request failed because: Invalid command (c1)'],
    ['ipmi-dcmi', 'ipmi_cmd_dcmi_get_power_reading: command invalid or unsupported'],
    ['ipmiutil', 'dcmi_power ret = 0xc1 Invalid Command'],
  ])('%s: completion code C1 is a BMC without DCMI', (name, err) => {
    expect(readAnswer(tool(name), '', err)).toEqual({ says: 'off', text: err.trim() });
  });
});

const hosts: FakeHost[] = [];
const opened: OpenSource[] = [];
const withBmc = (script: string, path = 'usr/bin/ipmitool', mode = 0o755) => {
  const host = createFakeHost();
  hosts.push(host);
  host.write('dev/ipmi0', '');
  return { host, program: fakeProgram(host, path, script, mode) };
};
const optionsOf = (more: object = {}) => ipmiOptions.parse(more);
const clock = fakeClock();
const openOn = async (host: FakeHost, options = optionsOf()) => {
  const result = await ipmiSource(options).open(host.paths, clock);
  if (result.found) opened.push(result.value);
  return result;
};
const read = (source: OpenSource): SampleDraft => {
  const draft: SampleDraft = { meters: [], readings: [] };
  source.read(draft);
  return draft;
};

afterEach(() => {
  vi.useRealTimers();
  for (const source of opened.splice(0)) source.close();
  for (const host of hosts.splice(0)) host.dispose();
});

describe('the source', () => {
  test('starts no program where there is no IPMI device', async () => {
    const { host, program } = withBmc(printing(ipmitool(344)));
    host.remove('dev/ipmi0');
    expect(await openOn(host)).toMatchObject({
      found: false,
      reason: expect.stringContaining('no IPMI device'),
    });
    expect(program.runs()).toEqual([]);
  });

  test.each([
    ['usr/sbin/ipmi-dcmi', freeipmi, '--get-system-power-statistics'],
    ['usr/bin/ipmitool', ipmitool, 'dcmi power reading'],
    ['usr/local/sbin/ipmiutil', ipmiutil, 'dcmi power'],
  ] as const)('reads the whole host by %s, once an interval', async (path, text, parameters) => {
    const { host, program } = withBmc(printing(text(344)), path);
    const result = await openOn(host);
    expect(result).toMatchObject({ found: true });
    const { meters, readings } = read(opened[0]!);
    expect(meters).toMatchObject([
      { id: 'ipmi-dcmi', domain: 'platform', quality: 'derived', reads: { as: 'power' }, interval: 10 },
    ]);
    expect(readings).toMatchObject([{ meter: 'ipmi-dcmi', microwatts: 344_000_000n }]);
    expect(read(opened[0]!).readings).toEqual([]);
    expect(program.runs()).toEqual([parameters]);
  });

  test('runs the program that is named, and says so where that is not installed', async () => {
    const { host, program } = withBmc(printing(ipmitool(344)));
    const other = fakeProgram(host, 'usr/sbin/ipmi-dcmi', printing(freeipmi(300)));
    await openOn(host, optionsOf({ command: 'ipmi-dcmi' }));
    expect(read(opened[0]!).readings).toMatchObject([{ microwatts: 300_000_000n }]);
    expect(await openOn(host, optionsOf({ command: 'ipmiutil' }))).toMatchObject({
      found: false,
      reason: expect.stringContaining('no ipmiutil'),
      fix: 'Install ipmiutil.',
    });
    expect([program.runs().length, other.runs().length]).toEqual([0, 1]);
  });

  test('takes neither a program from PATH nor one that anybody could have replaced', async () => {
    const { host, program } = withBmc(printing(ipmitool(344)), 'usr/bin/ipmitool', 0o777);
    const elsewhere = fakeProgram(host, 'opt/ipmitool', printing(ipmitool(344)));
    const before = process.env.PATH;
    process.env.PATH = `${join(host.root, 'opt')}:${before}`;
    try {
      expect(await openOn(host)).toMatchObject({ found: false, fix: 'Install ipmitool.' });
    } finally {
      process.env.PATH = before;
    }
    expect([...program.runs(), ...elsewhere.runs()]).toEqual([]);
  });

  test('gives the program an environment of the language alone', async () => {
    process.env.NEGAWATT_TEST_SECRET = 'hunter2';
    const { host } = withBmc(`env > "$ROOT/env"\n${printing(ipmitool(344))}`);
    await openOn(host);
    delete process.env.NEGAWATT_TEST_SECRET;
    const seen = readFileSync(join(host.root, 'env'), 'utf8');
    expect(seen).toContain('LC_ALL=C');
    expect(seen).not.toContain('hunter2');
  });

  test.each([
    ['a state that is not active', printing(ipmitool(0, 'deactivated')), 'deactivated'],
    ['completion code C1', `echo 'DCMI request failed because: Invalid command (c1)' >&2; exit 1`, '(c1)'],
  ])('%s is absent, and asked again after a quarter of an hour at the soonest', async (_, script, text) => {
    const { host, program } = withBmc(script);
    const source = ipmiSource(optionsOf());
    const first = await source.open(host.paths, clock);
    expect(first).toMatchObject({ found: false, reason: expect.stringContaining(text) });
    expect(first).not.toHaveProperty('state');
    for (let minute = 1; minute < 15; minute += 1) {
      clock.advance(60);
      expect(await source.open(host.paths, clock)).toEqual(first);
    }
    expect(program.runs()).toHaveLength(1);
    clock.advance(60);
    await source.open(host.paths, clock);
    expect(program.runs()).toHaveLength(2);
  });

  test('a user who may not ask is told what to do', async () => {
    const { host } = withBmc(`echo 'Could not open device at /dev/ipmi0: Permission denied' >&2; exit 1`);
    expect(await openOn(host)).toMatchObject({
      state: 'unreadable',
      reason: expect.stringContaining('Permission denied'),
      fix: expect.stringContaining('as root'),
    });
  });

  test.skipIf(!canDropPrivileges)(
    'a device that may not be opened starts no program (needs root)',
    async () => {
      const { host, program } = withBmc(printing(ipmitool(344)));
      chmodSync(join(host.root, 'dev/ipmi0'), 0o600);
      const result = await asNobody(() => openOn(host));
      expect(result).toMatchObject({ state: 'unreadable', fix: expect.stringContaining('chgrp negawatt') });
      expect(program.runs()).toEqual([]);
    },
  );

  test.each([
    ['says nothing that is known', 'echo Segmentation fault; exit 139', /ended with 139.*Segmentation fault/],
    [
      'writes without end',
      'while :; do echo 0123456789012345678901234567890123456789; done',
      /more than 16384 bytes/,
    ],
    ['is no program', 'exit 0', /cannot be started|no power/],
  ])('a program that %s fails with a reason', async (name, script, reason) => {
    const { host } = withBmc(script);
    if (name === 'is no program') {
      host.write('usr/bin/ipmitool', '#!/nowhere/interpreter');
    }
    expect(await openOn(host)).toMatchObject({
      state: 'failing',
      reason: expect.stringMatching(reason),
      fix: expect.stringMatching(/./),
    });
  });
});

/** Turns of the event loop until something holds: asks the system, not the clock. */
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise<void>((resolve) => setImmediate(resolve));
};
const alive = (pid: number): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

describe('a program that hangs', () => {
  const hang = 'sleep 1000 & echo "$! $$" > "$ROOT/pids"; wait';
  const pidsIn = (host: FakeHost): readonly number[] => {
    const file = join(host.root, 'pids');
    return existsSync(file)
      ? readFileSync(file, 'utf8')
          .split(' ')
          .filter((text) => text.trim() !== '')
          .map(Number)
      : [];
  };
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });

  test('is killed after its time with all that it started, and the source fails with the reason', async () => {
    const { host } = withBmc(hang);
    let result: unknown;
    void openOn(host).then((found) => {
      result = found;
    });
    await until(() => pidsIn(host).length === 2);
    const pids = pidsIn(host);
    expect(pids.map(alive)).toEqual([true, true]);
    vi.advanceTimersByTime(4900);
    expect(pids.map(alive)).toEqual([true, true]);
    vi.advanceTimersByTime(200);
    await until(() => result !== undefined);
    expect(result).toMatchObject({
      state: 'failing',
      reason: expect.stringContaining('no answer within 5 s'),
    });
    await until(() => !pids.some(alive));
  });

  test('later on makes the source fail, one at a time, and heals', async () => {
    const { host, program } = withBmc(
      `test -e "$ROOT/hang" || { ${printing(ipmitool(344)).replace('exit 0', 'exit 0\n}')}\n${hang}`,
    );
    await openOn(host);
    const [source] = opened;
    read(source!);
    host.write('hang', '');
    clock.advance(10);
    vi.advanceTimersByTime(10_000);
    await until(() => pidsIn(host).length === 2);
    clock.advance(60);
    vi.advanceTimersByTime(4000);
    expect(program.runs(), 'none beside the one that hangs').toHaveLength(2);
    expect(() => read(source!)).toThrow(/no answer for 60 s/);
    vi.advanceTimersByTime(1100);
    await until(() => vi.getTimerCount() === 1);
    expect(() => read(source!)).toThrow(/no answer within 5 s and was killed/);
    host.remove('hang');
    clock.advance(60);
    vi.advanceTimersByTime(60_000);
    await until(() => program.runs().length === 3);
    let readings: SampleDraft['readings'] = [];
    await until(() => {
      try {
        readings = read(source!).readings;
      } catch {
        return false;
      }
      return readings.length > 0;
    });
    expect(readings).toMatchObject([{ microwatts: 344_000_000n }]);
  });

  test('ends with the source', async () => {
    const { host } = withBmc(
      `test -e "$ROOT/pids" || { echo 1 > "$ROOT/pids"; ${printing(ipmitool(344)).replace('exit 0', 'exit 0\n}')}\n${hang}`,
    );
    await openOn(host);
    clock.advance(10);
    vi.advanceTimersByTime(10_000);
    await until(() => pidsIn(host).length === 2);
    opened[0]!.close();
    await until(() => !pidsIn(host).some(alive));
  });
});

describe('through the whole agent', () => {
  test('DCMI power is the host total, over the time that each reading covers, and is asked every 10 s', async () => {
    const host = laptopRapl();
    hosts.push(host);
    host.write('dev/ipmi0', '');
    const program = fakeProgram(host, 'usr/bin/ipmitool', printing(ipmitool(350)));
    const agent = await startAgent(host);
    try {
      await agent.run(120, { zones: { 'intel-rapl:0': 12 }, busy: 2 });
      expect(agent.status('ipmi')).toMatchObject({ state: 'up', quality: 'derived' });
      expect(agent.snapshots.at(-1)!.view.metered.state.host).toMatchObject({ candidate: 'platform/ipmi' });
      expect(agent.total('hw_host_energy_joules_total') / 350).toBeGreaterThanOrEqual(110 - 1e-6);
      expect(agent.total('hw_host_energy_joules_total') / 350).toBeLessThanOrEqual(120 + 1e-6);
      expect(agent.total('negawatt_host_unmetered_seconds_total')).toBe(0);
      expect(agent.total('hw_energy_joules_total', { hw_id: 'package-0' })).toBeCloseTo(12 * 120, 6);
      expect(program.runs().length).toBeGreaterThanOrEqual(12);
      expect(program.runs().length).toBeLessThanOrEqual(13);
    } finally {
      await agent.close();
    }
  });

  test('0 W from a running host is missing: it is counted as no reading, and the next source gives the total', async () => {
    const host = laptopRapl();
    hosts.push(host);
    host.write('dev/ipmi0', '');
    fakeProgram(host, 'usr/bin/ipmitool', printing(ipmitool(0)));
    const agent = await startAgent(host);
    try {
      await agent.run(180, { zones: { 'intel-rapl:0': 12 }, busy: 2 });
      expect(agent.total('negawatt_meter_events_total', { event: 'sentinel' })).toBeGreaterThan(10);
      expect(agent.snapshots.at(-1)!.view.metered.state.host.source).toBe('components');
      expect(agent.total('hw_host_energy_joules_total')).toBeCloseTo(12 * 180, 6);
    } finally {
      await agent.close();
    }
  });
});

test('output of both streams is bounded together, and what is killed is reported as that', async () => {
  const limits = { timeout: 10_000, most: 64 };
  const script = (text: string): readonly string[] => ['-c', text];
  expect(await runProgram('/bin/sh', script('echo out; echo err >&2; exit 3'), limits)).toEqual({
    ended: 'exit',
    code: 3,
    out: 'out\n',
    err: 'err\n',
  });
  const flood = 'while :; do echo 0123456789 >&2; echo 0123456789; done';
  expect(await runProgram('/bin/sh', script(flood), limits)).toEqual({ ended: 'flood' });
  expect(await runProgram('/nowhere/program', [], limits)).toMatchObject({ ended: 'unstarted' });
  expect(await runProgram('/bin/sh', script('sleep 1000'), limits, AbortSignal.abort())).toEqual({
    ended: 'unwanted',
  });
  // A child that left the group and holds the pipes open does not hold up the answer.
  const escaped = "setsid sh -c 'sleep 35' & sleep 1000";
  expect(await runProgram('/bin/sh', script(escaped), { timeout: 300, most: 64 })).toEqual({ ended: 'late' });
});
