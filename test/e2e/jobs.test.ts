/** Ended workloads, as the real agent keeps them and the real command lists them. */
import { existsSync, writeFileSync } from 'node:fs';
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
import { hex64 } from '../fixtures/hosts.ts';
import { type SteppedHost, steppedHost } from '../fixtures/stepped-host.ts';

interface JobJson {
  readonly workload: string;
  readonly kind: string;
  readonly name: string;
  readonly class: string;
  readonly start: string;
  readonly end: string;
  readonly durationSeconds: number;
  readonly energyJoules: number;
  readonly locationGrams?: number;
  readonly cpuSeconds: number;
  readonly work: readonly { readonly unit: string; readonly amount: number }[];
  readonly quality?: string;
  readonly partial: readonly string[];
}

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

const state = (): string => `--state.dir=${join(directory.path, 'state')}`;
const jobs = async (...flags: string[]): Promise<readonly JobJson[]> => {
  const { code, stdout, stderr } = await runCommand(['jobs', state(), '--json', ...flags]);
  if (code !== 0) throw new Error(stderr);
  return (JSON.parse(stdout) as { workloads: JobJson[] }).workloads;
};
const start = async (): Promise<RunningAgent> => {
  const config = join(directory.path, 'c.yaml');
  writeFileSync(
    config,
    'sampling: {interval: 1s}\ngrid: {zone: FR}\nclasses: [{class: batch, kind: container}]\n',
  );
  agent = await startAgent([...stepped.flags, state(), `--config.file=${config}`]);
  return agent;
};
/** Waits for so many further ticks, and a scrape that keeps what they counted. */
const ticks = async (running: RunningAgent, count: number): Promise<void> => {
  await furtherTicks(running, count);
  await running.get('/metrics');
};

const CONTAINER = `/system.slice/docker-${hex64(7)}.scope`;
const UNIT = '/system.slice/nightly.service';

