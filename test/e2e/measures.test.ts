/** Measures as an operator meets them: the commands, the agent that registers plans, and the arm that others follow. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  eventually,
  freshDirectory,
  furtherTicks,
  type RunningAgent,
  runCommand,
  startAgent,
} from '../fixtures/agent-process.ts';
import { readExposition } from '../fixtures/exposition.ts';

const DAY = 86_400_000;
let directory: ReturnType<typeof freshDirectory>;
let agent: RunningAgent | undefined;
beforeEach(() => {
  directory = freshDirectory();
});
afterEach(async () => {
  await agent?.stop('SIGKILL');
  agent = undefined;
  directory.remove();
});

const path = (name: string): string => join(directory.path, name);
const flags = (): readonly string[] => [`--config.file=${path('c.yaml')}`];
const state = (): string => `--state.dir=${path('state')}`;
const configure = (...measures: readonly string[]): void =>
  writeFileSync(
    path('c.yaml'),
    `host: {name: here}\nsampling: {interval: 1s}\nmeasures:\n${measures.map((one) => `  - {${one}}\n`).join('')}`,
  );
/** A day so many days from now, UTC. */
const day = (days: number): string => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);
const run = async (...args: readonly string[]) => runCommand([...args, ...flags()]);
const json = async <T>(...args: readonly string[]): Promise<T> =>
  JSON.parse((await run(...args, '--json')).stdout) as T;

interface Check {
  readonly sha256: string;
  readonly registration: { readonly standing: string; readonly sha256AtStart?: string };
  readonly findings: readonly { readonly severity: string; readonly flag: string }[];
  readonly plan: { readonly plan: Record<string, unknown> };
}
const check = (name: string): Promise<Check> => json('measure', 'check', name, state());

describe('negawatt measure check', () => {
  it('prints the whole plan with its hash and what is not said in it', async () => {
    configure(`name: colo, hosts: [b, a], start: ${day(40)}, work: requests`);
    const { code, stdout } = await run('measure', 'check', 'colo', state());
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^measure colo {3}kind other {3}boundary host \(IPMVP B\) {3}hosts 2 {3}control 0$/m,
    );
    expect(stdout).toMatch(/^plan [0-9a-f]{64}$/m);
    expect(stdout).toContain('not registered yet');
    expect(stdout).toMatch(/baseline: \{.*\} +# default: whole weeks before the start/);
    expect(stdout).toMatch(/residual_watts: 20, source: "assumption/);
  });

  it('prints a plan that can be put into a configuration, and is the same plan there', async () => {
    configure(
      `name: colo, kind: colocation, scope: {match: {pool: web}, hosts: [a]}, start: ${day(40)}, work: [{unit: requests, query: 'sum(x)'}], ` +
        `schedule: {design: switchback, seed: 7}, guards: [{name: p99}], drivers: [inlet], report_at: [${day(80)}], control: [z]`,
    );
    const { stdout } = await run('measure', 'check', 'colo', state());
    const before = (await check('colo')).sha256;
    expect(stdout).toContain(before);
    writeFileSync(path('c.yaml'), `host: {name: here}\n${stdout.slice(stdout.indexOf('measures:'))}`);
    expect((await check('colo')).sha256).toBe(before);
  });

  it('says which half of the hosts gets the measure in a test with hosts drawn at random', async () => {
    const hosts = Array.from({ length: 20 }, (_, index) => `h${index + 10}`);
    configure(
      `name: ab, hosts: [${hosts.join(', ')}], start: ${day(40)}, work: requests, schedule: {design: ab, seed: 1}`,
    );
    const { stdout } = await run('measure', 'check', 'ab', state());
    const drawn = (side: string): readonly string[] =>
      new RegExp(`^${side} the measure +(.+)$`, 'm').exec(stdout)?.[1]?.split(' ') ?? [];
    expect([drawn('with').length, drawn('without').length]).toEqual([10, 10]);
    expect([...drawn('with'), ...drawn('without')].sort()).toEqual(hosts);
    expect((await check('ab')).plan.plan).toMatchObject({ schedule: { treated: drawn('with') } });
  });

  it('names what is wrong, why and what to do, and ends with 1', async () => {
    configure(
      `name: colo, kind: autoscale, hosts: [a], start: ${day(40)}, work: requests, drivers: [{name: n, query: 'sum(kube_deployment_status_replicas)'}], control: [a]`,
    );
    const { code, stdout } = await run('measure', 'check', 'colo', state());
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^error +a is both in the scope and in the control: .* Take them out of one of the two\.$/m,
    );
    expect(stdout).toMatch(
      /^error +Driver n is the number of replicas or pods\. A measure of kind autoscale changes/m,
    );
  });

  it('knows no measure of another name, and says which there are', async () => {
    configure(`name: colo, hosts: [a], start: ${day(40)}, work: requests`);
    const { code, stderr } = await run('measure', 'check', 'cool', state());
    expect([code, stderr]).toEqual([
      1,
      'negawatt: there is no measure "cool" in the configuration; there are: colo\n',
    ]);
  });
});

