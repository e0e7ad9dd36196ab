/** Embodied emissions and scores as an operator meets them: through the engine, the JSON, `once` and a restart. */
import { expect, it } from 'vitest';
import { onceText } from '../../agent/once-text.ts';
import { pueOf } from '../../src/carbon/emissions.ts';
import type { CarbonInForce } from '../../src/carbon/in-force.ts';
import { createPrometheusExporter, hostJson, hostUse, onceReport } from '../../src/exporters/index.ts';
import type { Factor } from '../../src/model/factor.ts';
import type { WorkReading } from '../../src/model/work.ts';
import type { EnginePolicy } from '../../src/pipeline.ts';
import type { Snapshot } from '../../src/snapshot.ts';
import { seconds } from '../../src/units.ts';
import { policyFor } from '../fixtures/embodied.ts';
import { NO_CARBON, type Run, runEngine } from '../fixtures/run-engine.ts';
import { type ScriptedHost, scriptedHost } from '../fixtures/scripted-host.ts';
import { row } from './carbon/rows.ts';

const NGINX = 'system.slice/nginx.service';
const CRON = 'system.slice/cron.service';
const factor = (method: Factor['method'], value: number, year = 2023): Factor => ({
  id: `DE/${method}/${year}`,
  method,
  row: row({ basis: method === 'location' ? 'direct' : 'contract', value, year }),
  status: 'official',
  provider: 'table',
});
const PUE = pueOf(1.25);
const CARBON: CarbonInForce = {
  ...NO_CARBON,
  zone: 'DE',
  location: factor('location', 400),
  market: factor('market', 0),
  pue: PUE.found ? PUE.value : undefined,
};

/** A host of 1,300 kg over 5 years, 200 W; nginx may use 3 of 4 processors and uses 1, cron has no limit. */
const RATE = (1300 * 1000) / (5 * 365 * 86_400);
const host = (): ScriptedHost => {
  const scripted = scriptedHost();
  scripted.addMeter('package-0', 'package', 200);
  scripted.addGroup('2', '/system.slice');
  scripted.addGroup('3', '/system.slice/nginx.service', '2', true);
  scripted.addGroup('4', '/system.slice/cron.service', '2', true);
  return scripted;
};
const started = async (more: Partial<EnginePolicy> = {}, saved?: Parameters<typeof runEngine>[1]) =>
  runEngine({ embodied: await policyFor({}, { host: { kg: 1300, source: 'sheet' } }), ...more }, saved);

const total = (value: number, workload: WorkReading['workload'], unit = 'requests'): WorkReading => ({
  workload,
  unit,
  counter: `${unit} ${JSON.stringify(workload)}`,
  total: value,
});
const step = (
  run: Run,
  scripted: ScriptedHost,
  work: readonly WorkReading[] = [],
  carbon = CARBON,
  duration = 5,
): Snapshot => {
  scripted.advance(duration, { busy: 0.4 * duration, groups: { 3: 0.2 * duration, 4: 0.1 * duration } });
  const sample = scripted.sample();
  const processors = sample.groups?.tree.paths.map((path) => (path.endsWith('nginx.service') ? 3 : 0)) ?? [];
  const { groups } = sample;
  const limited = groups === undefined ? sample : { ...sample, groups: { ...groups, processors } };
  return run.step(work.length === 0 ? limited : { ...limited, work }, carbon);
};
const rowOf = (snapshot: Snapshot, id: string) =>
  hostJson(snapshot).workloads.find(({ workload }) => workload === id);

