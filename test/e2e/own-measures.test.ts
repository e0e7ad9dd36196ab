/** Measures of an agent's own host: evaluated from its own past, exported, and the same after a restart. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { METHOD_VERSION } from '../../src/metrics.ts';
import { planOf } from '../../src/savings/plan.ts';
import type { MeasureStandingJson } from '../../src/savings-standing.ts';
import {
  eventually,
  freshDirectory,
  furtherTicks,
  type RunningAgent,
  runCommand,
  startAgent,
} from '../fixtures/agent-process.ts';
import { debianProgram } from '../fixtures/debian.ts';
import { type Exposition, readExposition } from '../fixtures/exposition.ts';
import { configured } from '../fixtures/measures.ts';
import { startReceiver } from '../fixtures/otlp-receiver.ts';
import { ownHours, registeredBefore, stateWithHours } from '../fixtures/own-hours.ts';

const DAY = 86_400;
const today = Math.floor(Date.now() / 1000 / DAY) * DAY;
const dayOf = (days: number): string => new Date((today + days * DAY) * 1000).toISOString().slice(0, 10);
const START = today - 20 * DAY;
/** From the start on the host uses so much less for the same work. */
const SAVING = 0.1;

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
const MEASURE = {
  ...{ name: 'packing', kind: 'other', hosts: 'self', start: dayOf(-20), work: 'requests' },
  report_at: [dayOf(-6)],
};
const configure = (measure: object = MEASURE): void =>
  writeFileSync(
    path('c.yaml'),
    `host: {name: here}\nsampling: {interval: 1s}\nmeasures: [${JSON.stringify(measure)}]\n`,
  );
const flags = (): readonly string[] => [`--config.file=${path('c.yaml')}`, `--state.dir=${path('state')}`];

/** Half a year of hours up to now, and the plan as it was kept before its start. */
const past = async (): Promise<void> => {
  const now = Math.floor(Date.now() / 1000 / 3600) * 3600;
  const rows = ownHours(today - 200 * DAY, now, (at, expected) => expected * (at >= START ? 1 - SAVING : 1));
  await stateWithHours(path('state'), rows);
  const [written] = await configured([MEASURE]);
  if (written === undefined) throw new Error('no measure');
  registeredBefore(path('state'), planOf(written, 'here', { hosts: ['here'], control: [] }), METHOD_VERSION);
};
const started = async (): Promise<void> => {
  agent = await startAgent(flags());
};
const standing = (): Promise<MeasureStandingJson> =>
  eventually(async () => {
    const one = await agent?.json<MeasureStandingJson>('/api/v1/measures/packing');
    if (one === undefined) throw new Error('no agent');
    return one;
  });
const scraped = async (): Promise<Exposition> => {
  await standing();
  await furtherTicks(agent as RunningAgent);
  return readExposition((await agent?.get('/metrics')) ?? '');
};
const M = 'measure="packing"';

