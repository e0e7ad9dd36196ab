/** Several meters that each see the whole host: one of them is counted. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { place, rivalsOf } from '../../../src/energy/containment.ts';
import type { Meter } from '../../../src/model/meter.ts';
import { seconds, watts } from '../../../src/units.ts';
import { runEngine } from '../../fixtures/run-engine.ts';
import { type ScriptedHost, scriptedHost } from '../../fixtures/scripted-host.ts';

type More = Partial<Meter>;
const power: More = { reads: { as: 'power' }, quality: 'derived', ceiling: watts(20_000) };
const acpi: More = { ...power, source: 'hwmon', interval: seconds(1) };
const dcmi: More = { ...power, source: 'ipmi', interval: seconds(10) };
const bmc: More = { ...power, source: 'redfish', interval: seconds(15) };
const counter: More = { source: 'redfish', reads: { as: 'energy' }, ceiling: watts(20_000) };

const run = (build: (host: ScriptedHost) => void, ticks = 20) => {
  const host = scriptedHost();
  build(host);
  const engine = runEngine();
  engine.step(host.sample());
  for (let i = 0; i < ticks; i += 1) {
    host.advance(5, { busy: 5 });
    engine.step(host.sample());
  }
  return { host, engine, source: () => engine.snapshots.at(-1)!.view.metered.state.host };
};

describe('a host with DCMI, an ACPI meter and a BMC over Redfish', () => {
  it('counts one of them, the BMC by its own interface', () => {
    const { engine, source } = run((host) => {
      host.addMeter('dcmi', 'platform', 410, dcmi);
      host.addMeter('acpi', 'platform', 400, acpi);
      host.addMeter('bmc', 'platform', 420, bmc);
    });
    expect(engine.total('hw_host_energy_joules_total')).toBeCloseTo(420 * 100, 6);
    expect(source()).toMatchObject({ source: 'platform', reader: 'redfish' });
  });

  it('prefers a counter, however seldom it is refreshed', () => {
    const { engine, source } = run((host) => {
      host.addMeter('acpi', 'platform', 400, acpi);
      host.addMeter('bmc', 'platform', 420, { ...counter, interval: seconds(60) });
    });
    expect(engine.total('hw_host_energy_joules_total')).toBeCloseTo(420 * 100, 6);
    expect(source()).toMatchObject({ source: 'platform', reader: 'redfish' });
  });

  it('adds up the supplies of one source, and only those', () => {
    const { engine } = run((host) => {
      host.addMeter('psu-1', 'platform_in', 268, bmc);
      host.addMeter('psu-2', 'platform_in', 25, bmc);
      host.addMeter('chip', 'platform_in', 300, acpi);
    });
    expect(engine.total('hw_host_energy_joules_total')).toBeCloseTo(293 * 100, 6);
  });

  it('goes on with the next meter of the same kind when the first falls silent, without hole or overlap', () => {
    const host = scriptedHost();
    host.addMeter('acpi', 'platform', 400, acpi);
    host.addMeter('dcmi', 'platform', 400, dcmi);
    host.addMeter('package-0', 'package', 100);
    const engine = runEngine();
    for (let i = 0; i <= 60; i += 1) {
      const sample = host.sample();
      engine.step({
        ...sample,
        readings: sample.readings.filter(({ meter }) => i < 20 || meter !== 'dcmi'),
      });
      host.advance(5, { busy: 5 });
    }
    const { host: state } = engine.snapshots.at(-1)!.view.metered.state;
    expect(state).toMatchObject({ source: 'platform', reader: 'hwmon' });
    expect(engine.total('hw_host_energy_joules_total')).toBeCloseTo(400 * 300, 6);
    expect(engine.total('negawatt_host_source_changes_total')).toBe(1);
    expect(engine.total('negawatt_host_unmetered_seconds_total')).toBe(0);
  });

  it('takes the counter of a meter in place of its power, which is no change of source', () => {
    const { engine, host, source } = run((one) => one.addMeter('redfish-platform', 'platform', 300, bmc), 6);
    host.addMeter('redfish-energy', 'platform', 300, { ...counter, repeats: 'redfish-platform' });
    for (let i = 0; i < 20; i += 1) {
      engine.step(host.sample());
      host.advance(5, { busy: 5 });
    }
    expect(source()).toMatchObject({ candidate: 'platform/redfish/counter' });
    expect(engine.total('hw_host_energy_joules_total')).toBeCloseTo(300 * (30 + 19 * 5), 6);
    expect(engine.total('negawatt_host_source_changes_total')).toBe(0);
  });

  it('goes on over an update of the agent whose saved state names the kind alone', () => {
    const { engine, host } = run((one) => one.addMeter('acpi', 'platform', 400, acpi), 6);
    const { state } = engine.engine.persist();
    const saved = JSON.parse(JSON.stringify(state.engine));
    delete saved.metering.host.candidate;
    delete saved.metering.host.reader;
    const next = runEngine({}, { ...state, engine: saved });
    host.advance(5, { busy: 5 });
    next.step(host.sample());
    expect(next.total('hw_host_energy_joules_total')).toBeCloseTo(400 * 35, 6);
    expect(next.total('negawatt_host_source_changes_total')).toBe(0);
  });
});

const meters = fc.uniqueArray(
  fc.record({
    id: fc.stringMatching(/^[a-z]{1,6}$/),
    source: fc.constantFrom('hwmon', 'ipmi', 'redfish'),
    domain: fc.constantFrom('platform_in' as const, 'platform' as const, 'platform_out' as const),
    reads: fc.constantFrom({ as: 'energy' as const }, { as: 'power' as const }),
    interval: fc.constantFrom(1, 10, 15).map(seconds),
    label: fc.constant(''),
    quality: fc.constant('derived' as const),
    ceiling: fc.constant(watts(20_000)),
  }),
  { selector: ({ id }) => id, maxLength: 8 },
);

describe('meters of one kind', () => {
  it('are all in exactly one group, never two sources in one, in an order that does not depend on theirs', () => {
    fc.assert(
      fc.property(meters, fc.nat(), (list, seed) => {
        const turned = list.map((_, i) => list[(i + seed) % list.length]!);
        for (const kind of ['platform_in', 'platform', 'platform_out'] as const) {
          const of = (all: readonly Meter[]) =>
            rivalsOf(kind, place(all)).map(({ reader, meters: own }) => {
              for (const { meter } of own) expect(meter.source).toBe(reader);
              return own.map(({ meter }) => meter.id).sort();
            });
          expect(of(turned)).toEqual(of(list));
          expect(of(list).flat().sort()).toEqual(
            list
              .filter(({ domain }) => domain === kind)
              .map(({ id }) => id)
              .sort(),
          );
        }
      }),
    );
  });

  it('give the host the energy of one source, whichever are there', () => {
    fc.assert(
      fc.property(fc.subarray(['hwmon', 'ipmi', 'redfish'], { minLength: 1 }), (readers) => {
        const { engine } = run((host) => {
          for (const source of readers) host.addMeter(source, 'platform', 200, { ...power, source });
        });
        expect(engine.total('hw_host_energy_joules_total')).toBeCloseTo(200 * 100, 6);
      }),
    );
  });
});