it('accrues with time in a series of its own, and in none of Scope 2', async () => {
  const [withIt, without] = [await started(), runEngine()];
  const scripted = [host(), host()] as const;
  for (let i = 0; i < 13; i++) {
    step(withIt, scripted[0]);
    step(without, scripted[1]);
  }
  expect(withIt.total('negawatt_embodied_emissions_grams_total')).toBeCloseTo(RATE * 60, 9);
  for (const metric of [
    'negawatt_emissions_location_grams_total',
    'negawatt_emissions_market_grams_total',
    'negawatt_workload_emissions_grams_total',
  ] as const)
    expect(withIt.total(metric), metric).toBe(without.total(metric));
  const json = hostJson(withIt.snapshots.at(-1) as Snapshot);
  expect(json.embodied).toMatchObject({
    lifetimeYears: 5,
    inService: true,
    byPart: [{ part: 'host' }],
    items: [{ part: 'host', count: 1, kgEach: 1300, method: 'own', quality: 'stated', source: 'sheet' }],
  });
  expect(json.embodied?.grams).toBeCloseTo(RATE * 60, 9);
  expect(hostJson(without.snapshots.at(-1) as Snapshot).embodied).toBeUndefined();
});

it('rows have the part of the hardware that is kept for them; with the rest that is all of it', async () => {
  const run = await started();
  const scripted = host();
  for (let i = 0; i < 3; i++) step(run, scripted);
  const json = hostJson(run.snapshots.at(-1) as Snapshot);
  const nginx = json.workloads.find(({ workload }) => workload === NGINX);
  expect(nginx?.embodied?.hostShare).toBe(0.75);
  expect(nginx?.embodied?.gramsPerHour).toBeCloseTo(0.75 * RATE * 3600, 9);
  expect(json.embodied?.unallocated).toEqual({ hostShare: 0.25 });
  const shares = json.workloads.map(({ embodied }): number => embodied?.hostShare ?? 0);
  expect(shares.reduce((sum, share) => sum + share, 0) + (json.embodied?.unallocated.hostShare ?? 0)).toBe(1);
});