describe('a measure of the own host', () => {
  it('is evaluated from the hours of the agent: counted, judged, exported and told, and the same after a restart', async () => {
    await past();
    configure();
    await started();
    const first = await standing();
    expect(first).toMatchObject({
      ...{ name: 'packing', hosts: ['here'], state: 'final', asOf: `${dayOf(-6)}T00:00:00Z` },
      plan: { registration: 'before-start' },
    });
    expect(['verified', 'indicative']).toContain(first.verdict);
    expect(first.avoided?.ratio).toBeCloseTo(SAVING, 2);
    const before = await scraped();
    const energy = before.value(`negawatt_savings_energy_joules_total{${M}}`);
    const baseline = before.value(`negawatt_savings_baseline_energy_joules_total{${M}}`);
    // Twenty days and what of today is over, at a tenth less than the frozen baseline expects.
    expect((baseline - energy) / baseline).toBeCloseTo(SAVING, 2);
    expect(before.value(`negawatt_savings_powered_host_seconds_total{${M}}`)).toBeGreaterThan(19.9 * DAY);
    expect(before.value(`negawatt_savings_coefficient_joules{${M},term="host_second"}`)).toBeCloseTo(120, 0);
    expect(before.value(`negawatt_savings_coefficient_joules{${M},term="work_requests"}`)).toBeCloseTo(
      600,
      -1,
    );
    expect(before.value(`negawatt_savings_avoided_energy_joules{${M}}`)).toBe(first.avoided?.joules);
    expect(before.value(`negawatt_savings_verdict{${M},verdict="${first.verdict}"}`)).toBe(1);
    expect(before.sum('negawatt_savings_verdict')).toBe(1);
    expect(before.value(`negawatt_savings_last_evaluation_successful{${M}}`)).toBe(1);
    await agent?.stop();
    await started();
    const after = await scraped();
    const kept = ({ series }: Exposition) =>
      series
        .filter(
          ({ name }) => name.startsWith('negawatt_savings_') && !/(evaluation|until)_timestamp/.test(name),
        )
        .filter(({ name }) => !/_total$|hosts$|missing/.test(name))
        .map(({ key, value }) => [key, value]);
    expect(kept(after)).toEqual(kept(before));
    for (const { key, name, value } of before.series)
      if (/^negawatt_savings_.*_total$/.test(name)) expect(after.value(key)).toBeGreaterThanOrEqual(value);
  });

  it('has a verdict that stands, here and by hand, after retention took the time before the start', async () => {
    await past();
    configure();
    await started();
    const said = await standing();
    await agent?.stop();
    for (const file of readdirSync(path('state')).filter((name) => name.startsWith('state.db')))
      rmSync(path(`state/${file}`));
    const rows = ownHours(START, today, (_, expected) => expected * (1 - SAVING));
    await stateWithHours(path('state'), rows);
    const { stdout } = await runCommand(['compare', '--measure', 'packing', '--format', 'json', ...flags()]);
    const byHand = JSON.parse(stdout) as { outcome: { verdict: string; avoided: number } };
    expect([byHand.outcome.verdict, byHand.outcome.avoided]).toEqual([said.verdict, said.avoided?.joules]);
    await started();
    const { evaluatedAt: _, counted: __, ...after } = await standing();
    expect(said).toMatchObject(after);
  });

  it('has a plan whose edit after the start shows in the metric, the flags and the grade', async () => {
    await past();
    configure();
    await started();
    const frozen = (await standing()).plan.sha256;
    await agent?.stop();
    configure({ ...MEASURE, baseline: { from: dayOf(-62), to: dayOf(-20) } });
    await started();
    const edited = await standing();
    expect(edited.plan).toMatchObject({ frozenSha256: frozen, registration: 'edited' });
    expect(edited.plan.sha256).not.toBe(frozen);
    expect([edited.verdict, edited.grade]).toEqual(['indicative', 'D']);
    const series = await scraped();
    const info = series.series.find(({ name }) => name === 'negawatt_savings_info');
    expect(info?.labels).toMatchObject({ plan_sha256: edited.plan.sha256, frozen_sha256: frozen });
    expect(series.value(`negawatt_savings_flag{${M},flag="plan_edited"}`)).toBe(1);
  });

  it('goes the other ways out too: pushed over OTLP as a cumulative sum, and in the textfile', async () => {
    await past();
    configure();
    const receiver = await startReceiver();
    agent = await startAgent(flags(), {
      ...{ NEGAWATT_EXPORT_OTLP_URL: receiver.url, NEGAWATT_EXPORT_OTLP_INTERVAL: '1s' },
      ...{ NEGAWATT_EXPORT_TEXTFILE_PATH: path('own.prom'), NEGAWATT_EXPORT_TEXTFILE_INTERVAL: '1s' },
    });
    const energy = (await scraped()).value(`negawatt_savings_energy_joules_total{${M}}`);
    await eventually(async () => {
      const pushed = receiver.requests.at(-1)?.sent.metrics.get('negawatt.savings.energy');
      expect(pushed).toMatchObject({ unit: 'J', type: 'sum', isMonotonic: true });
      expect(pushed?.points[0]).toMatchObject({ attributes: { measure: 'packing' }, value: energy });
      const file = readExposition(readFileSync(path('own.prom'), 'utf8'));
      expect(file.value(`negawatt_savings_energy_joules_total{${M}}`)).toBe(energy);
    });
    await agent.stop();
    await receiver.close();
  });

  it('without a past says why there is no figure, exports none, and the agent goes on', async () => {
    configure();
    await started();
    const none = await standing();
    expect(none.avoided).toBeUndefined();
    expect(none.remarks.length + (none.problem === undefined ? 0 : 1)).toBeGreaterThan(0);
    const { series } = await scraped();
    const names = new Set(series.map(({ name }) => name));
    expect(names).toContain('negawatt_savings_info');
    expect(names).not.toContain('negawatt_savings_avoided_energy_joules');
    expect(names).not.toContain('negawatt_savings_baseline_energy_joules_total');
    expect(names).not.toContain('negawatt_savings_coefficient_joules');
    expect(await agent?.get('/-/healthy')).toMatch(/^healthy/);
  });

  it('is taken up by a reload; before, nothing of measures is there', async () => {
    writeFileSync(path('c.yaml'), 'host: {name: here}\nsampling: {interval: 1s}\n');
    await started();
    await expect(agent?.get('/api/v1/measures')).rejects.toThrow('404');
    expect((await agent?.get('/metrics')) ?? '').not.toContain('negawatt_savings');
    configure();
    agent?.process.kill('SIGHUP');
    expect(await standing()).toMatchObject({ name: 'packing', plan: { registration: 'after-start' } });
    await expect(agent?.get('/api/v1/measures/other')).rejects.toThrow(
      '404 no measure of that name was evaluated here; there are: packing',
    );
  });

  it('whose kept figures were damaged is not counted anew: the reason is told', async () => {
    await past();
    configure();
    await started();
    await standing();
    await agent?.stop();
    const file = path('state/measures/packing.standing.json');
    writeFileSync(
      file,
      readFileSync(file, 'utf8')
        .replace('negawatt_', 'negawatt-')
        .replace(/\d\.\d{5}/, '1.11111'),
    );
    await started();
    const broken = await standing();
    expect(broken.state).toBe('failed');
    expect(broken.problem?.reason).toMatch(
      /packing\.standing\.json cannot be believed: it is not what was written/,
    );
    const { series } = await scraped();
    expect(series.some(({ name }) => name === 'negawatt_savings_energy_joules_total')).toBe(false);
    expect(agent?.errors()).toContain('it could not be evaluated');
  });

  it.skipIf(debianProgram('/usr/bin/prometheus', 'prometheus') === undefined)(
    'is exported in a form with which promtool finds nothing wrong',
    async () => {
      await past();
      configure();
      await started();
      await scraped();
      const body = (await agent?.get('/metrics')) ?? '';
      const said = execFileSync('/usr/bin/promtool', ['check', 'metrics'], { input: body, encoding: 'utf8' });
      expect(said).toBe('');
    },
  );
});

