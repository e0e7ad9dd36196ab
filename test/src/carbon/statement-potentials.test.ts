/** Warming potentials of grid factors against those that the inventory states: a mix is named wherever it stands. */
import { expect, it } from 'vitest';
import { linesOf } from '../../../src/carbon/statement.ts';
import type { Activity, EnergyEntry } from '../../../src/carbon/statement-activity.ts';
import { gramsPerKWh, kilowattHours } from '../../../src/units.ts';
import { activityWith, figureAt, lineOf, made } from '../../fixtures/statement.ts';
import { row } from './rows.ts';

const energy = (zone: string): EnergyEntry => ({
  ...{ from: Date.UTC(2023, 0), to: Date.UTC(2024, 0), site: zone, zone, of: 'it', quality: 'measured' },
  ...{ quantity: kilowattHours(1000), tenancy: 'owned', document: 'd' },
});
const factorOf = (zone: string, gwp: string) =>
  row({
    zone,
    gwp,
    gases: gwp === 'none' ? 'CO2' : 'CO2e',
    basis: 'direct',
    value: gramsPerKWh(400),
    year: 2023,
  });
const ROWS = [
  factorOf('AA', 'AR4'),
  factorOf('BB', 'AR5'),
  factorOf('CC', 'none'),
  factorOf('DD', 'unstated'),
];
const statementOf = (zones: readonly string[], more: Partial<Activity> = {}) =>
  made(activityWith({ energy: zones.map(energy), ...more }), { rows: ROWS });
const OTHER = 'its potentials are those of AR4, this inventory states AR5';

it('a grid factor of another assessment report is named in its lines, in the totals and in the list of factors', () => {
  const statement = statementOf(['AA', 'BB']);
  expect(lineOf(statement, 'scope2.location.AA').note).toContain(OTHER);
  expect(lineOf(statement, 'scope2.market.rest.AA').note).toContain(OTHER);
  expect(lineOf(statement, 'scope2.location.BB').note).not.toContain('potentials');
  for (const method of ['location', 'market'])
    expect(lineOf(statement, `scope2.${method}`).note, method).toContain(
      'adds up CO2e of AR4 (AA) and CO2e of AR5 (BB)',
    );
  expect(lineOf(statement, 'factors.gwp')).toMatchObject({
    label: 'Of other warming potentials than the inventory (AR5)',
    words: expect.stringMatching(/^AA\/direct\/2023\b(?!.*BB)/),
  });
  expect(figureAt(statement, 'scope2.location'), 'named, and counted as published').toBeCloseTo(0.8, 12);
});

it('the report that the inventory states decides which factor is the other one', () => {
  const boundary = { ...activityWith({}).boundary, gwp: 'AR4' } as const;
  const statement = statementOf(['AA', 'BB'], { boundary });
  expect(lineOf(statement, 'scope2.location.AA').note).not.toContain('potentials');
  expect(lineOf(statement, 'scope2.location.BB').note).toContain('those of AR5, this inventory states AR4');
});

it('a total of CO2 alone and CO2e says so, and a factor whose publisher states no potentials is listed', () => {
  const statement = statementOf(['CC', 'BB', 'DD']);
  expect(lineOf(statement, 'scope2.location').note).toContain(
    'adds up CO2 alone (CC), CO2e of AR5 (BB) and CO2e of unstated potentials (DD)',
  );
  expect(lineOf(statement, 'factors.gwp.unstated')).toMatchObject({
    words: expect.stringMatching(/^DD\/direct\/2023\b(?!.*BB)/),
  });
});

it('where all is of one set nothing is said', () => {
  for (const zone of ['BB', 'CC']) {
    const statement = statementOf([zone]);
    expect(JSON.stringify(linesOf(statement).map(({ note }) => note))).not.toMatch(/adds up|potentials/);
    expect(linesOf(statement).some(({ id }) => id.startsWith('factors.gwp'))).toBe(false);
  }
});

it('a reduction at a factor of another report is named too', () => {
  const measures = [{ name: 'm', scope: '2', zone: 'AA', saved: kilowattHours(10), document: 'd' }];
  expect(lineOf(statementOf(['BB'], { measures }), 'reductions.m').note).toContain(OTHER);
});
