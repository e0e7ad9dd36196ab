import { describe, expect, it } from 'vitest';
import { pueOf } from '../../src/carbon/emissions.ts';
import type { CarbonInForce } from '../../src/carbon/in-force.ts';
import type { Factor } from '../../src/model/factor.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { gramsPerKWh, seconds, watts } from '../../src/units.ts';
import { prototypes } from '../fixtures/prototypes.ts';
import { NO_CARBON, POLICY, runEngine } from '../fixtures/run-engine.ts';
import { scriptedHost } from '../fixtures/scripted-host.ts';

const factor = (value: number, year: number, method: Factor['method'] = 'location'): Factor => ({
  id: `CN-GD/direct/${year}`,
  method,
  provider: 'table',
  status: 'official',
  row: {
    zone: 'CN-GD',
    name: 'Guangdong',
    level: 'subnational',
    value: gramsPerKWh(value),
    basis: 'direct',
    gases: 'CO2',
    gwp: 'none',
    boundary: 'unstated',
    year,
    yearKind: 'data',
    source: 's',
    licence: 'l',
    citation: 'c',
    check: 'primary',
    note: '-',
  },
});

const carbon = (more: Partial<CarbonInForce> = {}): CarbonInForce => {
  const pue = pueOf(1.25);
  return {
    ...NO_CARBON,
    zone: 'CN-GD',
    location: factor(441.9, 2023),
    market: factor(609.6, 2023, 'market'),
    pue: pue.found ? pue.value : undefined,
    ...more,
  };
};

/** 1 kWh of a host at 1 kW, in an hour of one-minute ticks. */
const oneKilowattHour = (inForce: CarbonInForce, run = runEngine()) => {
  const host = scriptedHost();
  host.addMeter('package-0', 'package', 900, { ceiling: watts(2000) });
  host.addMeter('dram-0', 'dram', 100);
  host.addGroup('2', '/a.service');
  run.step(host.sample(), inForce);
  for (let i = 0; i < 60; i++) {
    host.advance(60, { busy: 120, groups: { '2': 90 } });
    run.step(host.sample(), inForce);
  }
  return { host, run };
};

describe('emissions of the whole tick', () => {
  it('one kilowatt-hour in Guangdong at PUE 1.25 is 552.375 g: the PUE is applied once', () => {
    const { run } = oneKilowattHour(carbon());
    expect(run.total('hw_host_energy_joules_total')).toBeCloseTo(3.6e6, 3);
    expect(run.total('negawatt_emissions_location_grams_total')).toBeCloseTo(552.375, 6);
    expect(run.total('negawatt_emissions_market_grams_total')).toBeCloseTo(609.6 * 1.25, 6);
  });

  it('the grams of the workloads sum to those of the host', () => {
    const { run } = oneKilowattHour(carbon());
    expect(run.total('negawatt_workload_emissions_grams_total')).toBeCloseTo(552.375, 6);
  });

  it('another vintage is another series, and neither is lost', () => {
    const { host, run } = oneKilowattHour(carbon());
    host.advance(60, { busy: 120 });
    run.step(host.sample(), carbon({ location: factor(400, 2024) }));
    const of = (year: number): number =>
      run.total('negawatt_emissions_location_grams_total', { factor: `CN-GD/direct/${year}` });
    expect(of(2023)).toBeCloseTo(552.375, 6);
    expect(of(2024)).toBeCloseTo((400 * 1.25) / 60, 6);
  });

  it('without a zone energy is booked and no gram is, not even a zero', () => {
    const { run } = oneKilowattHour(NO_CARBON);
    expect(run.total('hw_host_energy_joules_total')).toBeGreaterThan(0);
    expect(run.snapshots.at(-1)?.points.filter(({ metric }) => metric.includes('grams'))).toEqual([]);
  });
});