describe('a measure of other hosts in the file of an agent', () => {
  it('is not evaluated there, which the log and config check say, with where it belongs', async () => {
    configure({ ...MEASURE, hosts: ['node-1', 'node-2'] });
    await started();
    await eventually(async () =>
      expect(agent?.errors()).toMatch(/measure=packing .*put it into the file of negawatt fleet/),
    );
    expect(await agent?.json('/api/v1/measures')).toEqual({ measures: [] });
    const { code, stderr } = await runCommand(['config', 'check', ...flags()]);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^warning: measure packing: this agent does not evaluate it: it is of named hosts .*; put it into the file of negawatt fleet/m,
    );
  });
});

describe('negawatt config check with files of others', () => {
  const other = (...measures: readonly object[]): string => {
    writeFileSync(
      path('fleet.yaml'),
      `fleet: {anything: here}\nmeasures:\n${measures.map((one) => `  - ${JSON.stringify(one)}\n`).join('')}`,
    );
    return path('fleet.yaml');
  };
  const checked = (...files: readonly string[]) => runCommand(['config', 'check', ...flags(), ...files]);

  it('refuses a measure that two would evaluate, with both places', async () => {
    configure();
    const { code, stderr } = await checked(other({ name: 'other' }, { name: 'packing' }));
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /fleet\.yaml:4:\d+: measure packing is in .*c\.yaml.* too; each measure has one exporter/,
    );
  });

  it('takes one that the agent leaves to the other file, and files of other names', async () => {
    configure({ ...MEASURE, hosts: ['node-1'] });
    expect((await checked(other({ name: 'packing' }))).code).toBe(0);
    configure();
    expect((await checked(other({ name: 'other' }))).code).toBe(0);
  });

  it('says which file cannot be read', async () => {
    configure();
    const { code, stderr } = await checked(path('nothing.yaml'));
    expect([code, stderr.includes('nothing.yaml cannot be read')]).toEqual([1, true]);
  });
});
