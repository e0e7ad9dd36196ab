import { describe, expect, it } from 'vitest';
import { statusPage } from '../../../agent/web/page.ts';
import { hostJson } from '../../../src/exporters/index.ts';
import { seconds } from '../../../src/units.ts';
import { runEngine } from '../../fixtures/run-engine.ts';
import { scriptedHost } from '../../fixtures/scripted-host.ts';

describe('processes on the page and in the JSON', () => {
  it('show CPU time since the pass before, largest first, and no energy', () => {
    const host = scriptedHost();
    host.addMeter('package-0', 'package', 100);
    const run = runEngine();
    const pass = (cpu: readonly number[]) =>
      cpu.map((one, i) => ({
        pid: i + 1,
        startTicks: 5,
        name: i === 1 ? '<b>web</b>' : `p${i}`,
        cpu: seconds(one),
      }));
    host.processes = pass([10, 20, 30]);
    expect(hostJson(run.step(host.sample())).processes, 'one pass says nothing about use').toBeUndefined();
    host.advance(60, { busy: 20 });
    host.processes = pass([11, 35, 30]);
    run.step(host.sample());
    host.advance(5, { busy: 1 });
    const snapshot = run.step(host.sample());
    const { processes } = hostJson(snapshot);
    expect(processes).toEqual({
      windowSeconds: 60,
      seenRatio: 16 / 20,
      largest: [
        { pid: 2, name: '<b>web</b>', cpuSeconds: 15 },
        { pid: 1, name: 'p0', cpuSeconds: 1 },
      ],
    });
    const page = statusPage(
      { host: hostJson(snapshot, 'booked'), measures: [], arms: [] },
      { telemetryPath: '/metrics', version: '0' },
    );
    expect(page).toContain('&lt;b&gt;web&lt;/b&gt;');
    expect(page).not.toContain('<b>web</b>');
    expect(snapshot.points.filter(({ metric }) => metric === 'negawatt_process_energy_joules_total')).toEqual(
      [],
    );
  });
});
