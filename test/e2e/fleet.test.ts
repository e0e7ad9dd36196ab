/** `negawatt fleet` as it is run: measures of many hosts, evaluated, kept, served. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { MeasureStandingJson } from '../../src/savings-standing.ts';
import { eventually, type RunningAgent, runCommand } from '../fixtures/agent-process.ts';
import { readExposition } from '../fixtures/exposition.ts';
import { DAYS, fleetService } from '../fixtures/fleet-service.ts';

const DAY = 86_400_000;
/** The table ends with the day that is over now, so that the counters have something to count on. */
const service = fleetService(Math.floor(Date.now() / DAY) * DAY);
const { path, table, measureOf, configure, flags, started } = service;
interface Listed {
  readonly measures: readonly MeasureStandingJson[];
  readonly evaluation: { readonly succeededAt?: string; readonly problem?: { readonly reason: string } };
}
const evaluated = service.evaluated<Listed>;
const savings = async (fleet: RunningAgent) =>
  readExposition(await fleet.get('/metrics'))
    .series.filter(({ name }) => name.startsWith('negawatt_savings_') && !/last_evaluation/.test(name))
    .map(({ key, value }) => [key, value]);

/** Statuses of requests that lie in one packet: the service has read all of them before it answers the first. */
const answersTo = (url: string, paths: readonly string[]): Promise<readonly number[]> =>
  new Promise((resolve, reject) => {
    const { hostname, port, host } = new URL(url);
    const request = (target: string, isLast: boolean): string =>
      [`POST ${target} HTTP/1.1`, `Host: ${host}`, 'Content-Length: 0']
        .concat(isLast ? ['Connection: close'] : [], '', '')
        .join('\r\n');
    let answer = '';
    connect({ host: hostname, port: Number(port) }, function (this: Socket) {
      this.write(paths.map((target, at) => request(target, at === paths.length - 1)).join(''));
    })
      .setEncoding('utf8')
      .on('data', (text: string) => {
        answer += text;
      })
      .on('end', () => resolve([...answer.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map((match) => Number(match[1]))))
      .on('error', reject);
  });

describe('negawatt fleet', () => {
  it('evaluates each measure as compare does, and serves verdicts, metrics and reports', async () => {
    const fleet = await started();
    const { measures } = await evaluated(fleet);
    expect(measures.map(({ name }) => name)).toEqual(['packing', 'nothing']);
    const [packing, nothing] = measures;
    expect(packing?.avoided?.ratio).toBeCloseTo(0.1, 2);
    expect(Math.abs(nothing?.avoided?.ratio ?? 1)).toBeLessThan(0.01);
    expect(packing?.verdict).not.toBe(nothing?.verdict);
    const csv = `--csv=${path('fleet.csv')}`;
    const { stdout } = await runCommand([
      ...['compare', '--measure', 'packing', '--format', 'json', csv, ...flags()],
    ]);
    const byHand = JSON.parse(stdout) as { outcome: { verdict: string; avoided: number } };
    expect([byHand.outcome.verdict, byHand.outcome.avoided]).toEqual([
      packing?.verdict,
      packing?.avoided?.joules,
    ]);
    const metrics = readExposition(await fleet.get('/metrics'));
    expect(metrics.value('negawatt_savings_avoided_energy_joules{measure="packing"}')).toBe(
      packing?.avoided?.joules,
    );
    expect(metrics.value('negawatt_fleet_last_evaluation_successful')).toBe(1);
    expect(metrics.sum('negawatt_savings_verdict')).toBe(2);
    const page = await fetch(`${fleet.url}/`);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await page.text()).toContain('href="/measures/packing">packing</a>');
    const report = await fetch(`${fleet.url}/measures/packing`);
    expect(report.headers.get('content-security-policy')).not.toContain('script-src');
    expect(await report.text()).toContain('<svg');
    expect(await fleet.get('/-/ready')).toBe('ready\n');
    expect(await fleet.stop()).toBe(0);
  });

  it('tells money by the tariff, and CO2e by the stated factor where the past kept none, as compare does', async () => {
    configure({
      measures: [measureOf('packing', ['node-1', 'node-2'])],
      site: { tariff: { currency: 'EUR', price: 0.25 } },
      grid: { location: { factor: 400, document: 'Ledger 7', year: 2026, gases: 'CO2e' } },
    });
    const { measures } = await evaluated(await started());
    const { avoided, avoidedGrams } = measures[0] ?? {};
    expect(avoidedGrams?.energyEffect).toBeCloseTo(((avoided?.joules ?? 0) / 3.6e6) * 400, -2);
    const kept = JSON.parse(readFileSync(path('state/measures/packing.standing.json'), 'utf8'));
    const { before, after } = JSON.parse(kept.standing).report;
    expect(before.cost).toEqual({
      currency: 'EUR',
      amount: expect.closeTo((before.energy / 3.6e6) * 0.25, 6),
    });
    const { stdout } = await runCommand(['compare', '--measure', 'packing', '--format', 'json', ...flags()]);
    const byHand = JSON.parse(stdout);
    expect([byHand.outcome.emissions.energyEffect, byHand.before.cost, byHand.after.cost]).toEqual([
      ...[avoidedGrams?.energyEffect, before.cost, after.cost],
    ]);
  });

  it('says the same after a restart although the engine has lost all but the last 15 days', async () => {
    const first = await started();
    const before = await evaluated(first);
    const metrics = await savings(first);
    await first.stop();
    writeFileSync(path('fleet.csv'), table(DAYS - 15));
    const second = await started();
    const after = await evaluated(second);
    const told = ({ measures }: Listed) => measures.map(({ evaluatedAt: _, ...standing }) => standing);
    expect(told(after)).toEqual(told(before));
    expect(await savings(second)).toEqual(metrics);
  });

  it('evaluates an edited plan from the archive, and says that it was edited', async () => {
    const first = await started();
    await evaluated(first);
    writeFileSync(path('fleet.csv'), table(DAYS - 15));
    configure({ measures: [measureOf('packing', ['node-1', 'node-2'], 7)] });
    first.process.kill('SIGHUP');
    const { measures } = await evaluated(
      first,
      (listed) => listed.measures.length === 1 && listed.measures[0]?.plan.registration === 'edited',
    );
    expect(measures[0]?.avoided?.ratio).toBeCloseTo(0.1, 2);
    expect(measures[0]?.remarks.map(({ flag }) => flag)).toContain('plan_changed');
  });

  it('goes on with the results before, and says so, where the engine answers with a login page', async () => {
    const first = await started();
    await evaluated(first);
    await first.stop();
    const login = createServer((_, response) => {
      response.setHeader('Content-Type', 'text/html');
      response.end('<html>please log in</html>');
    });
    await new Promise<void>((resolve) => login.listen(0, '127.0.0.1', resolve));
    const { port } = login.address() as AddressInfo;
    configure({ history: { prometheus: { url: `http://127.0.0.1:${port}` } } });
    try {
      const second = await started();
      const { measures, evaluation } = await evaluated(
        second,
        (listed) => listed.evaluation.problem !== undefined,
      );
      expect(evaluation.problem?.reason).toMatch(/HTML|JSON|log/i);
      expect(measures[0]?.avoided?.ratio).toBeCloseTo(0.1, 2);
      const metrics = readExposition(await second.get('/metrics'));
      expect(metrics.value('negawatt_fleet_last_evaluation_successful')).toBe(0);
      expect(metrics.value('negawatt_savings_last_evaluation_successful{measure="packing"}')).toBe(0);
      expect(await second.get('/')).toContain('The last evaluation failed');
      expect(await second.get('/-/ready')).toContain('older results');
    } finally {
      login.close();
    }
  });

  it('keeps a configuration in force that a reload cannot replace', async () => {
    const fleet = await started();
    await evaluated(fleet);
    writeFileSync(path('fleet.yaml'), 'histroy: {}\n');
    fleet.process.kill('SIGHUP');
    await eventually(async () => {
      if (!/did you mean history/.test(fleet.errors())) throw new Error(fleet.errors());
    });
    const metrics = readExposition(await fleet.get('/metrics'));
    expect(metrics.value('negawatt_config_last_reload_successful')).toBe(0);
    expect((await evaluated(fleet)).measures).toHaveLength(2);
  });

  it('takes up its file one time after the other, however many ask at once, and ends the evaluation before', async () => {
    configure({ web: { enable_lifecycle: true } });
    const fleet = await started();
    expect(await answersTo(fleet.url, ['/-/reload', '/-/reload', '/-/reload', '/-/reload'])).toEqual([
      ...[200, 200, 200, 200],
    ]);
    // All asked before the first reading began, and one reading serves them.
    expect(fleet.errors().match(/taken up anew/g)).toHaveLength(1);
    expect(await answersTo(fleet.url, ['/-/reload'])).toEqual([200]);
    expect(fleet.errors().match(/taken up anew/g)).toHaveLength(2);
    await evaluated(fleet);
    expect(await fleet.stop()).toBe(0);
    expect(fleet.errors()).not.toContain('could not be evaluated');
  });

  it.each([
    ['measures: []', /needs a history/],
    [
      'history: {csv: {path: x.csv}}\nmeasures: [{name: m, kind: other, hosts: self, work: w, start: 2026-01-01}]',
      /hosts: self/,
    ],
  ])('refuses to start with %j', async (yaml, words) => {
    writeFileSync(path('fleet.yaml'), yaml);
    const { code, stderr } = await runCommand(['fleet', ...flags(), '--web.listen-address=127.0.0.1:0']);
    expect([code, words.test(stderr)], stderr).toEqual([1, true]);
  });
});
