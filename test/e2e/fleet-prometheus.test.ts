/** `negawatt fleet` over a real Prometheus with months of history, that then forgets most of it, and then is away. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Line, Statement } from '../../src/carbon/statement.ts';
import type { MeasureStandingJson } from '../../src/savings-standing.ts';
import {
  eventually,
  freshDirectory,
  type RunningAgent,
  runCommand,
  startAgent,
} from '../fixtures/agent-process.ts';
import { readExposition } from '../fixtures/exposition.ts';
import { type PrometheusEngine, prometheusOverFiles } from '../fixtures/history-engines.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
const SCRAPE = 300;
const PIECE = 54 * HOUR;
const DAYS = 63;
const START = 42;
const END = Math.floor(Date.now() / 1000 / DAY) * DAY;
const BEGIN = END - DAYS * DAY;
const dayOf = (days: number): string => new Date((BEGIN + days * DAY) * 1000).toISOString().slice(0, 10);
const HOSTS = [1, 2, 3, 4, 5];
const workAt = (time: number, host: number): number => {
  const hour = Math.floor((time - BEGIN - 1) / HOUR);
  return 400 + 150 * Math.sin(hour / 4 + host) + 20 * Math.sin(hour * 12.9898);
};
/** J of an hour. Hosts 1 and 2 use a tenth less from the start of the measure on. */
const energyAt = (time: number, host: number): number =>
  (432_000 + 1116 * workAt(time, host)) * (time > BEGIN + START * DAY && host <= 2 ? 0.9 : 1);

/** Files of a block each: promtool reads a file once for each block that it makes of it. */
const blocks = (directory: string): readonly string[] => {
  const counted = new Map(HOSTS.map((host) => [host, { energy: 5e6, work: 0 }]));
  const files: string[] = [];
  for (let from = BEGIN, next = BEGIN; from < END; from = next) {
    next = (Math.floor(from / PIECE) + 1) * PIECE;
    const [energy, work, grid, source]: string[][] = [[], [], [], []];
    for (let time = from; time < Math.min(END, next); time += SCRAPE)
      for (const host of HOSTS) {
        const held = counted.get(host);
        if (held === undefined) continue;
        held.energy += (energyAt(time, host) * SCRAPE) / HOUR;
        held.work += (workAt(time, host) * SCRAPE) / HOUR;
        const labels = `instance="node-${host}:10202"`;
        energy?.push(`hw_host_energy_joules_total{${labels}} ${held.energy.toFixed(3)} ${time}`);
        work?.push(
          `negawatt_work_total{${labels},workload="host",unit="work"} ${held.work.toFixed(6)} ${time}`,
        );
        grid?.push(
          `negawatt_grid_intensity_grams_per_kilowatt_hour{${labels},signal="location",grid_zone="DE",basis="direct",provider="table"} ${300 + 50 * host} ${time}`,
        );
        source?.push(
          `negawatt_host_energy_source_info{${labels},source="rapl",quality="measured",complete="true"} 1 ${time}`,
        );
      }
    const file = join(directory, `past-${from}.om`);
    const families = [
      ['hw_host_energy_joules', 'counter', energy],
      ['negawatt_work', 'counter', work],
      ['negawatt_grid_intensity_grams_per_kilowatt_hour', 'gauge', grid],
      ['negawatt_host_energy_source_info', 'gauge', source],
    ] as const;
    const text = families.map(
      ([name, type, lines]) => `# TYPE ${name} ${type}\n${lines?.toSorted(bySeries).join('\n')}\n`,
    );
    writeFileSync(file, `${text.join('')}# EOF\n`);
    files.push(file);
  }
  return files;
};
const bySeries = (a: string, b: string): number => {
  const [one, other] = [a, b].map((line) => line.slice(0, line.indexOf('}')));
  return one === other ? 0 : (one ?? '') < (other ?? '') ? -1 : 1;
};

/** Of the year in which the fleet begins: what the statement counts of it. */
const statementOf = async (...more: readonly string[]) => {
  const { code, stdout, stderr } = await runCommand([
    ...['report', `--year=${new Date(BEGIN * 1000).getUTCFullYear()}`, '--grid.zone=DE', '--format=json'],
    ...[`--config.file=${path('fleet.yaml')}`, ...more],
  ]);
  expect([code, stderr]).toEqual([0, '']);
  const lines = (JSON.parse(stdout) as Statement).blocks.flatMap((block) => block.lines);
  const named = (id: string): Line | undefined => lines.find((line) => line.id === id);
  const figure = (id: string): number => {
    const line = named(id);
    return line?.kind === 'figure' ? line.value : Number.NaN;
  };
  return {
    ...{ kwh: figure('activity.total'), hours: figure('coverage.hours') },
    ...{ hosts: figure('coverage.hosts.reporting'), told: JSON.stringify(named('coverage.fleet')) },
  };
};

const directory = freshDirectory();
const path = (name: string): string => join(directory.path, name);
const flags = (): readonly string[] => [
  `--config.file=${path('fleet.yaml')}`,
  `--state.dir=${path('state')}`,
];
const start = prometheusOverFiles();

interface Listed {
  readonly measures: readonly MeasureStandingJson[];
  readonly evaluation: { readonly succeededAt?: string; readonly problem?: { readonly reason: string } };
}

