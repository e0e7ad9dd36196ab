/** A meter that the operator corrects, after a comparison with a better one. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Calibration } from '../../../src/energy/calibration.ts';
import type { Meter } from '../../../src/model/meter.ts';
import { ratio, seconds, watts } from '../../../src/units.ts';
import { runEngine } from '../../fixtures/run-engine.ts';
import { type ScriptedHost, scriptedHost } from '../../fixtures/scripted-host.ts';

const acpi: Partial<Meter> = {
  source: 'hwmon',
  reads: { as: 'energy' },
  quality: 'measured',
  ceiling: watts(20_000),
  interval: seconds(1),
};
const withFactors = (calibration: Calibration) => ({
  metering: { interval: seconds(5), floors: new Map(), calibration },
});

/** A package of 100 W and a meter of the whole host of 200 W, for so many ticks of 5 s. */
const twoMeters = (): ScriptedHost => {
  const host = scriptedHost();
  host.addMeter('package-0', 'package', 100);
  host.addMeter('board', 'platform', 200, acpi);
  return host;
};
const run = (
  factors: Readonly<Record<string, number>>,
  ticks = 20,
  host = twoMeters(),
  saved?: Parameters<typeof runEngine>[1],
) => {
  const calibration = new Map(Object.entries(factors).map(([id, factor]) => [id, ratio(factor)]));
  const engine = runEngine(withFactors(calibration), saved);
  engine.step(host.sample());
  for (let i = 0; i < ticks; i += 1) {
    host.advance(5, { busy: 1 });
    engine.step(host.sample());
  }
  const gauge = (metric: string, labels: Readonly<Record<string, string>>): number | undefined =>
    engine.snapshots
      .at(-1)!
      .points.find(
        (point) =>
          point.metric === metric && Object.entries(labels).every(([key, is]) => point.labels[key] === is),
      )?.value;
  return { engine, gauge, host: engine.snapshots.at(-1)!.view.metered.state.host };
};

describe('a factor for a meter', () => {
  it('is applied to a component, and what it explains of the host grows by as much', () => {
    const { engine } = run({ 'package-0': 1.2 });
    expect(engine.total('hw_energy_joules_total', { hw_id: 'package-0' })).toBeCloseTo(120 * 100, 6);
    expect(engine.total('hw_host_energy_joules_total')).toBeCloseTo(200 * 100, 6);
    expect(engine.total('negawatt_workload_energy_joules_total')).toBeCloseTo(200 * 100, 6);
  });

  it('is applied to the host total, which is derived from then on, and is shown beside it', () => {
    const { engine, gauge, host } = run({ board: 0.95 });
    expect(engine.total('hw_host_energy_joules_total')).toBeCloseTo(190 * 100, 6);
    expect(host.quality).toBe('derived');
    expect(gauge('negawatt_meter_calibration_ratio', { hw_id: 'board' })).toBe(0.95);
  });

  it('makes the two agree when it is the ratio that they showed', () => {
    const drift = { meter: 'components', against: 'platform/hwmon' };
    const before = run({}, 120).gauge('negawatt_meter_drift_ratio', drift)!;
    expect(before).toBeCloseTo(0.5, 6);
    const { gauge } = run({ 'package-0': 1 / before }, 120);
    expect(gauge('negawatt_meter_drift_ratio', drift)).toBeCloseTo(1, 6);
  });

  it('is not there unless the operator states it: nothing is corrected, and nothing is said to be', () => {
    const { gauge, engine, host } = run({}, 120);
    expect(engine.total('hw_energy_joules_total', { hw_id: 'package-0' })).toBeCloseTo(100 * 600, 6);
    expect(host.quality).toBe('measured');
    expect(gauge('negawatt_meter_calibration_ratio', {})).toBeUndefined();
  });

  it('of a name that no meter has changes nothing', () => {
    expect(run({ 'package-7': 1.5 }).engine.total('hw_energy_joules_total')).toBeCloseTo(100 * 100, 6);
  });

  it('is applied to what a meter that is only shown draws', () => {
    const host = twoMeters();
    host.addMeter('pdu', 'unknown', 50, { ...acpi, reads: { as: 'power' } });
    const { gauge } = run({ pdu: 1.1 }, 5, host);
    expect(gauge('negawatt_meter_power_watts', { hw_id: 'pdu' })).toBeCloseTo(55, 9);
  });

  it('takes floors with it: they are learnt anew after another one, and go on with the same', () => {
    const one = twoMeters();
    const first = run({ 'package-0': 1.2 }, 30, one);
    one.advance(5, { busy: 1 });
    const lowestOf = ({ engine }: ReturnType<typeof run>) =>
      engine.snapshots[0]!.view.metered.state.floors.get('package-0')?.lowest;
    const saved = first.engine.engine.persist().state;
    expect(lowestOf(run({ 'package-0': 1.2 }, 0, one, saved))).toBeCloseTo(120, 6);
    expect(lowestOf(run({}, 0, one, saved))).toBeUndefined();
  });

  it('scales every span alike, whatever it is', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 2, noNaN: true }), (factor) => {
        const { engine } = run({ 'package-0': factor }, 3);
        expect(engine.total('hw_energy_joules_total', { hw_id: 'package-0' })).toBeCloseTo(factor * 1500, 6);
      }),
      { numRuns: 20 },
    );
  });
});
