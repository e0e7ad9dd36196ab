/** Hosts that are off, silent or changed, from chunks of a history to the verdict. */
import { describe, expect, it } from 'vitest';
import type { MeasureReport } from '../../src/model/comparison.ts';
import { watts } from '../../src/units.ts';
import { dailyWork, fleet, nameOf, namesOf, replaced, withHosts } from '../fixtures/fleet.ts';
import { evaluated, planOf } from '../fixtures/measure-plan.ts';
import { type MemoryHistory, memoryHistory } from '../fixtures/memory-history.ts';

const HOUR = 3600;
const START = 56 * 24;
const HOSTS = namesOf(10);
const flagsOf = ({ outcome }: MeasureReport) => outcome.flags.map(({ flag }) => flag);
const refusalsOf = ({ outcome }: MeasureReport) => outcome.refusals.map(({ flag }) => flag);
const evaluate = (history: MemoryHistory, change = {}) =>
  evaluated({ plan: planOf({ hosts: HOSTS, ...change }), engine: memoryHistory(history) });

/** Ten hosts at 20 points of utilisation, 120 W and 2 W a point; then seven at 28.6 and three off. */
const packed = (offEnergy: number): MemoryHistory => {
  const points = dailyWork('points');
  const total = (at: number): number => HOSTS.reduce((sum, _, host) => sum + points(at, host), 0);
  const mean = Array.from({ length: 84 * 24 }, (_, at) => total(at)).reduce((a, b) => a + b, 0) / (84 * 24);
  const history = fleet({
    perUnit: 2 * HOUR,
    noise: 0.005,
    work: (at, host) =>
      ((200 / mean) * total(at)) / (at < START ? 10 : host < 7 ? 7 : Number.POSITIVE_INFINITY),
  });
  return withHosts(history, (host, index) => {
    if (index < 7) return host;
    return {
      ...host,
      energy: replaced(host.energy, (at, value) => (at < START ? value : offEnergy)),
      poweredOn: replaced(host.energy, (at) => (at < START ? HOUR : 0)),
      work: [replaced(host.work?.[0] ?? [], (at, value) => (at < START ? value : Number.NaN))],
    };
  });
};

describe('ten hosts packed on seven', () => {
  it('save 22.5 %, whatever a model of the hosts that are up would say', async () => {
    const report = await evaluate(packed(0));
    expect(report.outcome.fraction).toBeCloseTo(0.225, 2);
    expect(report.outcome.verdict).toBe('indicative');
    expect(flagsOf(report)).toContain('hosts_off');
    expect(flagsOf(report)).not.toContain('residual_stipulated');
    expect((report.after.poweredTime ?? 0) / report.after.hostTime).toBeCloseTo(0.7, 10);
    expect(report.after.knownTime).toBe(report.after.hostTime);
  });

  it('save 18.8 % where each host that is off is stipulated at 20 W, which is said', async () => {
    const report = await evaluate(packed(Number.NaN));
    expect(report.outcome.fraction).toBeCloseTo(0.1875, 2);
    expect(report.outcome.flags.find(({ flag }) => flag === 'residual_stipulated')?.text).toContain(
      '20 W each',
    );
  });

  it('save the same where work is counted for the scope alone', async () => {
    const history = packed(Number.NaN);
    const work = Array.from({ length: 84 * 24 }, (_, at) =>
      history.hosts.reduce(
        (sum, { work: own }) => sum + (Number.isFinite(own?.[0]?.[at]) ? (own?.[0]?.[at] ?? 0) : 0),
        0,
      ),
    );
    const report = await evaluate({
      ...history,
      work: [work],
      hosts: history.hosts.map(({ work: _, ...host }) => host),
    });
    expect(report.outcome.fraction).toBeCloseTo(0.1875, 2);
  });

  it('save nothing that can be told where the plan says that hosts that are off are metered, and they are not', async () => {
    const report = await evaluate(packed(Number.NaN), { residual: { measured: true } });
    expect(report.outcome.verdict).toBe('refused');
    expect(refusalsOf(report)).toContain('scope_churn');
  });
});