describe.skipIf(start === undefined)('negawatt fleet over Prometheus', () => {
  let engine: PrometheusEngine;
  let running: RunningAgent | undefined;
  beforeAll(async () => {
    mkdirSync(path('prometheus'));
    engine = (await start?.(blocks(directory.path), path('prometheus'), '54h')) as PrometheusEngine;
    const measure = (
      name: string,
      hosts: readonly string[],
      control: readonly string[],
      reportAt = DAYS - 7,
    ): object => ({
      ...{ name, kind: 'other', hosts, start: dayOf(START), work: [{ unit: 'work' }] },
      ...(control.length === 0 ? {} : { control }),
      ...{ baseline: { from: dayOf(0), to: dayOf(START) }, report_at: [dayOf(reportAt)] },
    });
    const nodes = HOSTS.map((host) => `node-${host}`);
    writeFileSync(
      path('fleet.yaml'),
      JSON.stringify({
        history: { prometheus: { url: engine.url, preset: 'negawatt' } },
        measures: [
          measure('packing', nodes.slice(0, 2), nodes.slice(2, 4)),
          measure('nothing', nodes.slice(2, 4), []),
          // Not final: each evaluation asks the engine for what came since.
          measure('going', nodes.slice(4), [], DAYS + 30),
        ],
      }),
    );
  }, 120_000);
  afterAll(async () => {
    await running?.stop('SIGKILL');
    await engine?.close();
    directory.remove();
  });
  const evaluated = async (isDone: (listed: Listed) => boolean): Promise<Listed & { metrics: unknown }> => {
    const fleet = await startAgent(flags(), {}, { command: 'fleet' });
    running = fleet;
    const listed = await eventually(async () => {
      const found = await fleet.json<Listed>('/api/v1/measures');
      if (!isDone(found)) throw new Error(`not evaluated yet:\n${fleet.errors()}`);
      return found;
    }, 60_000);
    const metrics = readExposition(await fleet.get('/metrics'))
      .series.filter(({ key }) => key.startsWith('negawatt_savings_') && !/last_evaluation|going/.test(key))
      .map(({ key, value }) => [key, value]);
    return { ...listed, metrics };
  };
  const isEvaluated = ({ evaluation }: Listed): boolean => evaluation.succeededAt !== undefined;
  /** Of those that are final: hours that go by change nothing of them. */
  const told = ({ measures }: Listed) =>
    measures.filter(({ name }) => name !== 'going').map(({ evaluatedAt: _, ...standing }) => standing);

  it('says what compare says, the same when all but 15 days are forgotten, and goes on without the engine', {
    timeout: 120_000,
  }, async () => {
    const first = await evaluated(isEvaluated);
    const [packing, nothing] = first.measures;
    expect(packing?.avoided?.ratio).toBeCloseTo(0.1, 2);
    // Another measure is for these hosts: no control for this one, here as for compare.
    expect(packing?.remarks.map(({ flag }) => flag)).toContain('control_touched');
    expect(Math.abs(nothing?.avoided?.ratio ?? 1)).toBeLessThan(0.01);
    await running?.stop();
    for (const one of first.measures.slice(0, 2)) {
      // No state directory of the fleet: nothing that it kept is read.
      const { stdout, stderr } = await runCommand([
        ...['compare', '--measure', one.name, '--format', 'json', `--prometheus=${engine.url}`],
        ...[`--config.file=${path('fleet.yaml')}`, `--state.dir=${path('none')}`],
      ]);
      const { outcome } = JSON.parse(stdout || stderr) as { outcome: { verdict: string; avoided: number } };
      expect([outcome.verdict, outcome.avoided]).toEqual([one.verdict, one.avoided?.joules]);
    }

    const whole = await statementOf(`--state.dir=${path('none')}`);

    await engine.keepOnly('15d');
    const query = encodeURIComponent('count(last_over_time(hw_host_energy_joules_total[10m]))');
    const old = await fetch(`${engine.url}/api/v1/query?query=${query}&time=${BEGIN + 30 * DAY}`);
    expect(await old.json(), 'forgotten').toMatchObject({ data: { result: [] } });
    const second = await evaluated(isEvaluated);
    expect(told(second)).toEqual(told(first));
    expect(second.metrics).toEqual(first.metrics);

    const [beside, bare] = await Promise.all(
      ['state', 'none'].map((state) => statementOf(`--state.dir=${path(state)}`)),
    );
    if (beside === undefined || bare === undefined) throw new Error('no statement');
    expect([beside.kwh, beside.hours]).toEqual([
      expect.closeTo(whole.kwh, 6),
      expect.closeTo(whole.hours, 6),
    ]);
    expect(beside.hosts).toBe(whole.hosts);
    expect(beside.told).toContain(`and the archive ${path('state/archive.db')}`);
    expect(bare.hours, 'without the archive').toBeLessThan(whole.hours / 2);
    await running?.stop();

    await engine.close();
    const third = await evaluated(({ evaluation }) => evaluation.problem !== undefined);
    const going = ({ measures }: Listed) => measures.find(({ name }) => name === 'going');
    expect(going(second)?.avoided?.joules).toEqual(expect.any(Number));
    const { problem, ...kept } = going(third) ?? {};
    expect(kept, 'with the age that it has').toEqual(going(second));
    expect(problem?.reason).toContain(engine.url);
    expect(await running?.get('/-/ready')).toContain('older results');
  });
});
