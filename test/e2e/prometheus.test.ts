import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QUERIES } from '../../dashboards/queries.ts';
import type { HostJson } from '../../src/index.ts';
import { eventually, freshDirectory, type RunningAgent, startAgent } from '../fixtures/agent-process.ts';
import { debianProgram } from '../fixtures/debian.ts';
import { freePort } from '../fixtures/free-port.ts';
import { realGroups } from '../fixtures/real-groups.ts';

const prometheus = debianProgram('/usr/bin/prometheus', 'prometheus');
const promtool = prometheus === undefined ? undefined : '/usr/bin/promtool';

/** A workload of the test's own: what else runs on the host may not be in any control group. */
const startWork = (): (() => Promise<void>) | undefined => {
  const groups = realGroups();
  if ('why' in groups) {
    console.warn(`without a workload of its own: ${groups.why}`);
    return undefined;
  }
  const name = `negawatt-e2e-${process.pid}`;
  groups.make(name);
  const worker = spawn('sh', ['-c', 'while :; do :; done'], { stdio: 'ignore' });
  if (worker.pid !== undefined) groups.join(name, worker.pid);
  return async () => {
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    worker.kill('SIGKILL');
    await ended;
    await eventually(async () => groups.remove(name), 5000);
  };
};

interface Answer {
  readonly status: string;
  readonly data: {
    readonly result: readonly { readonly metric: Record<string, string>; readonly value: [number, string] }[];
  };
}