describe('what outlives a restart', () => {
  it('kWh by hour and zone sum to the energy of the host, each once', () => {
    const { run } = oneKilowattHour(carbon());
    const hours = () =>
      run.engine
        .persist()
        .usage.filter(({ period, scope, energy }) => period === 3600 && scope === 'host' && energy > 0);
    expect(hours()).toHaveLength(2);
    expect(hours().every(({ gridZone, start }) => gridZone === 'CN-GD' && start % 3600 === 0)).toBe(true);
    expect(hours().reduce((sum, { energy }) => sum + energy, 0)).toBeCloseTo(3.6e6, 3);
    run.engine.confirmPersisted();
    expect(run.engine.persist().usage).toHaveLength(0);
  });

  it('grams of an example zone are shown and never kept, and its hours carry no zone', () => {
    const { run } = oneKilowattHour(carbon({ example: true }));
    expect(run.total('negawatt_emissions_location_grams_total')).toBeGreaterThan(0);
    const { state, usage } = run.engine.persist();
    expect([...state.counters.keys()].filter((key) => key.includes('grams'))).toEqual([]);
    expect([...state.counters.keys()].filter((key) => key.includes('joules')).length).toBeGreaterThan(0);
    expect(usage.length).toBeGreaterThan(0);
    for (const { gridZone, location, market } of usage)
      expect([gridZone, location, market]).toEqual(['', undefined, undefined]);
    expect(JSON.stringify(state.engine)).not.toMatch(/"(location|market)":/);
  });

  it('a saved state that cannot be read costs only the time in between, and says so', () => {
    const { run } = oneKilowattHour(NO_CARBON);
    const { state } = run.engine.persist();
    for (const broken of [
      { ...state, engine: { $bigint: 'x' } },
      { ...state, engine: null },
      { ...state, version: 99 },
    ]) {
      const next = runEngine({}, broken);
      expect(next.engine.warnings.join()).toContain('counters go on');
      const host = scriptedHost();
      host.addMeter('package-0', 'package', 100);
      next.step(host.sample());
      expect(next.total('hw_host_energy_joules_total')).toBeCloseTo(3.6e6, 3);
    }
  });
});

describe('a saved state that is damaged where only a tick can tell', () => {
  const saved = () => {
    const { run } = oneKilowattHour(NO_CARBON);
    return JSON.stringify(run.engine.persist().state.engine);
  };
  /** The host goes on with 100 W for a minute. */
  const resumed = (engine: string) => {
    const { run } = oneKilowattHour(NO_CARBON);
    const next = runEngine({}, { ...run.engine.persist().state, engine: JSON.parse(engine) });
    const host = scriptedHost();
    host.now = 4605;
    host.addMeter('package-0', 'package', 100);
    next.step(host.sample());
    host.advance(60, { busy: 1 });
    next.step(host.sample());
    return next;
  };

  it('is set aside with a warning, and the agent goes on counting', () => {
    const engine = saved().replace(/\{"\$bigint":"\d+"\}/, '"5"');
    const next = resumed(engine);
    expect(next.engine.warnings).toEqual([expect.stringMatching(/^saved state is damaged .*counters go on/)]);
    expect(next.total('hw_host_energy_joules_total')).toBeCloseTo(3.6e6 + 6000, 3);
  });

  it('is set aside, too, where it would leave a row of the history that no save could take', () => {
    const engine = saved().replace(/"idle":[\d.]+,/, '');
    const next = resumed(engine);
    expect(next.engine.warnings).toEqual([expect.stringMatching(/^saved state is damaged .*counters go on/)]);
    const store = memoryStore();
    const { state, usage, ended } = next.engine.persist();
    store.save(state, usage, ended);
    expect(next.total('hw_host_energy_joules_total')).toBeCloseTo(3.6e6 + 6000, 3);
  });

  it('cannot reach what all lists share by the position of a group', () => {
    const host = scriptedHost();
    host.addMeter('package-0', 'package', 100);
    host.addGroup('2', '/system.slice/nginx.service', '1', true);
    const run = runEngine();
    run.step(host.sample());
    host.advance(5, { busy: 1, groups: { 2: 1 } });
    run.step(host.sample());
    const { state } = run.engine.persist();
    const engine = JSON.stringify(state.engine).replace('"parents":[-1,0]', '"parents":[-1,"__proto__"]');
    expect(engine).toContain('__proto__');
    const before = prototypes();
    try {
      const next = runEngine({}, { ...state, engine: JSON.parse(engine) });
      host.advance(5, { busy: 1, groups: { 2: 1 } });
      next.step(host.sample());
      expect(prototypes() === before).toBe(true);
      expect(next.engine.warnings.join()).toMatch(/^saved state is incomplete: counters go on/);
    } finally {
      // Whatever got in must not meet the other tests.
      Array.prototype.length = 0;
    }
  });

  it('does not fill the memory with the hours of an instant that never was', () => {
    const next = resumed(saved().replace(/"bookedUntil":[\d.]+/, '"bookedUntil":9007199254740992'));
    expect(next.total('hw_host_energy_joules_total')).toBeGreaterThanOrEqual(3.6e6);
  });
});

