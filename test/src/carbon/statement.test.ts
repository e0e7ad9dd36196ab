import { describe, expect, it } from 'vitest';
import { linesOf } from '../../../src/carbon/statement.ts';
import type { Activity, EnergyEntry, FuelEntry } from '../../../src/carbon/statement-activity.ts';
import type { FactorRow } from '../../../src/model/factor.ts';
import type { HourlyEnergy } from '../../../src/model/state.ts';
import { fromKilowattHours, grams, gramsPerKWh, kilowattHours } from '../../../src/units.ts';
import {
  activityWith,
  exampleActivity,
  figureAt,
  inputOf,
  lineOf,
  made,
  refusalsOf,
} from '../../fixtures/statement.ts';

const YEAR = { from: Date.UTC(2023, 0), to: Date.UTC(2024, 0) };
const energy = (more: Partial<EnergyEntry> = {}): EnergyEntry => ({
  ...YEAR,
  site: 'one',
  zone: 'CN-GD',
  quantity: kilowattHours(1000),
  of: 'it',
  quality: 'measured',
  tenancy: 'owned',
  document: 'a meter',
  ...more,
});
const boundary = (hosts: number): Activity['boundary'] => ({ ...activityWith({}).boundary, hosts });
const reasonOf = (line: ReturnType<typeof lineOf>): string =>
  line.kind === 'gap' ? line.reason : `no gap: ${line.kind}`;