describe('a silent host is never a saving', () => {
  const silentFrom = (history: MemoryHistory, silent: (host: number) => boolean): MemoryHistory =>
    withHosts(history, (host, index) =>
      silent(index)
        ? { ...host, energy: replaced(host.energy, (at, value) => (at < START + 100 ? value : Number.NaN)) }
        : host,
    );

  it('not even if it drew five times what the others do: it is left out of both sides and named', async () => {
    const hungry = fleet({ idle: (host) => (host === 4 ? 600 : 120) });
    const report = await evaluate(silentFrom(hungry, (host) => host === 4));
    expect(Math.abs(report.outcome.fraction ?? 1)).toBeLessThan(0.01);
    expect(report.outcome.verdict).toBe('not_verified');
    const told = report.outcome.flags.find(({ flag }) => flag === 'hosts_left_out');
    expect(told?.text).toContain(nameOf(4));
    expect(report.before.hosts).toBe(9);
  });

  it('three silent hosts of ten leave nothing to compare', async () => {
    const report = await evaluate(silentFrom(fleet(), (host) => host < 3));
    expect(report.outcome.verdict).toBe('refused');
    expect(report.outcome.avoided).toBeUndefined();
    expect(refusalsOf(report)).toContain('scope_churn');
  });

  it('a hungry host that is silent for less than a tenth of the time after the start alone makes no verdict either', async () => {
    const hungry = fleet({ idle: (host) => (host === 4 ? 4000 : 120), noise: 0.001 });
    const report = await evaluate(
      withHosts(hungry, (host, index) =>
        index === 4
          ? {
              ...host,
              energy: replaced(host.energy, (at, value) =>
                at >= START && at % 11 === 0 ? Number.NaN : value,
              ),
            }
          : host,
      ),
    );
    expect(['not_verified', 'refused']).toContain(report.outcome.verdict);
  });

  it('an unplanned loss of data is missing and counted, a planned power-off is named', async () => {
    const history = withHosts(fleet(), (host, index) =>
      index === 0
        ? { ...host, energy: replaced(host.energy, (at, value) => (at % 200 === 7 ? Number.NaN : value)) }
        : host,
    );
    const lost = await evaluate(history);
    expect(flagsOf(lost)).toContain('hosts_unknown');
    expect(flagsOf(lost)).not.toContain('hosts_off');
    expect(lost.before.knownTime).toBeLessThan(lost.before.hostTime);
    expect(flagsOf(await evaluate(packed(0)))).not.toContain('hosts_unknown');
  });

  it('idle hosts that go missing are found: what is left is not like the whole', async () => {
    const history = withHosts(fleet({ noise: 0.01 }), (host) => ({
      ...host,
      // Silent an hour after each of its idlest hours.
      energy: replaced(host.energy, (at, value) =>
        at > 0 && (host.work?.[0]?.[at - 1] ?? 0) < 9.5 ? Number.NaN : value,
      ),
    }));
    const report = await evaluate(history);
    expect(report.outcome.verdict).toBe('refused');
    expect(refusalsOf(report)).toContain('missing_not_at_random');
  });
});

describe('hosts that are another thing after the start', () => {
  const changed = (count: number, what: 'inventory' | 'meter', day = 60): MemoryHistory =>
    withHosts(fleet(), (host, index) =>
      index >= count
        ? host
        : what === 'inventory'
          ? { ...host, inventory: (at) => (at < planOf().baseline.from + day * 86_400 ? 'bios-1' : 'bios-2') }
          : { ...host, meter: (at) => (at < planOf().start ? 'rapl' : 'redfish') },
    );

  it('a meter or method that was upgraded between the windows refuses the comparison', async () => {
    const report = await evaluate(changed(10, 'meter'));
    expect(report.outcome.verdict).toBe('refused');
    expect(refusalsOf(report)).toContain('meter_changed');
    expect(report.before.meters).toEqual(['rapl']);
    expect(report.after.meters).toEqual(['redfish']);
  });

  it('a single one of ten is left out of both sides', async () => {
    const report = await evaluate(changed(1, 'meter'));
    expect(report.outcome.verdict).toBe('not_verified');
    expect(flagsOf(report)).toContain('hosts_left_out');
  });

  it('a meter that changes within one window lowers the grade to D at most', async () => {
    const history = withHosts(fleet(), (host) => ({
      ...host,
      meter: (at) => (Math.floor((at - planOf().start) / 86_400) % 2 === 0 ? 'rapl' : 'redfish'),
    }));
    const report = await evaluate(history);
    expect(report.outcome.gradeReasons.map(({ flag }) => flag)).toContain('meter_varied');
    expect(report.outcome.grade).toBe('D');
  });

  it('firmware that changed on many hosts refuses, unless an event with evidence names it or the measure is a refresh', async () => {
    expect(refusalsOf(await evaluate(changed(3, 'inventory')))).toContain('inventory_changed');
    const event = {
      at: planOf().baseline.from + 60 * 86_400,
      what: 'BIOS update',
      hosts: HOSTS.slice(0, 3),
      deltaWatts: watts(0),
      uncertaintyWatts: watts(5),
      evidence: 'CHG-17',
    };
    const named = await evaluate(changed(3, 'inventory'), { nonRoutine: [event] });
    expect(named.outcome.verdict).toBe('not_verified');
    expect(flagsOf(named)).toContain('inventory_accepted');
    const refresh = await evaluate(changed(3, 'inventory'), { kind: 'hw-refresh' });
    expect(refresh.outcome.verdict).toBe('not_verified');
  });
});
