import { describe, expect, it } from 'vitest';
import { locationFactor, marketFactor } from '../../../src/carbon/select.ts';
import type { FactorRow } from '../../../src/model/factor.ts';
import { row } from './rows.ts';

const ask = (rows: readonly FactorRow[], zone = 'DE', year = 2023) => ({ zone, year, rows });
const residual = row({ basis: 'residual', value: 724.56, gases: 'CO2', gwp: 'none' });

describe('the location-based factor', () => {
  it('is the official row of the zone, with an id of zone, basis and year', () => {
    expect(locationFactor(ask([row()]))).toEqual({
      found: true,
      value: { id: 'DE/direct/2023', method: 'location', row: row(), status: 'official', provider: 'table' },
    });
  });

  it("is the user's own row before any of the table, even an older one", () => {
    const own = row({ year: 2022, value: 400, check: 'user' });
    expect(locationFactor(ask([row(), own]))).toMatchObject({
      value: { row: own, status: 'earlier', provider: 'user' },
    });
  });

  it("is marked as the user's where its year is the reporting year", () => {
    expect(locationFactor(ask([row({ check: 'user' })]))).toMatchObject({ value: { status: 'user' } });
  });

  it.each([
    [2024, 'earlier'],
    [2022, 'later'],
    [2028, 'stale'],
  ])('of 2023 used for %d says %s', (year, status) => {
    expect(locationFactor(ask([row()], 'DE', year))).toMatchObject({ value: { status } });
  });

  it('of a province is never that of its country', () => {
    const factor = locationFactor(ask([row({ zone: 'CN', value: 530.6 })], 'CN-GD'));
    expect(factor).toMatchObject({ found: false, reason: 'no factor of any kind is held for zone CN-GD' });
  });

  it('does not come from a lifecycle row, and says what is held and what to do', () => {
    const factor = locationFactor(
      ask([row({ zone: 'ZA', basis: 'lifecycle', value: 708.88, year: 2024 })], 'ZA', 2026),
    );
    expect(factor).toEqual({
      found: false,
      reason:
        'only a lifecycle factor is held for ZA (708.88 g/kWh, 2024): a lifecycle factor counts fuel supply and construction beside the stack, so Scope 2 refuses it',
      fix: 'put an official location-based factor of ZA into a factor file of your own (config/factors/README.md shows one); until then kWh is exported, CO2e is not',
    });
  });

  it.each([
    ['lifecycle', 'so Scope 2 refuses it'],
    ['marginal', 'so every inventory refuses it'],
    ['residual', 'is market-based, and this total is location-based'],
    ['contract', 'is market-based, and this total is location-based'],
  ] as const)("refuses a %s row, the user's own too", (basis, reason) => {
    for (const check of ['primary', 'user'] as const) {
      expect(locationFactor(ask([row({ basis, check })]))).toMatchObject({
        found: false,
        reason: expect.stringContaining(reason),
      });
    }
  });

  it.each([-1, 2001, Number.NaN, Number.POSITIVE_INFINITY])('refuses a value of %d', (value) => {
    expect(locationFactor(ask([row({ value })]))).toMatchObject({
      found: false,
      reason: expect.stringContaining(`its value ${value} lies outside 0 to 2000 g/kWh`),
    });
  });

  it('is zero where the source says zero', () => {
    expect(locationFactor(ask([row({ value: 0 })]))).toMatchObject({ value: { row: { value: 0 } } });
  });

  it('refuses a state output rate and leads to the eGRID subregion', () => {
    const factor = locationFactor(ask([row({ zone: 'US-CA', level: 'state-output' })], 'US-CA'));
    expect(factor).toMatchObject({
      found: false,
      reason: expect.stringContaining('only a state output rate is held for US-CA'),
      fix: expect.stringContaining("eGRID subregion of the site's ZIP code"),
    });
  });

  it('refuses an aggregate of countries', () => {
    const factor = locationFactor(ask([row({ zone: 'EU27', level: 'aggregate' })], 'EU27'));
    expect(factor).toMatchObject({
      found: false,
      fix: expect.stringContaining('country where the host stands'),
    });
  });
});

describe('the market-based factor', () => {
  const contract = row({ basis: 'contract', value: 12.5, check: 'user' });

  it("is the contract's before the residual mix before the location factor", () => {
    expect(marketFactor(ask([row(), residual, contract]))).toMatchObject({
      value: { id: 'DE/contract/2023', method: 'market', status: 'user', provider: 'user' },
    });
    expect(marketFactor(ask([row(), residual]))).toMatchObject({
      value: { id: 'DE/residual/2023', method: 'market', status: 'official', row: { value: 724.56 } },
    });
    expect(marketFactor(ask([row()]))).toMatchObject({
      value: { id: 'DE/direct/2023/residual_unavailable', method: 'market', status: 'residual_unavailable' },
    });
  });

  it('of a province is the residual mix of its country, named as such', () => {
    const rows = [
      row({ zone: 'CN-GD', value: 441.9 }),
      row({ zone: 'CN', value: 530.6 }),
      row({ zone: 'CN', basis: 'residual', value: 609.6 }),
    ];
    expect(marketFactor(ask(rows, 'CN-GD'))).toMatchObject({
      value: { id: 'CN/residual/2023', row: { value: 609.6, zone: 'CN' } },
    });
  });

  it('is not that of a contract which begins later', () => {
    expect(marketFactor(ask([row(), { ...contract, year: 2024 }]))).toMatchObject({
      value: { id: 'DE/direct/2023/residual_unavailable', status: 'residual_unavailable' },
    });
  });

  it('is absent where neither kind is held, never zero', () => {
    expect(marketFactor(ask([row({ basis: 'marginal' })]))).toMatchObject({
      found: false,
      reason: expect.stringContaining('every inventory refuses it'),
    });
  });
});
