/** Groups named as Docker, Kubernetes, Slurm and systemd name them, and as nobody should: real ones, with real work. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { classRulesOf } from '../../src/config/class-rules.ts';
import { seconds } from '../../src/units.ts';
import { agentHere } from '../fixtures/agent-here.ts';
import { energyBy } from '../fixtures/closure.ts';
import { withAbove } from '../fixtures/group-tree.ts';
import { realGroups } from '../fixtures/real-groups.ts';
import { parseExposition } from '../fixtures/strict-exposition.ts';

const groups = realGroups();
const skipped = 'why' in groups;
if (skipped) console.warn(`skipped: ${groups.why}`);
const root = skipped ? '' : groups.root;
const TOP = `/negawatt-names-${process.pid}`;

const made: Buffer[] = [];
const children: ChildProcess[] = [];
const closers: (() => void)[] = [];
const bytes = (path: string | Buffer): Buffer => Buffer.concat([Buffer.from(root), Buffer.from(path)]);
const within = (path: Buffer, file: string): Buffer => Buffer.concat([path, Buffer.from(`/${file}`)]);

const make = (path: string): Buffer => {
  for (const above of withAbove(path).slice(1)) {
    const folder = bytes(above);
    if (made.some((one) => one.equals(folder))) continue;
    mkdirSync(folder);
    made.push(folder);
  }
  return bytes(path);
};

/** A shell in a group that works for so much of each tenth of a second; it waits until all are in their groups. */
const worker = (group: Buffer, share: number): { go(): void } => {
  const rest = (0.1 * (1 - share)).toFixed(3);
  const rounds = Math.round(share * 20_000);
  const script = `read go; while :; do i=0; while [ $i -lt ${rounds} ]; do i=$((i+1)); done; ${share === 1 ? '' : `sleep ${rest};`} done`;
  const child = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'] });
  children.push(child);
  writeFileSync(within(group, 'cgroup.procs'), String(child.pid));
  return { go: () => child.stdin?.write('go\n') };
};

const usedBy = (group: Buffer): number => {
  try {
    return Number(readFileSync(within(group, 'cpuacct.usage'), 'utf8')) / 1e9;
  } catch {
    return Number(/usage_usec (\d+)/.exec(readFileSync(within(group, 'cpu.stat'), 'utf8'))?.[1]) / 1e6;
  }
};

