import { expect, it } from 'vitest';
import { onceText } from '../../../agent/once-text.ts';
import { createEngine } from '../../../src/engine.ts';
import { createPrometheusExporter, hostJson, onceReport } from '../../../src/exporters/index.ts';
import type { Sample } from '../../../src/model/sample.ts';
import type { WorkReading } from '../../../src/model/work.ts';
import { seconds } from '../../../src/units.ts';
import { NO_CARBON, type Run, runEngine } from '../../fixtures/run-engine.ts';
import { type ScriptedHost, scriptedHost } from '../../fixtures/scripted-host.ts';

const NGINX = 'system.slice/nginx.service';
const total = (value: number, workload: WorkReading['workload'], unit = 'requests'): WorkReading => ({
  workload,
  unit,
  counter: `${unit} ${JSON.stringify(workload)}`,
  total: value,
});

/** 200 W at the wall; nginx uses 2 of 4 processors. */
const host = (): ScriptedHost => {
  const scripted = scriptedHost();
  scripted.addMeter('package-0', 'package', 200);
  scripted.addGroup('2', '/system.slice');
  scripted.addGroup('3', '/system.slice/nginx.service', '2', true);
  return scripted;
};
const step = (run: Run, scripted: ScriptedHost, work?: readonly WorkReading[]) => {
  scripted.advance(5, { busy: 2, groups: { 3: 2 } });
  const sample: Sample = scripted.sample();
  return run.step(work === undefined ? sample : { ...sample, work });
};

it('energy per unit of work is that of the same time, for the host and for a workload, by life and by interval', () => {
  const scripted = host();
  const run = runEngine();
  // An hour of energy before anybody counted work is not put beside it.
  for (let i = 0; i < 10; i++) step(run, scripted);
  step(run, scripted, [total(7000, 'host', 'jobs'), total(100, { name: 'nginx.service' })]);
  step(run, scripted, [total(7500, 'host', 'jobs'), total(300, { name: 'nginx.service' })]);
  const last = step(run, scripted, [total(7600, 'host', 'jobs'), total(400, { name: 'nginx.service' })]);
  const json = hostJson(last);
  expect(json.host.energyPerWork).toMatchObject([{ unit: 'jobs', workDone: 600 }]);
  expect(json.host.energyPerWork?.[0]?.joulesPerUnit).toBeCloseTo(2000 / 600);
  const row = json.workloads.find(({ workload }) => workload === NGINX);
  const used = last.view.attributed.shares.find(({ workload }) => workload.id === NGINX)?.energy ?? 0;
  expect(used).toBeGreaterThan(0);
  expect(row?.energyPerWork).toMatchObject([{ unit: 'requests', workDone: 300 }]);
  expect(row?.energyPerWork?.[0]?.joulesPerUnit).toBeGreaterThan(0);
  expect(json.workloads.filter(({ energyPerWork }) => energyPerWork !== undefined).length).toBe(1);

  const report = onceReport(last);
  expect(report.work).toEqual([
    { workload: 'host', unit: 'jobs', done: 100 },
    { workload: NGINX, unit: 'requests', done: 100 },
  ]);
  expect(report.energyPerWork).toEqual([{ unit: 'jobs', joulesPerUnit: 10, workDone: 100 }]);
  const inInterval = report.workloads.find(({ workload }) => workload === NGINX)?.energyPerWork?.[0];
  expect(inInterval?.joulesPerUnit).toBeCloseTo(used / 100);
  const text = onceText(report, last, undefined);
  expect(text).toContain('work     100 jobs (host), 10.0 J each');
  expect(text).toMatch(/work {5}100 requests \(nginx\.service\), \d\S* J each/);
});

it('is absent where no work was done, or nothing counts it', () => {
  const scripted = host();
  const run = runEngine();
  for (let i = 0; i < 3; i++) step(run, scripted);
  expect(JSON.stringify(hostJson(step(run, scripted)))).not.toContain('energyPerWork');
  step(run, scripted, [total(5, 'host', 'jobs')]);
  const idle = step(run, scripted, [total(5, 'host', 'jobs')]);
  expect(JSON.stringify([hostJson(idle), onceReport(idle)])).not.toContain('energyPerWork');
  expect(onceText(onceReport(idle), idle, undefined)).toContain('work     0 jobs (host)\n');
});

it('is absent for a workload that has no energy of its own here, whose work is counted all the same', () => {
  const scripted = host();
  const run = runEngine();
  step(run, scripted, [total(0, 'elsewhere')]);
  const last = step(run, scripted, [total(9, 'elsewhere')]);
  expect(JSON.stringify([hostJson(last), onceReport(last)])).not.toContain('energyPerWork');
  expect(run.total('negawatt_work_total', { workload: 'elsewhere', unit: 'requests' })).toBe(9);
});

it('work is exported from 0 on, and goes on after a restart, also without an orderly end', async () => {
  const scripted = host();
  const run = runEngine();
  const first = step(run, scripted, [total(1000, 'host')]);
  expect(await createPrometheusExporter(() => first).render()).toContain(
    'negawatt_work_total{workload="host",unit="requests"} 0\n',
  );
  step(run, scripted, [total(1030, 'host')]);
  const saved = run.engine.persist(false).state;
  const restored = { ...saved, engine: JSON.parse(JSON.stringify(saved.engine)) };
  const again = runEngine({}, restored);
  expect(again.engine.warnings).toEqual([]);
  // What was done while the agent was down counts, as its energy does.
  const after = step(again, scripted, [total(1050, 'host')]);
  expect(again.total('negawatt_work_total')).toBe(50);
  expect(await createPrometheusExporter(() => after).render()).toContain(
    'negawatt_work_total{workload="host",unit="requests"} 50\n',
  );
});

it('a state that an earlier version saved, without work, is taken up', () => {
  const scripted = host();
  const run = runEngine();
  step(run, scripted);
  const saved = run.engine.persist().state;
  const { work: _, ...engine } = saved.engine as Record<string, unknown>;
  const engineAgain = createEngine(
    () => ({
      inventory: { hostName: 'x' },
      staticLabels: {},
      version: '',
      nodeVersion: '',
      configSha256: '',
      startedAt: 0,
    }),
    () => ({
      metering: { interval: seconds(5), floors: new Map() },
      attribution: { staticShare: 'none', top: 10, retention: seconds(900) },
      processMetrics: false,
    }),
    { ...saved, engine },
  );
  expect(engineAgain.warnings).toEqual([]);
  scripted.advance(5);
  engineAgain.step({ ...scripted.sample(), work: [total(1, 'host')] }, () => NO_CARBON);
});

it('the 101st series of work is not exported, a series that ends makes room', () => {
  const scripted = host();
  const run = runEngine();
  const many = Array.from({ length: 101 }, (_, i) => total(0, `w${i}`));
  const full = step(run, scripted, many);
  expect(full.view.work.refused).toEqual([{ workload: 'w100', unit: 'requests' }]);
  const series = (): number =>
    [...(run.snapshots.at(-1)?.ledger.values() ?? [])].filter(
      ({ metric }) => metric === 'negawatt_work_total',
    ).length;
  expect(series()).toBe(100);
  for (let i = 0; i < 182; i++) step(run, scripted, many.slice(1, 100));
  step(run, scripted, many.slice(1));
  expect(series()).toBe(100);
  const labels = [...(run.snapshots.at(-1)?.ledger.values() ?? [])].map((account) => account.labels.workload);
  expect(labels).toContain('w100');
  expect(labels).not.toContain('w0');
});
