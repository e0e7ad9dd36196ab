/** What a real time-series engine has of the agent's pushes: the figures of its own pages, under the same names. */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostJson } from '../../src/index.ts';
import { eventually, freshDirectory, type RunningAgent, startAgent } from '../fixtures/agent-process.ts';
import { otlpEngines } from '../fixtures/otlp-engines.ts';
import { parseExposition } from '../fixtures/strict-exposition.ts';

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** Of the agent itself: these move within a tick. */
const MOVES = /^(process_|nodejs_|negawatt_(otlp|scrape|http|tick|self_cpu|loop))/;
/** Labels that an engine makes of the resource and the scope. */
const OF_RESOURCE = /^(host_(id|name)|service_.*|(otel_)?scope_.*|job|instance)$/;
const key = (name: string, labels: readonly (readonly [string, string])[]): string =>
  JSON.stringify([name, labels.filter(([label, value]) => value !== '' && !OF_RESOURCE.test(label)).sort()]);

describe.each(otlpEngines())('pushes to $name', ({ program, path, resource, start }) => {
  const directory = freshDirectory();
  let engine: { readonly url: string; readonly process: ChildProcess } | undefined;
  let agent: RunningAgent | undefined;

  const query = async (expression: string): Promise<readonly Series[]> => {
    const response = await fetch(`${engine?.url}/api/v1/query?query=${encodeURIComponent(expression)}`);
    const text = await response.text();
    if (!response.ok) throw new Error(`${response.status}: ${text}`);
    return (JSON.parse(text) as { data: { result: readonly Series[] } }).data.result;
  };
  const value = async (expression: string): Promise<number> => {
    const [one, ...more] = await query(expression);
    if (one === undefined || more.length > 0)
      throw new Error(`${expression}: ${more.length + (one ? 1 : 0)}`);
    return Number(one.value[1]);
  };
  const startOne = () =>
    startAgent([`--state.dir=${join(directory.path, 'state')}`, '--grid.zone=DE'], {
      NEGAWATT_EXPORT_OTLP_URL: `${engine?.url}${path}`,
      NEGAWATT_EXPORT_OTLP_INTERVAL: '1s',
      NEGAWATT_SAMPLING_INTERVAL: '6s',
    });

  beforeAll(async () => {
    if (program === undefined) return;
    engine = await start(directory.path);
    await eventually(() => query('up'));
    agent = await startOne();
  }, 120_000);
  afterAll(async () => {
    await agent?.stop('SIGKILL');
    const ended = new Promise((resolve) => engine?.process.once('exit', resolve) ?? resolve(0));
    engine?.process.kill('SIGKILL');
    await ended;
    directory.remove();
  });

  it.skipIf(program === undefined)(
    'it has the counters of the JSON, and each series of a scrape by name, labels and value',
    async () => {
      const running = agent as RunningAgent;
      await eventually(async () => {
        const before = await running.json<HostJson>('/api/v1/snapshot');
        if (!(before.host.energyJoules > 0)) throw new Error('no energy yet');
        const scraped = parseExposition(await running.get('/metrics'));
        // A push of this tick falls in between.
        await new Promise((resolve) => setTimeout(resolve, 1500));
        const kept = await query('{__name__!=""}');
        if ((await running.json<HostJson>('/api/v1/snapshot')).tick !== before.tick)
          throw new Error('a tick fell between; ask again');

        const named = (name: string): number[] =>
          kept.filter(({ metric }) => metric.__name__ === name).map((one) => Number(one.value[1]));
        expect(named('hw_host_energy_joules_total')).toEqual([expect.closeTo(before.host.energyJoules, 6)]);
        expect(named('negawatt_emissions_location_grams_total')[0]).toBeCloseTo(
          before.emissions.location.series[0]?.grams ?? Number.NaN,
          6,
        );

        const own = new Map<string, number>();
        for (const { name, samples } of scraped.values())
          for (const one of samples)
            if (!MOVES.test(name)) own.set(key(name, Object.entries(one.labels)), one.value);
        const theirs = new Map(
          kept.map(({ metric: { __name__: name = '', ...labels }, value: [, text] }) => [
            key(name, Object.entries(labels)),
            Number(text),
          ]),
        );
        expect(own.size).toBeGreaterThan(50);
        const differing = [...own].filter(([series, ours]) => {
          const other = theirs.get(series);
          return other === undefined || !(Math.abs(other - ours) <= 1e-9 * Math.abs(ours));
        });
        expect(differing.map(([series, ours]) => [series, ours, theirs.get(series)])).toEqual([]);
      }, 60_000);
    },
    90_000,
  );

  it.skipIf(program === undefined)('it knows whose they are by the resource', async () => {
    const [one] = await query(resource);
    const { metric } = one as Series;
    const all = Object.fromEntries(
      Object.entries(metric).map(([name, text]) => [name.replaceAll('.', '_'), text]),
    );
    const { host } = await (agent as RunningAgent).json<HostJson>('/api/v1/snapshot');
    expect(all.host_name).toBe(host.name);
    expect(all.instance ?? all.service_instance_id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5/);
    expect(all.job ?? all.service_name).toBe('negawatt');
  });

  it.skipIf(program === undefined)(
    'a kill and a new start are no reset and no second series: the counter goes on',
    async () => {
      const before = await value('hw_host_energy_joules_total');
      await agent?.stop('SIGKILL');
      agent = await startOne();
      await eventually(async () =>
        expect(await value('hw_host_energy_joules_total')).toBeGreaterThan(before),
      );
      expect(await value('resets(hw_host_energy_joules_total[15m])')).toBe(0);
      // It was met at 0, so the whole of it is an increase.
      expect(await value('min_over_time(hw_host_energy_joules_total[15m])')).toBe(0);
      expect((agent as RunningAgent).errors()).not.toContain('not pushed');
    },
    90_000,
  );
});