describe.skipIf(prometheus === undefined)('a real Prometheus scrapes the agent', () => {
  const directory = freshDirectory();
  let agent: RunningAgent;
  let server: ChildProcess;
  let base: string;
  let endWork: ReturnType<typeof startWork>;

  const query = async (expression: string): Promise<Answer['data']['result']> => {
    const response = await fetch(`${base}/api/v1/query?query=${encodeURIComponent(expression)}`);
    const answer = (await response.json()) as Answer;
    if (answer.status !== 'success') throw new Error(JSON.stringify(answer));
    return answer.data.result;
  };
  const value = async (expression: string): Promise<number> => {
    const [first, ...more] = await query(expression);
    if (first === undefined || more.length > 0)
      throw new Error(`${expression}: ${more.length + (first ? 1 : 0)} series`);
    return Number(first.value[1]);
  };

  beforeAll(async () => {
    endWork = startWork();
    const config = join(directory.path, 'negawatt.yaml');
    writeFileSync(
      config,
      'sampling: {interval: 4s}\ngrid: {zone: DE}\nsite: {pue: 1.25}\nhost: {labels: {pool: web}}\n',
    );
    agent = await startAgent([`--config.file=${config}`, `--state.dir=${join(directory.path, 'state')}`]);
    const port = await freePort();
    base = `http://127.0.0.1:${port}`;
    const scrape = join(directory.path, 'prometheus.yml');
    writeFileSync(
      scrape,
      `global: {scrape_interval: 500ms}\nscrape_configs:\n  - job_name: negawatt\n    static_configs: [{targets: ['${agent.url.slice(7)}']}]\n`,
    );
    server = spawn(
      prometheus ?? '',
      [
        `--config.file=${scrape}`,
        `--storage.tsdb.path=${join(directory.path, 'tsdb')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    );
    // New series are held at 0 for the scrapers; rows are born one tick after the host's own.
    await eventually(async () => {
      if (!((await value('sum(negawatt_workload_energy_joules_total)')) > 0))
        throw new Error('no energy yet');
    }, 60_000);
  }, 120_000);

  afterAll(async () => {
    await agent?.stop();
    server?.kill();
    await endWork?.();
    directory.remove();
  });

  it('holds the same figures as the agent says in its own JSON', async () => {
    await eventually(async () => {
      const before = await agent.json<HostJson>('/api/v1/snapshot');
      // Two scrape intervals fit into a tick: what Prometheus has after them is this snapshot.
      await new Promise((resolve) => setTimeout(resolve, 1500));
      const host = await value('hw_host_energy_joules_total');
      const fixed = await value('negawatt_host_static_energy_joules_total');
      const grams = await value('negawatt_emissions_location_grams_total');
      const rows = await query('negawatt_workload_energy_joules_total');
      const after = await agent.json<HostJson>('/api/v1/snapshot');
      if (before.tick !== after.tick) throw new Error('a tick fell between; ask again');
      expect(host).toBe(before.host.energyJoules);
      expect(fixed).toBe(before.host.staticJoules);
      expect(grams).toBe(before.emissions.location.series[0]?.grams);
      const own = before.workloads.flatMap((row) => row.energy.map((one) => one.joules));
      expect(rows.map((row) => Number(row.value[1])).sort((a, b) => a - b)).toEqual(
        own.sort((a, b) => a - b),
      );
    }, 60_000);
  });

  it('reads OpenMetrics, which it asks for first: it knows the unit of each metric', async () => {
    const response = await fetch(`${base}/api/v1/targets/metadata?limit=500`);
    const { data } = (await response.json()) as {
      data: { metric: string; type: string; unit: string }[];
    };
    const of = (name: string) => data.find(({ metric }) => metric === name);
    expect(of('hw_host_energy_joules')).toMatchObject({ type: 'counter', unit: 'joules' });
    expect(of('negawatt_build')).toMatchObject({ type: 'info', unit: '' });
    expect(of('hw_host_power_watts')).toMatchObject({ type: 'gauge', unit: 'watts' });
  });

  it('finds the parts equal to the whole, by PromQL', async () => {
    // A row that was born a moment ago stands at 0 for the scrapers, so the sum is whole once it has settled.
    await eventually(async () => {
      const ratio = await value(
        'sum(negawatt_workload_energy_joules_total) / scalar(hw_host_energy_joules_total)',
      );
      expect(ratio).toBeCloseTo(1, 9);
    }, 100_000);
    const split = await value(
      '(negawatt_host_static_energy_joules_total + negawatt_host_dynamic_energy_joules_total) / hw_host_energy_joules_total',
    );
    expect(split).toBeCloseTo(1, 9);
  }, 120_000);

  it('finds the grams equal to energy x PUE x factor, by PromQL', async () => {
    const ratio = await value(
      'sum(negawatt_emissions_location_grams_total) / (scalar(hw_host_energy_joules_total) / 3.6e6 * scalar(negawatt_pue_ratio) * scalar(negawatt_grid_intensity_grams_per_kilowatt_hour{signal="location"}))',
    );
    expect(ratio).toBeCloseTo(1, 9);
  });

  it('computes the whole increase of a counter: it met every series at its starting value', async () => {
    const first = await value('min_over_time(hw_host_energy_joules_total[10m])');
    expect(first).toBe(0);
  });

  it('shows static labels of the config on the host', async () => {
    const [info] = await query('negawatt_host_info');
    expect(info?.metric).toMatchObject({ pool: 'web' });
  });

  it.for(QUERIES)('answers "$title"', { timeout: 120_000 }, async ({ title, expression }, { skip }) => {
    // This host is estimated and its zone is real, so the last question rightly finds nobody.
    if (title.includes('EXAMPLE')) {
      expect(await query(expression)).toEqual([]);
      expect(await query(expression.replace('== 1', '== 0'))).toHaveLength(1);
      return;
    }
    // Where no group may be made for the test, the host may have no workload at all.
    if (endWork === undefined && title.includes('workloads')) skip('no workload of its own');
    // A workload's row is held at 0 for the scrapers once it is born, and a rate needs two samples after that.
    await eventually(async () => {
      expect((await query(expression)).length).toBeGreaterThanOrEqual(1);
    }, 100_000);
  });

  it('has no complaint about the text: promtool check metrics is silent', async () => {
    const text = await agent.get('/metrics');
    const output = execFileSync(promtool ?? '', ['check', 'metrics'], {
      input: text,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    expect(output).toBe('');
  });
});
