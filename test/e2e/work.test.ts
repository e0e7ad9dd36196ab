import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  eventually,
  freshDirectory,
  type RunningAgent,
  runCommand,
  startAgent,
} from '../fixtures/agent-process.ts';
import { type Endpoint, endpoint, page } from '../fixtures/work.ts';

let directory: ReturnType<typeof freshDirectory>;
const agents: RunningAgent[] = [];
const endpoints: Endpoint[] = [];
beforeEach(() => {
  directory = freshDirectory();
});
afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.stop('SIGKILL')));
  await Promise.all(endpoints.splice(0).map((one) => one.close()));
  directory.remove();
});
const start = async (config: string): Promise<RunningAgent> => {
  const file = join(directory.path, 'c.yaml');
  writeFileSync(file, `sampling: {interval: 1s}\n${config}`);
  const agent = await startAgent([`--state.dir=${join(directory.path, 'state')}`, `--config.file=${file}`]);
  agents.push(agent);
  return agent;
};
const post = async (
  agent: RunningAgent,
  value: unknown,
  headers: Record<string, string> = {},
): Promise<number> => {
  const response = await fetch(`${agent.url}/api/v1/work`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(value),
  });
  await response.text();
  return response.status;
};
/** Value of a series of work; undefined where it is not exported. */
const work = async (agent: RunningAgent, workload: string, unit: string): Promise<number | undefined> => {
  const text = await agent.get('/metrics');
  const value = new RegExp(
    `^negawatt_work_total\\{workload="${workload}",unit="${unit}"\\} (\\S+)$`,
    'm',
  ).exec(text)?.[1];
  return value === undefined ? undefined : Number(value);
};
const source = async (agent: RunningAgent) => {
  const { sources } = await agent.json<{ sources: { name: string; state: string; why: string }[] }>(
    '/api/v1/sources',
  );
  return sources.find(({ name }) => name === 'work');
};

it('pushed work is on /metrics, survives a kill, and goes on', async () => {
  const first = await start('');
  expect(await post(first, { unit: 'jobs', add: 5 })).toBe(200);
  expect(await post(first, { workload: 'batch', unit: 'samples', total: 100 })).toBe(200);
  // Both series stand at 0 first; the total begins where it was met.
  await eventually(async () => expect(await work(first, 'host', 'jobs')).toBe(0));
  await eventually(async () => expect(await work(first, 'batch', 'samples')).toBe(0));
  expect(await post(first, { workload: 'batch', unit: 'samples', total: 130 })).toBe(200);
  expect(await post(first, { workload: 'batch', unit: 'samples', total: 130 })).toBe(200);
  const { tick } = await first.json<{ tick: number }>('/api/v1/snapshot');
  await eventually(async () =>
    expect((await first.json<{ tick: number }>('/api/v1/snapshot')).tick).toBeGreaterThan(tick),
  );
  // New series still stand at 0 for this scraper; what it was shown is kept with what was booked.
  await first.get('/metrics');
  await first.stop('SIGKILL');

  const second = await start('');
  expect(await work(second, 'batch', 'samples')).toBe(30);
  expect(await work(second, 'host', 'jobs')).toBe(5);
  await post(second, [
    { workload: 'batch', unit: 'samples', total: 150 },
    { unit: 'jobs', add: 2 },
  ]);
  await eventually(async () => expect(await work(second, 'batch', 'samples')).toBe(50));
  await eventually(async () => expect(await work(second, 'host', 'jobs')).toBe(7));
  // What was taken just before an orderly end is counted too.
  await post(second, { unit: 'jobs', add: 4 });
  expect(await second.stop()).toBe(0);
  const third = await start('');
  expect(await work(third, 'host', 'jobs')).toBe(11);
  const { host } = await third.json<{ host: { energyPerWork?: { unit: string; workDone: number }[] } }>(
    '/api/v1/workloads',
  );
  expect(host.energyPerWork?.find(({ unit }) => unit === 'jobs')?.workDone).toBeGreaterThan(0);
}, 120_000);