/** What the kernel counted just before and just after a tick: what the tick read lies between. */
const bracket = <T>(read: () => readonly number[], tick: () => T) => {
  const before = read();
  const made = tick();
  return { before, made, after: read() };
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

afterEach(async () => {
  for (const close of closers.splice(0)) close();
  await Promise.all(
    children.splice(0).map(
      (child) =>
        new Promise<void>((resolve) => {
          if (child.exitCode !== null || child.signalCode !== null) return resolve();
          child.once('exit', () => resolve());
          child.kill('SIGKILL');
        }),
    ),
  );
  for (const folder of made.splice(0).reverse()) {
    for (let tries = 0; ; tries++) {
      try {
        rmdirSync(folder);
        break;
      } catch (error) {
        // The kernel needs a moment until the last process has left.
        if (tries > 100) throw error;
        await pause(20);
      }
    }
  }
});

const CONTAINER = { web: 'a1'.repeat(32), db: 'b2'.repeat(32), cache: 'c3'.repeat(32) };
const POD = '0a1b2c3d-1111-4222-8333-444444444444';
/** Group, row and share of a processor that its shell wants. */
const LEAVES = [
  [`/docker/${CONTAINER.web}`, CONTAINER.web, 1],
  [`/kubepods/burstable/pod${POD}/${CONTAINER.db}`, CONTAINER.db, 0.6],
  [`/kubepods/burstable/pod${POD}/${CONTAINER.cache}`, CONTAINER.cache, 0.3],
  ['/slurm/uid_0/job_42/step_0/task_0', 'slurm/42/0', 0.5],
  ['/slurm/uid_0/job_42/step_0/task_1', 'slurm/42/0', 0.2],
  ['/slurm/uid_0/job_42/step_1/task_0', 'slurm/42/1', 0.4],
  ['/system.slice/nw-test.service', `${TOP.slice(1)}/system.slice/nw-test.service`, 0.8],
] as const;
const RULES = classRulesOf([
  { class: 'shop', labels: { k8s_pod_uid: POD } },
  { class: 'physics', labels: { slurm_job_id: '42' } },
  { class: 'system', kind: 'unit', path: `${TOP}/*` },
]);

describe.skipIf(skipped)('on this host, with groups named as runtimes name them', () => {
  it('every joule is on its leaf by its CPU time at each tick, that time is the kernel’s, and pods, jobs and classes are sums', async () => {
    const leaves = LEAVES.map(([path, row, share]) => ({ group: make(TOP + path), row, share }));
    const workers = leaves.map(({ group, share }) => worker(group, share));
    const agent = await agentHere({ naming: { facts: new Map(), rules: RULES } });
    closers.push(() => agent.close());
    for (const { go } of workers) go();
    const read = (): readonly number[] => leaves.map(({ group }) => usedBy(group));
    const start = bracket(read, agent.tick);
    const ROWS = [...new Set(leaves.map(({ row }) => row))];
    /** Joules and seconds of each row so far. */
    const booked = () =>
      ROWS.map((workload) => [
        agent.total('negawatt_workload_energy_joules_total', { workload, part: 'dynamic' }),
        agent.total('negawatt_workload_cpu_seconds_total', { workload }),
      ]);
    const states = [booked()];
    for (let tick = 0; tick < 5; tick++) {
      await pause(1000);
      agent.tick();
      states.push(booked());
    }
    await pause(1000);
    const end = bracket(read, agent.tick);
    states.push(booked());
    const last = end.made;
    const rows = new Map<string, { least: number; most: number }>();
    leaves.forEach(({ row }, i) => {
      const { least, most } = rows.get(row) ?? { least: 0, most: 0 };
      rows.set(row, {
        least: least + (end.before[i] ?? 0) - (start.after[i] ?? 0),
        most: most + (end.after[i] ?? 0) - (start.before[i] ?? 0),
      });
    });
    const energy = (workload: string): number =>
      agent.total('negawatt_workload_energy_joules_total', { workload, part: 'dynamic' });
    const time = (workload: string): number =>
      agent.total('negawatt_workload_cpu_seconds_total', { workload });
    const of = (what: (row: string) => number): number =>
      [...rows.keys()].reduce((sum, row) => sum + what(row), 0);
    const kernel = (row: string): number => ((rows.get(row)?.least ?? 0) + (rows.get(row)?.most ?? 0)) / 2;
    expect(of(kernel)).toBeGreaterThan(2);
    // The price of a second of work moves with the load of the host; at one tick it is the same for all.
    let compared = 0;
    for (let tick = 1; tick < states.length; tick++) {
      const prices = ROWS.flatMap((_, i) => {
        const [joules = 0, time = 0] = states[tick]?.[i] ?? [];
        const [joulesBefore = 0, timeBefore = 0] = states[tick - 1]?.[i] ?? [];
        return time - timeBefore > 0.01 ? [(joules - joulesBefore) / (time - timeBefore)] : [];
      });
      compared += prices.length;
      for (const price of prices) expect(price / (prices[0] ?? 0)).toBeCloseTo(1, 6);
    }
    expect(compared).toBeGreaterThan(20);
    for (const [row, { least, most }] of rows) {
      expect(time(row), `time of ${row}`).toBeGreaterThanOrEqual(least - 1e-6);
      expect(time(row), `time of ${row}`).toBeLessThanOrEqual(most + 1e-6);
    }
    const info = new Map(
      last.points
        .filter(({ metric }) => metric === 'negawatt_workload_info')
        .map(({ labels }) => [labels.workload, labels]),
    );
    const by = (label: string): Readonly<Record<string, number>> =>
      energyBy(last, ({ workload }) => info.get(workload)?.[label] ?? '');
    const close = (a: number | undefined, b: number): void =>
      expect(Math.abs((a ?? 0) - b)).toBeLessThanOrEqual(1e-9 * Math.max(1, b));
    close(by('k8s_pod_uid')[POD], energy(CONTAINER.db) + energy(CONTAINER.cache));
    close(by('slurm_job_id')['42'], energy('slurm/42/0') + energy('slurm/42/1'));
    close(by('systemd_unit')['nw-test.service'], energy(LEAVES[6][1]));
    const byClass = energyBy(last, (labels) => labels.class ?? '');
    close(byClass.shop, energy(CONTAINER.db) + energy(CONTAINER.cache));
    close(byClass.physics, energy('slurm/42/0') + energy('slurm/42/1'));
    close(byClass.system, energy(LEAVES[6][1]));
    close(
      Object.values(byClass).reduce((a, b) => a + b, 0),
      agent.total('hw_host_energy_joules_total', {}),
    );
  }, 60_000);

  it('names that would break the format are rows of their own in a valid text, and none loses anything', async () => {
    const folder = make(TOP);
    // The kernel itself refuses a line feed.
    expect(() => mkdirSync(`${folder.toString()}/line\nfeed`)).toThrow('EINVAL');
    const odd = [
      Buffer.from('quote"end'),
      Buffer.from('tab\tulator'),
      Buffer.from('back\\slash\\'),
      Buffer.from('{a="b"} 1'),
      Buffer.from('snow☃man'),
      Buffer.concat([Buffer.from('bad-'), Buffer.from([0xff, 0xfe, 0xc3]), Buffer.from('-utf8')]),
      Buffer.concat([Buffer.from('escape-'), Buffer.from([0x1b, 0x5b, 0x33, 0x31, 0x6d])]),
      Buffer.concat([Buffer.from('long-'), Buffer.alloc(240, 'x')]),
    ];
    const leaves = odd.map((name) => {
      const group = Buffer.concat([folder, Buffer.from('/'), name]);
      mkdirSync(group);
      made.push(group);
      return group;
    });
    const workers = leaves.map((group) => worker(group, 0.3));
    const agent = await agentHere();
    closers.push(() => agent.close());
    for (const { go } of workers) go();
    const read = (): readonly number[] => leaves.map(usedBy);
    const start = bracket(read, agent.tick);
    for (let tick = 0; tick < 2; tick++) {
      await pause(1000);
      agent.tick();
    }
    await pause(500);
    agent.engine.observeScrapeInterval(seconds(0));
    const end = bracket(read, agent.tick);
    const last = end.made;
    const families = parseExposition(await agent.metrics());
    // Not the group above them: it has what ran between the reading of it and that of those below.
    const ids = [...last.view.attributed.state.top.exported.values()]
      .map(({ id }) => id)
      .filter((id) => id.startsWith(`${TOP.slice(1)}/`) || id.startsWith('~'));
    expect(ids).toHaveLength(odd.length);
    for (const id of ids) expect(Buffer.byteLength(id)).toBeLessThanOrEqual(128);
    const shown = new Map(
      (families.get('negawatt_workload_cpu_seconds_total')?.samples ?? []).map(({ labels, value }) => [
        labels.workload,
        value,
      ]),
    );
    const own = (name: string): number => shown.get(`${TOP.slice(1)}/${name}`) ?? Number.NaN;
    const expected = [
      'quote"end',
      'tab\ufffdulator',
      'back\\slash\\',
      '{a="b"} 1',
      'snow☃man',
      'bad-\ufffd\ufffd\ufffd-utf8',
      'escape-\ufffd[31m',
    ];
    const expectBetween = (value: number, i: number, what: string): void => {
      expect(value, what).toBeGreaterThanOrEqual((end.before[i] ?? 0) - (start.after[i] ?? 0) - 1e-6);
      expect(value, what).toBeLessThanOrEqual((end.after[i] ?? 0) - (start.before[i] ?? 0) + 1e-6);
    };
    expected.forEach((name, i) => {
      expectBetween(own(name), i, name);
    });
    const long = ids.find((id) => id.startsWith('~')) ?? '';
    expect(long).toMatch(/^~[0-9a-f]{16}~x+$/);
    expectBetween(shown.get(long) ?? Number.NaN, expected.length, 'the long one');
    expect(agent.total('negawatt_workload_energy_joules_total', {})).toBeCloseTo(
      agent.total('hw_host_energy_joules_total', {}),
      6,
    );
  }, 60_000);
});