it('scores work of the host and of a workload by location-based grams and its part of the hardware', async () => {
  const run = await started();
  const scripted = host();
  const work = (n: number) => [total(n, 'host', 'jobs'), total(n, { name: 'nginx.service' })];
  for (let i = 0; i < 5; i++) step(run, scripted);
  step(run, scripted, work(0));
  const before = {
    host: run.total('negawatt_emissions_location_grams_total'),
    nginx: run.total('negawatt_workload_emissions_grams_total', { workload: NGINX }),
  };
  for (let i = 1; i <= 12; i++) step(run, scripted, work(i * 10));
  const last = run.snapshots.at(-1) as Snapshot;
  const json = hostJson(last);
  const operational = run.total('negawatt_emissions_location_grams_total') - before.host;
  // 200 W x 60 s x 400 g/kWh x 1.25
  expect(operational).toBeCloseTo(((200 * 60) / 3.6e6) * 400 * 1.25, 9);
  const [score] = json.host.sci ?? [];
  expect(score).toMatchObject({
    available: true,
    unit: 'jobs',
    workDone: 120,
    lifetimeYears: 5,
    intensity: { kind: 'location-based average', gases: 'CO2e', factor: 'DE/location/2023' },
    boundary: expect.stringContaining('site overhead by a PUE of 1.25; hardware: host unstated, all of it'),
  });
  if (score?.available !== true) throw new Error('no score');
  expect(score.operationalGrams).toBeCloseTo(operational, 9);
  expect(score.embodiedGrams).toBeCloseTo(RATE * 60, 9);
  expect(score.gramsPerUnit).toBeCloseTo((operational + RATE * 60) / 120, 12);
  expect(score.energyKwh).toBeCloseTo((200 * 60) / 3.6e6, 12);
  expect(score.intensity.gramsPerKwh).toBeCloseTo(500, 6);

  const [own] = rowOf(last, NGINX)?.sci ?? [];
  if (own?.available !== true) throw new Error('no score of nginx');
  const grams = run.total('negawatt_workload_emissions_grams_total', { workload: NGINX }) - before.nginx;
  expect(grams).toBeGreaterThan(0);
  expect(own.operationalGrams).toBeCloseTo(grams, 12);
  expect(own.embodiedGrams).toBeCloseTo(0.75 * RATE * 60, 9);
  expect(own.gramsPerUnit).toBeCloseTo((grams + 0.75 * RATE * 60) / 120, 12);

  // What `negawatt top` shows rows from has it too.
  const used = hostUse(undefined, json).rows.find(({ workload }) => workload === NGINX);
  expect(used?.sci).toEqual([own]);

  const report = onceReport(last);
  expect(report.embodiedGrams).toBeCloseTo(RATE * 5, 9);
  expect(report.sci).toMatchObject([{ available: true, unit: 'jobs', workDone: 10 }]);
  const text = onceText(report, last, undefined);
  expect(text).toMatch(/^ {2}embodied 0\.04122 g CO2e \(hardware over 5 y; own, stated\)$/m);
  expect(text).toMatch(/^ {2}SCI {6}0\.0\d+ g per jobs \(host; location-based average, 5 y, this host/m);
  expect(text).toMatch(/^ {2}SCI {6}0\.0\d+ g per requests \(nginx\.service; /m);
});

it('a contract for green power changes no score', async () => {
  const score = async (market: number): Promise<unknown> => {
    const run = await started();
    const scripted = host();
    const carbon = { ...CARBON, market: factor('market', market) };
    for (let i = 0; i < 4; i++) step(run, scripted, [total(i, 'host', 'jobs')], carbon);
    return hostJson(run.snapshots.at(-1) as Snapshot).host.sci;
  };
  expect(await score(0)).toMatchObject([{ available: true }]);
  expect(await score(0)).toEqual(await score(700));
});

it.each([
  ['a factor', NO_CARBON, {}, 'host', 'no location-based factor is in force'],
  ['work', CARBON, {}, '', 'no work of the whole host is counted'],
  ['a reservation', CARBON, {}, CRON, 'no processors are reserved for this workload'],
])('without %s there is no score, and it is said why', async (_, carbon, more, workload, reason) => {
  const run = await started(more);
  const scripted = host();
  for (let i = 0; i < 4; i++)
    step(run, scripted, workload === '' ? [] : [total(i * 10, workload, 'jobs')], carbon);
  const last = run.snapshots.at(-1) as Snapshot;
  const sci = workload === CRON ? rowOf(last, CRON)?.sci : hostJson(last).host.sci;
  expect(sci).toMatchObject([{ available: false, reason: expect.stringContaining(reason) }]);
  if (workload !== '')
    expect(onceText(onceReport(last), last, undefined)).toContain(`SCI      none per jobs`);
});

it('without a figure of the host, as in a guest, there is no score', async () => {
  const run = await started({ embodied: await policyFor({ hypervisor: 'kvm' }) });
  const scripted = host();
  for (let i = 0; i < 4; i++) step(run, scripted, [total(i * 10, 'host', 'jobs')]);
  const json = hostJson(run.snapshots.at(-1) as Snapshot);
  expect(json.host.sci).toMatchObject(
    [{ available: false, reason: /guest/, fix: /embodied\.host/ }].map((one) => ({
      available: one.available,
      reason: expect.stringMatching(one.reason),
      fix: expect.stringMatching(one.fix),
    })),
  );
  expect(json.embodied).toMatchObject({
    grams: 0,
    items: [],
    missing: { fix: expect.stringContaining('embodied.host') },
  });
  expect(run.total('negawatt_embodied_emissions_grams_total')).toBe(0);
});

it('two factors are never mixed in one score: with the next vintage the sums begin anew', async () => {
  const run = await started();
  const scripted = host();
  const next = { ...CARBON, location: factor('location', 300, 2024) };
  for (let i = 0; i < 4; i++) step(run, scripted, [total(i * 10, 'host', 'jobs')]);
  for (let i = 4; i < 6; i++) step(run, scripted, [total(i * 10, 'host', 'jobs')], next);
  const [score] = hostJson(run.snapshots.at(-1) as Snapshot).host.sci ?? [];
  if (score?.available !== true) throw new Error('no score');
  expect(score.workDone).toBe(20);
  expect(score.intensity.gramsPerKwh).toBeCloseTo(300 * 1.25, 6);
});

const saved = (run: Run) => {
  const { state } = run.engine.persist();
  return { ...state, engine: JSON.parse(JSON.stringify(state.engine)) };
};

it.each([
  // What a package used in 200 s is recovered from its counter, what it used in 600 s is not: that time is in no score.
  [200, 40, 215],
  [600, 30, 15],
])(
  'goes on over a restart after %d s: the host existed while the agent was down',
  async (down, done, time) => {
    const run = await started();
    const scripted = host();
    for (let i = 0; i < 4; i++) step(run, scripted, [total(i * 10, 'host', 'jobs')]);
    const before = run.total('negawatt_embodied_emissions_grams_total');
    const again = await started({}, saved(run));
    expect(again.engine.warnings).toEqual([]);
    const last = step(again, scripted, [total(40, 'host', 'jobs')], CARBON, down);
    expect(again.total('negawatt_embodied_emissions_grams_total')).toBeCloseTo(before + RATE * down, 9);
    const [score] = hostJson(last).host.sci ?? [];
    expect(score).toMatchObject({ available: true, workDone: done });
    if (score?.available === true) expect(score.embodiedGrams).toBeCloseTo(RATE * time, 9);
  },
);

it('counts the hours that the host was off, which no work is charged with', async () => {
  const run = await started();
  const scripted = host();
  for (let i = 0; i < 4; i++) step(run, scripted, [total(i * 10, 'host', 'jobs')]);
  const again = await started({}, saved(run));
  scripted.bootId = 'boot-2';
  scripted.wall += 7200 * 1000;
  scripted.now = 30;
  for (let i = 4; i < 6; i++) step(again, scripted, [total(i * 10, 'host', 'jobs')]);
  expect(again.total('negawatt_embodied_emissions_grams_total')).toBeCloseTo(RATE * (15 + 7205 + 5), 9);
  const [score] = hostJson(again.snapshots.at(-1) as Snapshot).host.sci ?? [];
  if (score?.available !== true) throw new Error('no score');
  expect(score.embodiedGrams).toBeCloseTo(RATE * 20, 9);
});

it('counts the hours that the host slept, which no work is charged with', async () => {
  const run = await started();
  const scripted = host();
  for (let i = 0; i < 4; i++) step(run, scripted, [total(i * 10, 'host', 'jobs')]);
  scripted.advance(5, { busy: 2 });
  const sample = scripted.sample();
  const slept = seconds(sample.uptime + 7200);
  const last = run.step({ ...sample, uptime: slept, work: [total(40, 'host', 'jobs')] }, CARBON);
  expect(run.total('negawatt_embodied_emissions_grams_total')).toBeCloseTo(RATE * (20 + 7200), 9);
  const [score] = hostJson(last).host.sci ?? [];
  if (score?.available !== true) throw new Error('no score');
  expect(score.workDone).toBe(40);
  expect(score.embodiedGrams).toBeCloseTo(RATE * 20, 9);
});

it('grams and scores of an example zone are not kept, those of the hardware are', async () => {
  const run = await started();
  const scripted = host();
  for (let i = 0; i < 4; i++)
    step(run, scripted, [total(i * 10, 'host', 'jobs')], { ...CARBON, example: true });
  const { counters, engine } = saved(run);
  expect([...counters.keys()].filter((key) => /grams/.test(key))).toEqual([
    '["negawatt_embodied_emissions_grams_total",[["part","host"]]]',
  ]);
  expect(engine).not.toHaveProperty('sci');
});

it('the series say which figure they are from', async () => {
  const run = await started();
  const scripted = host();
  for (let i = 0; i < 12; i++) step(run, scripted);
  const last = run.snapshots.at(-1) as Snapshot;
  const text = await createPrometheusExporter(() => last).render();
  expect(text).toContain(
    'negawatt_embodied_info{part="host",item="this host",kg_co2e="1300",method="own",quality="stated",boundary="unstated",lifetime_years="5",source="sheet"} 1\n',
  );
  const shown = /^negawatt_embodied_emissions_grams_total\{part="host"\} (\S+)$/m.exec(text)?.[1];
  expect(Number(shown)).toBeCloseTo(RATE * 55, 9);
});