describe('negawatt measure draft', () => {
  it('writes a plan that the configuration takes and that has nothing wrong with it', async () => {
    const { code, stdout } = await runCommand([
      ...[
        'measure',
        'draft',
        'pack',
        '--hosts',
        'pool=web,cluster=east',
        '--start',
        day(60),
        '--work',
        'requests',
      ],
      ...['--control', 'z1,z2', '--baseline-from', day(4), '--kind', 'consolidation'],
    ]);
    expect(code).toBe(0);
    writeFileSync(path('c.yaml'), stdout);
    const { findings, plan } = await check('pack');
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(plan.plan).toMatchObject({
      kind: 'consolidation',
      selector: { match: { pool: 'web', cluster: 'east' } },
      control: ['z1', 'z2'],
      baseline: { from: `${day(4)}T00:00:00Z`, to: `${day(60)}T00:00:00Z` },
    });
  });

  it('refuses what the configuration would refuse, in the same words', async () => {
    const { code, stderr } = await runCommand([
      ...['measure', 'draft', 'Pack', '--hosts', 'a', '--start', '2027-02-30', '--work', 'requests'],
    ]);
    expect(code).toBe(64);
    expect(stderr).toContain('name is "Pack"; it must be small letters, digits');
    expect(stderr).toContain('start is "2027-02-30"; it must be a date');
  });
});

describe('negawatt config check', () => {
  it('refuses a plan that could prove nothing, and warns of one that could prove little', async () => {
    configure(
      `name: colo, kind: colocation, hosts: [a], start: ${day(40)}, work: requests, drivers: [cpu_utilisation]`,
    );
    const bad = await run('config', 'check');
    expect(bad.code).toBe(1);
    expect(bad.stderr).toMatch(
      /c\.yaml:4:3: measure colo: Driver cpu_utilisation is utilisation\..*Take what users ask/,
    );
    configure(`name: colo, kind: gpu-share, hosts: [a], start: ${day(40)}, work: requests`);
    const weak = await run('config', 'check');
    expect(weak.code).toBe(0);
    expect(weak.stderr).toMatch(/^warning: measure colo: Nothing watches the service/m);
  });
});