describe('the shipped example', () => {
  it('gives the figures of the reference to the kilogram', async () => {
    const statement = made(await exampleActivity('inventory.yaml'));
    const tonnes = (id: string): string => figureAt(statement, id).toFixed(3);
    expect(tonnes('scope1.co2')).toBe('5.263');
    expect(tonnes('scope1.co2e-ar5')).toBe('2.600');
    expect(tonnes('scope2.location')).toBe('552.375');
    expect(tonnes('scope2.market')).toBe('396.240');
    expect(tonnes('scope3.2.entered.1')).toBe('13.130');
    expect(tonnes('reductions.consolidation of idle hosts')).toBe('27.619');
    expect(tonnes('credits.1')).toBe('100.000');
    expect(figureAt(statement, 'activity.it.measured')).toBe(1_000_000);
    expect(figureAt(statement, 'activity.overhead')).toBe(250_000);
    expect(figureAt(statement, 'activity.uncovered')).toBe(0);
    expect(figureAt(statement, 'coverage.hours.share')).toBe(100);
    expect(figureAt(statement, 'indicators.cue')).toBeCloseTo(0.552375, 12);
    expect(reasonOf(lineOf(statement, 'scope3.3.CN-GD'))).toContain('no adder held for CN-GD');
  });

  it('holds the blocks of the reference in their order, the coverage above all', async () => {
    const { blocks } = made(await exampleActivity('inventory.yaml'));
    expect(blocks.map(({ number }) => number)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    const opening = blocks[0]!.lines.slice(0, 3).map(({ label }) => label);
    expect(opening).toEqual(['Hosts expected', 'Hosts reporting', 'Hours covered']);
  });

  it('tells the change of the grid from that of the entity', async () => {
    const statement = made(await exampleActivity('inventory.yaml'));
    const [energyPart, gridPart] = [
      figureAt(statement, 'years.2022.energy'),
      figureAt(statement, 'years.2022.grid'),
    ];
    expect(gridPart).toBeCloseTo((1_200_000 * (441.9 - 440.3)) / 1e6, 9);
    expect(energyPart + gridPart).toBeCloseTo(552.375 - 528.36, 9);
  });

  it('names every factor with its source, licence and hash, and which ones to check', async () => {
    const statement = made(await exampleActivity('inventory.yaml'));
    const line = lineOf(statement, 'factors.CN-GD/direct/2023');
    expect(line.note).toMatch(/MEE and NBS Announcement 2025 No\. 47.*PRC government.*sha256 [0-9a-f]{64}$/);
    const doubt = lineOf(statement, 'factors.doubt');
    expect(doubt.kind === 'words' && doubt.words).toBe('diesel/CN/direct');
  });

  it('leaves no figure without method, basis, gases and factor where one was used', async () => {
    const lines = linesOf(made(await exampleActivity('inventory.yaml')));
    for (const id of ['scope2.location.CN-GD', 'scope2.market.rest.CN-GD', 'scope1.fuel.1']) {
      const terms = lines.find((line) => line.id === id)?.terms;
      expect(terms, id).toMatchObject({
        basis: expect.any(String),
        gases: 'CO2',
        gwp: 'none',
        factor: expect.any(String),
      });
    }
  });
});

describe('reductions and credits', () => {
  it('change no other line, whatever their size', async () => {
    const whole = await exampleActivity('inventory.yaml');
    const rest = (activity: Activity): string =>
      JSON.stringify(linesOf(made(activity)).filter(({ id }) => !/^(reductions|credits|factors)/.test(id)));
    expect(rest({ ...whole, measures: [], credits: [] })).toBe(rest(whole));
    const larger = whole.credits.map((one) => ({ ...one, quantity: grams(1e15) }));
    expect(rest({ ...whole, credits: larger })).toBe(rest(whole));
  });

  it('leave nothing that is called net or neutral but the words of a target', async () => {
    for (const name of ['inventory.yaml', 'inventory-2022.yaml']) {
      const lines = linesOf(made(await exampleActivity(name))).filter(({ id }) => !id.startsWith('targets'));
      expect(JSON.stringify(lines)).not.toMatch(/\bnet\b|neutral/i);
    }
  });
});

describe('what is not known', () => {
  it('is a gap and never 0: a year without any input', () => {
    const lines = linesOf(made(activityWith({})));
    const figures = lines.filter(({ kind }) => kind === 'figure');
    expect(figures).toEqual([]);
    for (const id of ['scope1', 'scope2.location', 'scope2.market', 'scope3.1', 'scope3.8', 'coverage.hours'])
      expect(lines.find((line) => line.id === id)?.kind, id).toBe('gap');
  });

  it('hosts that do not report and hours without data stand at the top', () => {
    const statement = made(
      activityWith({ boundary: boundary(10), energy: [energy({ hosts: 8, hours: 8000 })] }),
    );
    expect(figureAt(statement, 'coverage.hosts.reporting')).toBe(8);
    expect(lineOf(statement, 'coverage.hosts.reporting').note).toContain('2 of 10 expected hosts are not');
    expect(figureAt(statement, 'coverage.hours')).toBe(64_000);
    expect(figureAt(statement, 'coverage.hours.share')).toBeCloseTo((64_000 / 87_600) * 100, 9);
    expect(reasonOf(lineOf(statement, 'coverage.hours.missing'))).toContain('23,600 host-hours have no data');
  });

  it('months of the same hosts are not twice as many hosts', () => {
    const half = Date.UTC(2023, 6);
    const entries = [
      energy({ to: half, hosts: 4 }),
      energy({ from: half, hosts: 4 }),
      energy({ site: 'two', hosts: 3 }),
    ];
    expect(
      figureAt(made(activityWith({ boundary: boundary(7), energy: entries })), 'coverage.hosts.reporting'),
    ).toBe(7);
  });

  it('energy in a zone with a lifecycle factor alone is uncovered, and in no total', () => {
    const statement = made(
      activityWith({ energy: [energy(), energy({ zone: 'JP', quantity: kilowattHours(250) })] }),
    );
    expect(figureAt(statement, 'activity.uncovered')).toBe(250);
    expect(lineOf(statement, 'activity.uncovered').note).toContain('JP: 20.00 % = 250.0 / 1250.0 kWh');
    expect(figureAt(statement, 'scope2.location')).toBeCloseTo(0.4419, 12);
    expect(lineOf(statement, 'scope2.location').note).toBe(
      'without 250 kWh of 1.25 MWh, for which no factor is held',
    );
    expect(reasonOf(lineOf(statement, 'scope2.location.JP'))).toContain('Scope 2 refuses it');
  });

  it('a marginal factor alone covers nothing', () => {
    const row: FactorRow = {
      ...inputOf(activityWith({})).rows.find(({ zone, basis }) => zone === 'CN-GD' && basis === 'direct')!,
      zone: 'XX',
      basis: 'marginal',
    };
    const statement = made(activityWith({ energy: [energy({ zone: 'XX' })] }), { rows: [row] });
    expect(reasonOf(lineOf(statement, 'scope2.location.XX'))).toContain('every inventory refuses it');
    expect(lineOf(statement, 'scope2.location').kind).toBe('gap');
  });

  it('overhead without a PUE is a gap, and no PUE is made up', () => {
    const statement = made(activityWith({ energy: [energy()] }));
    expect(figureAt(statement, 'activity.total')).toBe(1000);
    expect(reasonOf(lineOf(statement, 'activity.overhead.unknown'))).toContain('no PUE is entered');
  });

  it('a refrigerant or fuel without a fitting factor is a gap, and then Scope 1 has no total to compare', () => {
    const fuel: FuelEntry = {
      site: 'a',
      fuel: 'diesel',
      region: 'CN',
      quantity: { value: 1, per: 'kg/L' },
      document: 'd',
    };
    const statement = made(
      activityWith({
        fuels: [fuel],
        previous: [{ year: 2022, scope1: grams(1e6), document: 'd' }],
      }),
    );
    expect(reasonOf(lineOf(statement, 'scope1.fuel.1'))).toContain('no factor of diesel in CN per L is held');
    expect(lineOf(statement, 'years.2022.scope1').kind).toBe('gap');
    const fine: FuelEntry = { ...fuel, quantity: { value: 1, per: 'kg/kg' } };
    const half = made(activityWith({ fuels: [fuel, fine] }));
    expect(lineOf(half, 'scope1.co2').note).toBe('without diesel, a: not known, see above');
  });

  it('warming potentials of two reports are not added', () => {
    const fuel: FuelEntry = {
      site: 'a',
      fuel: 'diesel-mineral',
      region: 'GB',
      quantity: { value: 100, per: 'kg/L' },
      document: 'd',
    };
    expect(figureAt(made(activityWith({ fuels: [fuel] })), 'scope1.co2e-ar5')).toBeCloseTo(0.266155, 12);
    const other = { ...activityWith({}).boundary, gwp: 'AR6' } as const;
    expect(
      reasonOf(lineOf(made(activityWith({ fuels: [fuel], boundary: other })), 'scope1.fuel.1')),
    ).toContain('the two are not added');
  });
});

describe('scopes', () => {
  const pue = { value: 1.25, kind: 'measured' } as const;

  it('a leased hall is category 8 with its overhead, a cloud category 1, and neither is in Scope 2', () => {
    const entries = [energy({ tenancy: 'leased', pue }), energy({ site: 'two', tenancy: 'cloud', pue })];
    const statement = made(activityWith({ energy: entries }));
    expect(figureAt(statement, 'scope3.8.metered.CN-GD')).toBeCloseTo(0.552375, 12);
    expect(figureAt(statement, 'scope3.1.metered.CN-GD')).toBeCloseTo(0.552375, 12);
    expect(lineOf(statement, 'scope2.location').kind).toBe('gap');
  });

  it('colocated servers are Scope 2, the building around them category 8', () => {
    const statement = made(activityWith({ energy: [energy({ tenancy: 'colocated', pue })] }));
    expect(figureAt(statement, 'scope2.location')).toBeCloseTo(0.4419, 12);
    expect(figureAt(statement, 'scope3.8.metered.CN-GD')).toBeCloseTo(0.110475, 12);
  });

  it('losses on the way are category 3, never Scope 2', () => {
    const zones = [{ zone: 'US', loss: 0.042, document: 'd' }];
    const statement = made(
      activityWith({ energy: [energy({ zone: 'US', quantity: kilowattHours(1) })], zones }),
    );
    expect(figureAt(statement, 'scope2.location') * 1e6).toBeCloseTo(349.667, 3);
    expect(figureAt(statement, 'scope3.3.US.transmission') * 1e6).toBeCloseTo(15.33, 2);
  });
});

describe('instruments', () => {
  const instrument = (quantity: number, market = 'CN'): Activity['instruments'][number] => ({
    ...YEAR,
    name: 'gec',
    kind: 'certificates',
    market,
    quantity: kilowattHours(quantity),
    factor: gramsPerKWh(0),
    gases: 'CO2',
    document: 'd',
  });

  it('cover their part of the load; the rest takes the residual mix', () => {
    const statement = made(
      activityWith({ energy: [energy({ quantity: kilowattHours(10) })], instruments: [instrument(6)] }),
    );
    expect(figureAt(statement, 'scope2.market') * 1e6).toBeCloseTo(2438.4, 9);
    expect(figureAt(statement, 'scope2.location') * 1e6).toBeCloseTo(4419, 9);
  });

  it('beyond the load, or of another market, are refused', () => {
    const own = { energy: [energy({ quantity: kilowattHours(10) })] };
    expect(refusalsOf(activityWith({ ...own, instruments: [instrument(11)] }))).toContain('cover nothing');
    expect(refusalsOf(activityWith({ ...own, instruments: [instrument(1, 'DE')] }))).toContain(
      '0 kWh of Scope 2 in DE',
    );
  });

  it('leave a load whose market has no factor at all uncovered', () => {
    const statement = made(activityWith({ energy: [energy({ zone: 'JP' })] }));
    expect(lineOf(statement, 'scope2.market').kind).toBe('gap');
  });
});

describe("the agent's own hours", () => {
  const hour = (
    at: number,
    kWh: number,
    gridZone = 'CN-GD',
    quality?: HourlyEnergy['quality'],
  ): HourlyEnergy => ({
    hour: YEAR.from / 1000 + at * 3600,
    gridZone,
    energy: fromKilowattHours(kilowattHours(kWh)),
    ...(quality === undefined ? {} : { quality }),
  });

  it('are one host, counted by hour, and hours of other years are left out', () => {
    const hours = [
      hour(0, 1, 'CN-GD', 'measured'),
      hour(1, 2, 'CN-GD', 'estimated'),
      hour(-1, 50),
      hour(8760, 70),
    ];
    const statement = made(activityWith({ boundary: boundary(1) }), { hours });
    expect(figureAt(statement, 'coverage.hosts.reporting')).toBe(1);
    expect(figureAt(statement, 'coverage.hours')).toBe(2);
    expect(figureAt(statement, 'activity.it.measured')).toBe(1);
    expect(figureAt(statement, 'activity.it.estimated')).toBe(2);
    expect(figureAt(statement, 'scope2.location')).toBeCloseTo(0.0013257, 12);
  });

  it('without a zone are uncovered energy', () => {
    const statement = made(activityWith({ boundary: boundary(1) }), { hours: [hour(0, 1), hour(1, 3, '')] });
    expect(figureAt(statement, 'activity.uncovered')).toBe(3);
    expect(reasonOf(lineOf(statement, 'scope2.location.no zone'))).toContain('no grid zone was set');
  });

  it('take the PUE of their time', () => {
    const periods = [{ from: YEAR.from, to: YEAR.from + 3_600_000, value: 2 }];
    const agent = {
      site: 'here',
      tenancy: 'owned',
      pue: { value: 1.5, kind: 'configured' },
      periods,
    } as const;
    const statement = made(activityWith({ boundary: boundary(1), agent }), {
      hours: [hour(0, 1), hour(1, 1)],
    });
    expect(figureAt(statement, 'activity.total')).toBeCloseTo(3.5, 12);
  });

  it('beside an entry for more hosts than there are, are refused as a double count', () => {
    const activity = activityWith({ boundary: boundary(1), energy: [energy({ hosts: 1 })] });
    expect(refusalsOf(activity, { hours: [hour(0, 1)] })).toContain(
      'energy of 2 hosts is entered and boundary.hosts says 1',
    );
  });
});

describe('a target', () => {
  const target: Activity['targets'][number] = {
    name: 'net zero by 2030',
    covers: ['scope2.location'],
    base: { year: 2020, emissions: grams(10e6) },
    target: { year: 2030, emissions: grams(0) },
    document: 'd',
  };

  it('has its path in a straight line, and gross emissions beside it', () => {
    const activity = activityWith({
      targets: [target],
      energy: [energy({ quantity: kilowattHours(20_000) })],
    });
    const statement = made(activity);
    expect(figureAt(statement, 'targets.1.here')).toBeCloseTo(7, 12);
    expect(figureAt(statement, 'targets.1.distance')).toBeCloseTo(8.838 - 7, 12);
    expect(lineOf(statement, 'targets.1.distance').label).toContain('above the path');
  });

  it('is not met by a total that is not known', () => {
    expect(lineOf(made(activityWith({ targets: [target] })), 'targets.1.distance').kind).toBe('gap');
  });
});