it('pages in a browser cannot push', async () => {
  const agent = await start('');
  expect(await post(agent, { unit: 'jobs', add: 5 }, { origin: 'http://evil.example' })).toBe(403);
  expect(await post(agent, { unit: 'jobs', add: 5 }, { 'sec-fetch-site': 'cross-site' })).toBe(403);
  expect(await post(agent, { unit: 'jobs', add: 5 }, { 'content-type': 'text/plain' })).toBe(415);
});

it('work is read from an endpoint and a directory; a broken one is told once and costs nothing else', async () => {
  const app = await endpoint('jobs_total{code="200"} 10\n');
  endpoints.push(app);
  const files = join(directory.path, 'work');
  mkdirSync(files);
  const write = (total: number): void => {
    writeFileSync(join(files, 'x.tmp'), `negawatt_work_total{workload="batch",unit="samples"} ${total}\n`);
    renameSync(join(files, 'x.tmp'), join(files, 'x.prom'));
  };
  write(10);
  const agent = await start(
    [
      'work:',
      '  scrape:',
      `  - {url: "${app.url}", metric: jobs_total, labels: {code: "/2../"}, unit: jobs, interval: 1s}`,
      `  textfile: {directory: ${files}, interval: 1s}`,
      '',
    ].join('\n'),
  );
  await eventually(async () => expect(await work(agent, 'host', 'jobs')).toBe(0));
  await eventually(async () => expect(await work(agent, 'batch', 'samples')).toBe(0));
  expect(await agent.get('/metrics')).toContain('negawatt_source_up{source="work"} 1\n');
  app.answer = page('<html>down</html>');
  await eventually(async () => expect((await source(agent))?.state).toBe('failing'));
  expect((await source(agent))?.why).toContain('this is HTML or XML, not metrics: "<html>down</html>"');
  expect(await agent.get('/metrics')).toContain('negawatt_source_up{source="work"} 0\n');
  expect(await agent.get('/metrics')).toContain('negawatt_source_up{source="cpu"} 1\n');
  write(25);
  await eventually(async () => expect(await work(agent, 'batch', 'samples')).toBe(15), 60_000);
  const asked = app.requests;
  await eventually(async () => expect(app.requests).toBeGreaterThan(asked + 2));
  expect(agent.errors().match(/not metrics/g)).toHaveLength(1);
  app.answer = page('jobs_total{code="200"} 17\n');
  await eventually(async () => expect(await work(agent, 'host', 'jobs')).toBe(7));
  expect((await source(agent))?.state).toBe('up');
}, 120_000);

it('once says what a unit of work cost, and doctor what is wrong with a counter', async () => {
  let total = 0;
  const app = await endpoint((request, response) => {
    total += 50;
    page(`jobs_total ${total}\n`)(request, response);
  });
  endpoints.push(app);
  const file = join(directory.path, 'c.yaml');
  writeFileSync(file, `work: {scrape: [{url: "${app.url}", metric: jobs_total, unit: jobs}]}\n`);
  const once = await runCommand(['once', '--interval', '1s', '--json', `--config.file=${file}`]);
  expect(once.code).toBe(0);
  const { interval } = JSON.parse(once.stdout);
  expect(interval.work).toEqual([{ workload: 'host', unit: 'jobs', done: 50 }]);
  if (interval.hostJoules !== undefined) {
    expect(interval.energyPerWork).toEqual([
      { unit: 'jobs', joulesPerUnit: interval.hostJoules / 50, workDone: 50 },
    ]);
  }
  const table = await runCommand(['once', '--interval', '1s', `--config.file=${file}`]);
  expect(table.stdout).toMatch(/^ {2}work {5}50 jobs \(host\)/m);

  await app.close();
  const doctor = await runCommand(['doctor', '--json', `--config.file=${file}`]);
  const { sources } = JSON.parse(doctor.stdout) as {
    sources: { name: string; status: string; why: string; fix: string }[];
  };
  expect(sources.find(({ name }) => name === 'work')).toMatchObject({
    status: 'failing',
    why: `${app.url}: nothing listens there`,
    fix: 'Start the application, or correct the address in work.scrape.',
  });
}, 60_000);