describe('negawatt jobs', () => {
  it('lists a container that ended with all that it used, while the agent runs and after, in every form', async () => {
    stepped.work(0, { [UNIT]: 1 });
    const running = await start();
    await ticks(running, 1);
    stepped.work(0, { [CONTAINER]: 0.001 });
    await ticks(running, 1);
    stepped.work(120, { [CONTAINER]: 9, [UNIT]: 3 });
    const reply = await fetch(`${running.url}/api/v1/work`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ workload: hex64(7), unit: 'images', add: 12 }),
    });
    expect(reply.status).toBeLessThan(300);
    await ticks(running, 1);
    expect(await jobs()).toEqual([]);
    stepped.host.remove(`sys/fs/cgroup${CONTAINER}`);
    const [job, ...others] = await eventually(async () => {
      await ticks(running, 1);
      const found = await jobs('--since', '1h', '--kind', 'container', '--class', 'batch');
      if (found.length === 0) throw new Error('not ended yet');
      return found;
    });
    expect(others).toEqual([]);
    expect(job).toMatchObject({
      workload: hex64(7),
      kind: 'container',
      class: 'batch',
      work: [{ unit: 'images', amount: 12 }],
      partial: [],
    });
    // Three of four processor seconds of 120 J, and some of what the first tick gave.
    expect(job!.cpuSeconds).toBeCloseTo(9.001, 6);
    expect(job!.energyJoules).toBeGreaterThan(20);
    expect(job!.energyJoules).toBeLessThanOrEqual(120);
    expect(job!.locationGrams).toBeGreaterThan(0);
    expect(Date.parse(job!.end) - Date.parse(job!.start)).toBeCloseTo(job!.durationSeconds * 1000, 3);
    expect(await jobs('--class', 'web')).toEqual([]);

    await running.stop();
    // Where the agent ends nothing has ended: the unit goes on and is in no list.
    expect(await jobs()).toEqual([job]);
    const table = await runCommand(['jobs', state()]);
    expect(table.stdout).toMatch(/ENDED \(UTC\) .*ENERGY/);
    expect(table.stdout).toMatch(new RegExp(`container +${hex64(7).slice(0, 12)} +batch .*12.* images`));
    const csv = (await runCommand(['jobs', state(), '--format=csv'])).stdout.split('\r\n');
    expect(csv).toHaveLength(3);
    const at = csv[0]!.split(',').indexOf('energy_joules');
    expect(Number(csv[1]!.split(',')[at])).toBe(job!.energyJoules);
  });

  it('sums up the containers of a pod that ended', async () => {
    const pod = '0a1b2c3d-1111-4222-8333-444455556666';
    const slice = `/kubepods.slice/kubepods-pod${pod.replaceAll('-', '_')}.slice`;
    const [web, sidecar] = [8, 9].map((n) => `${slice}/cri-containerd-${hex64(n)}.scope`) as [string, string];
    stepped.work(0, { [UNIT]: 1 });
    const running = await start();
    await ticks(running, 1);
    stepped.work(0, { [web]: 0.001, [sidecar]: 0.001, [CONTAINER]: 0.001 });
    await ticks(running, 1);
    stepped.work(90, { [web]: 6, [sidecar]: 2, [CONTAINER]: 1 });
    await ticks(running, 1);
    for (const one of [web, sidecar, CONTAINER]) stepped.host.remove(`sys/fs/cgroup${one}`);
    const containers = await eventually(async () => {
      await ticks(running, 1);
      const found = await jobs('--kind', 'container');
      if (found.length < 3) throw new Error('not ended yet');
      return found;
    });
    const [found, ...others] = await jobs('--kind', 'pod', '--since', '1h', '--class', 'batch');
    expect(others).toEqual([]);
    const own = containers.filter(({ workload }) => workload !== hex64(7));
    const total = (of: (job: JobJson) => number): number => own.reduce((sum, job) => sum + of(job), 0);
    expect(found).toMatchObject({ workload: pod, kind: 'pod', class: 'batch', name: pod });
    expect(own).toHaveLength(2);
    expect(found?.cpuSeconds).toBeCloseTo(
      total((job) => job.cpuSeconds),
      9,
    );
    expect(found?.cpuSeconds).toBeCloseTo(8, 2);
    expect(found?.energyJoules).toBeCloseTo(
      total((job) => job.energyJoules),
      9,
    );
    expect(found?.locationGrams).toBeCloseTo(
      total((job) => job.locationGrams ?? Number.NaN),
      9,
    );
    expect(await jobs('--kind', 'pod', '--class', 'web')).toEqual([]);
    const table = await runCommand(['jobs', state(), '--kind=pod']);
    expect(table.stdout).toMatch(/METHOD/);
    expect(table.stdout).toMatch(/ pod +0a1b2c3d.* (measured|derived|estimated), \S+/);
  });

  it('one that was there before the agent, or ended while it was down, is marked as seen in part', async () => {
    stepped.work(10, { [CONTAINER]: 5, [UNIT]: 5 });
    const first = await start();
    await ticks(first, 1);
    stepped.work(20, { [CONTAINER]: 2, [UNIT]: 2 });
    await ticks(first, 1);
    await first.stop('SIGKILL');
    stepped.host.remove(`sys/fs/cgroup${CONTAINER}`);
    const second = await start();
    stepped.host.boot('99999999-2222-4333-8444-555555555555', 5);
    // Whoever has read where it listens may end it: it ends in good order.
    expect(await second.stop()).toBe(0);
    const third = await start();
    await third.get('/metrics');
    const found = await jobs();
    expect(found.map(({ kind, partial }) => [kind, [...partial]])).toEqual([
      ['unit', ['began_before', 'gap', 'end_unseen']],
      ['container', ['began_before', 'end_unseen']],
    ]);
    const table = await runCommand(['jobs', state()]);
    expect(table.stdout).toMatch(/nightly\.service \*/);
    expect(table.stdout).toContain('* seen in part only');
  });

  it('says what is missing where there is no state, and what a wrong option should be', async () => {
    const none = await runCommand(['jobs', `--state.dir=${join(directory.path, 'nowhere')}`]);
    expect(none.code).toBe(1);
    expect(none.stderr).toMatch(
      /no state\.db is in .*nowhere; name the directory of the agent with --state\.dir/,
    );
    expect(existsSync(join(directory.path, 'nowhere'))).toBe(false);
    for (const since of ['2026-02-30', 'yesterday', '2999-01-01']) {
      const wrong = await runCommand(['jobs', state(), `--since=${since}`]);
      expect([since, wrong.code]).toEqual([since, 64]);
      expect(wrong.stderr).toMatch(since === '2999-01-01' ? /future/ : /a day such as 2026-11-01/);
    }
    const kind = await runCommand(['jobs', state(), '--kind=process']);
    expect([kind.code, kind.stderr.includes('pod')]).toEqual([64, true]);
  });
});