describe('an on/off test', () => {
  const SWITCHBACK = (more = ''): string =>
    `name: policy, hosts: self, start: ${day(-3)}, work: requests, schedule: {design: switchback, block: 1h, washout: 15m, seed: 7}, step: 15m, report_at: [${day(25)}]${more}`;

  it('is told alike by the command, the address, the metric and the file, and is in the printed schedule', async () => {
    configure(SWITCHBACK(`, arm_file: ${path('policy.arm')}`));
    agent = await startAgent([...flags(), state()]);
    await furtherTicks(agent);
    // All four within one block: at its turn two of them may be asked on either side of it.
    await eventually(async () => {
      const before = await json<{ arm: string; changesAt: string; block: number }>(
        'switchback',
        'status',
        'policy',
      );
      const told = await agent?.json<{ arm: string; changesAt: string }>('/api/v1/switchback/policy');
      const series = readExposition((await agent?.get('/metrics')) ?? '');
      const file = readFileSync(path('policy.arm'), 'utf8');
      const after = await json<{ arm: string }>('switchback', 'status', 'policy');
      if (before.arm !== after.arm) throw new Error('the arm changed in between');
      expect(told).toEqual(before);
      expect(file).toBe(`${before.arm}\n`);
      const arms = series.series.filter(({ name }) => name === 'negawatt_switchback_arm');
      expect(arms).toHaveLength(2);
      expect(arms.find(({ value }) => value === 1)?.labels).toEqual({ measure: 'policy', arm: before.arm });
      const next = series.value('negawatt_switchback_next_change_timestamp_seconds{measure="policy"}');
      expect(next).toBe(Date.parse(before.changesAt) / 1000);
      const { stdout } = await run('switchback', 'plan', 'policy', '--format', 'csv');
      const block = stdout.split('\r\n').find((line) => line.startsWith(`${before.block},`));
      expect(block?.split(',')[3]).toBe(before.arm);
    });
    expect(await agent.json('/api/v1/switchback')).toMatchObject({ switchbacks: [{ measure: 'policy' }] });
    await expect(agent.get('/api/v1/switchback/other')).rejects.toThrow(
      '404 there is no on/off test of that name; there are: policy',
    );
  });

  it('takes its file away at the end, keeps it over a reload, and leaves it to the next configuration', async () => {
    configure(SWITCHBACK(`, arm_file: ${path('policy.arm')}`));
    agent = await startAgent([...flags(), state()]);
    await eventually(async () => expect(readFileSync(path('policy.arm'), 'utf8')).toMatch(/^o(n|ff)\n$/));
    const reload = async (said: number): Promise<void> => {
      agent?.process.kill('SIGHUP');
      await eventually(async () =>
        expect(agent?.errors().match(/the configuration is in force/g) ?? []).toHaveLength(said),
      );
    };
    await reload(1);
    expect(existsSync(path('policy.arm'))).toBe(true);
    configure(SWITCHBACK());
    await reload(2);
    expect(existsSync(path('policy.arm'))).toBe(false);
    configure(SWITCHBACK(`, arm_file: ${path('policy.arm')}`));
    await reload(3);
    await eventually(async () => expect(existsSync(path('policy.arm'))).toBe(true));
    expect(await agent.stop()).toBe(0);
    expect(existsSync(path('policy.arm'))).toBe(false);
  });

  it('that could prove nothing has no schedule to begin with: why, and what to do', async () => {
    configure(
      `name: policy, hosts: self, start: ${day(7)}, work: requests, schedule: {design: switchback, block: 6h, washout: 6h}`,
    );
    const { code, stderr } = await run('switchback', 'plan', 'policy');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /policy: 6 h are left out of each block of 6 h: nothing is left to compare\. Take longer/,
    );
  });

  it('says its whole schedule before it begins, half of it on', async () => {
    configure(`name: policy, hosts: self, start: ${day(7)}, work: requests, schedule: {design: switchback}`);
    const { blocks, blockSeconds } = await json<{
      blockSeconds: number;
      blocks: readonly { from: string; to: string; arm: string; countsFrom: string }[];
    }>('switchback', 'plan', 'policy');
    expect([blocks.length, blockSeconds]).toEqual([112, 21_600]);
    expect(blocks.filter(({ arm }) => arm === 'on')).toHaveLength(56);
    expect(blocks[0]).toMatchObject({ from: `${day(7)}T00:00:00Z`, countsFrom: `${day(7)}T01:00:00Z` });
    expect(blocks.at(-1)?.to).toBe(`${day(35)}T00:00:00Z`);
    expect((await run('switchback', 'status', 'policy')).stdout).toMatch(
      /^policy is off: the test begins at .* UTC, in \d+/,
    );
  });

  it('is asked of a measure that is none: told how to make it one', async () => {
    configure(`name: colo, hosts: [a], start: ${day(7)}, work: requests`);
    const { code, stderr } = await run('switchback', 'status', 'colo');
    expect([code, stderr]).toEqual([
      1,
      'negawatt: colo is no on/off test; give it schedule: {design: switchback, block: 6h, washout: 1h}. There are: none\n',
    ]);
  });
});

describe('a plan for the own host', () => {
  const plan = (start: string, work = 'requests'): string =>
    `name: own, hosts: self, start: ${start}, work: ${work}`;
  const started = async (): Promise<void> => {
    agent = await startAgent([...flags(), state()]);
    await furtherTicks(agent);
  };

  it('is registered by the agent from the first sight on, and an edit after the start shows', async () => {
    configure(plan(day(5)), `name: elsewhere, hosts: [x], start: ${day(5)}, work: requests`);
    await started();
    expect(await check('own')).toMatchObject({ registration: { standing: 'open' } });
    expect(await check('elsewhere')).toMatchObject({ registration: { standing: 'not-recorded' } });
    await agent?.stop();
    const kept = readFileSync(path('state/measures/own.jsonl'), 'utf8');
    // The start has passed since: as it would read five days on.
    const { at } = JSON.parse(kept) as { at: number };
    expect(at).toBeGreaterThan(Date.now() / 1000 - 600);
    expect(kept).toContain(`\\"start\\":\\"${day(5)}T00:00:00Z\\"`);
    configure(plan(day(5), 'tokens'));
    await started();
    const lines = readFileSync(path('state/measures/own.jsonl'), 'utf8');
    expect(lines.startsWith(kept)).toBe(true);
    expect(lines.trim().split('\n')).toHaveLength(2);
  });

  it('that it sees only after its start is late, and stays so', async () => {
    configure(plan(day(-1)));
    await started();
    const first = await check('own');
    expect(first.registration).toMatchObject({ standing: 'late', sha256AtStart: first.sha256 });
    configure(plan(day(-1), 'tokens'));
    const { stdout } = await run('measure', 'check', 'own', state());
    expect(stdout).toMatch(/^changed +The plan was changed after its start of .*: work\. Put it back/m);
  });
});