describe('what a scraper meets', () => {
  it('a new series stands at 0 first, so that no joule is lost to increase(), and then shows all of it', () => {
    const host = scriptedHost();
    host.addMeter('package-0', 'package', 100);
    const run = runEngine();
    run.engine.observeScrapeInterval(seconds(10));
    const shown: number[] = [];
    run.step(host.sample());
    for (let i = 0; i < 6; i++) {
      host.advance(5, { busy: 1 });
      const point = run
        .step(host.sample())
        .points.find(({ metric }) => metric === 'hw_host_energy_joules_total');
      shown.push(Math.round(point?.value ?? -1));
    }
    expect(shown).toEqual([0, 0, 1500, 2000, 2500, 3000]);
  });

  it('what was shown never stands at 0 again, also when a slower scraper comes: it would count it twice', () => {
    const host = scriptedHost();
    host.addMeter('package-0', 'package', 100);
    const run = runEngine();
    const shown = (): number => {
      const snapshot = run.step(host.sample());
      host.advance(5, { busy: 5, groups: {} });
      return (
        snapshot.points.find(({ metric }) => metric === 'hw_host_energy_joules_total')?.value ?? Number.NaN
      );
    };
    run.engine.observeScrapeInterval(seconds(10));
    const before = [shown(), shown(), shown(), shown(), shown()];
    expect(before.map((value) => value > 0)).toEqual([false, false, false, true, true]);
    run.engine.observeScrapeInterval(seconds(60));
    expect(shown()).toBeGreaterThan(before.at(-1) ?? Number.NaN);
  });

  it('two policies of the idle floor give two answers, each of which closes', () => {
    const of = (staticShare: 'none' | 'used') => {
      const metering = { interval: seconds(60), floors: new Map([['package-0', watts(300)]]) };
      const policy = { ...POLICY, metering, attribution: { ...POLICY.attribution, staticShare } };
      return oneKilowattHour(NO_CARBON, runEngine(policy)).run;
    };
    const [none, used] = [of('none'), of('used')];
    const idle = (run: typeof none): number =>
      run.total('negawatt_workload_energy_joules_total', { workload: 'idle', resource: 'cpu' });
    expect(idle(none)).toBeCloseTo(300 * 3600, 3);
    expect(idle(used)).toBe(0);
    for (const run of [none, used])
      expect(run.total('negawatt_workload_energy_joules_total')).toBeCloseTo(3.6e6, 3);
    expect(
      used.total('negawatt_workload_energy_joules_total', {
        workload: 'a.service',
        part: 'static_share',
        resource: 'cpu',
      }),
    ).toBeCloseTo(300 * 3600, 3);
  });
});
