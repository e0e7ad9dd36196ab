/** Ratios of a site in the statement: water, energy used again, money. */
import { describe, expect, it } from 'vitest';
import type { Activity, EnergyEntry } from '../../../src/carbon/statement-activity.ts';
import { fromKilowattHours, kilowattHours } from '../../../src/units.ts';
import { activityWith, exampleActivity, figureAt, lineOf, made } from '../../fixtures/statement.ts';

const YEAR = { from: Date.UTC(2023, 0), to: Date.UTC(2024, 0) };
const energy = (more: Partial<EnergyEntry> = {}): EnergyEntry => ({
  ...{ ...YEAR, site: 'one', zone: 'CN-GD', quantity: kilowattHours(1000), of: 'it', quality: 'measured' },
  ...{ tenancy: 'owned', pue: { value: 1.25, kind: 'measured' }, document: 'a meter' },
  ...more,
});
const reused = [{ site: 'one', quantity: kilowattHours(250), document: 'a heat meter' }];
const reasonOf = (activity: Activity, id: string): string | undefined => {
  const line = lineOf(made(activity), id);
  return line.kind === 'gap' ? line.reason : undefined;
};

it('the shipped example has WUE, ERF and money per kWh beside PUE and CUE', async () => {
  const statement = made(await exampleActivity('inventory.yaml'));
  const figure = (name: string): number => figureAt(statement, `indicators.${name}`);
  expect(figure('wue'), '1800 m3 over 1000 MWh of IT').toBeCloseTo(1.8, 12);
  expect(figure('erf'), '125 MWh over 1250 MWh, building included').toBeCloseTo(0.1, 12);
  expect(figure('cost.CNY'), '812,500 CNY over 1250 MWh').toBeCloseTo(0.65, 12);
  expect(figureAt(statement, 'activity.reused.1')).toBe(125_000);
  expect(lineOf(statement, 'activity.cost.1')).toMatchObject({ value: 812_500, unit: 'CNY' });
  expect(figureAt(statement, 'scope2.location') * 1000, 'and none of them changes an emission').toBeCloseTo(
    552_375,
    6,
  );
});

describe('ERF', () => {
  it('is over all energy of the site: of a meter that has the building inside as it stands', () => {
    const whole = activityWith({ energy: [energy({ of: 'facility', pue: undefined })], reused });
    expect(figureAt(made(whole), 'indicators.erf')).toBeCloseTo(0.25, 12);
  });

  it('is a gap where the whole site is not known, where no energy is, and where more came out than went in', () => {
    expect(
      reasonOf(activityWith({ energy: [energy({ pue: undefined })], reused }), 'indicators.erf'),
    ).toMatch(/not known for one: no PUE/);
    expect(reasonOf(activityWith({ energy: [energy({ site: 'two' })], reused }), 'indicators.erf')).toMatch(
      /no energy is entered for one/,
    );
    const more = [{ ...reused[0]!, quantity: kilowattHours(1251) }];
    expect(reasonOf(activityWith({ energy: [energy()], reused: more }), 'indicators.erf')).toMatch(
      /more is entered as used again/,
    );
  });
});

it('costs in two currencies are two figures: nothing is converted', () => {
  const costs = ['EUR', 'CHF'].map((currency) => ({
    site: 'one',
    amount: 250,
    currency,
    document: 'a bill',
  }));
  const statement = made(activityWith({ energy: [energy()], costs }));
  expect(lineOf(statement, 'indicators.cost.CHF')).toMatchObject({ value: 0.2, unit: 'CHF/kWh' });
  expect(lineOf(statement, 'indicators.cost.EUR')).toMatchObject({ value: 0.2, unit: 'EUR/kWh' });
  const elsewhere = costs.map((one) => ({ ...one, site: 'two' }));
  expect(reasonOf(activityWith({ energy: [energy()], costs: elsewhere }), 'indicators.cost.EUR')).toMatch(
    /two/,
  );
});

describe("what the agent's configuration states of its own host", () => {
  const agent = { site: 'here', tenancy: 'owned', wue: 1.8, erf: 0.1 } as const;
  const hours = [
    {
      hour: YEAR.from / 1000,
      gridZone: 'CN-GD',
      energy: fromKilowattHours(kilowattHours(1)),
      quality: 'measured',
    },
  ] as const;

  it('is told for its own hours, and says where it comes from', () => {
    const statement = made(activityWith({ agent }), { hours });
    expect(lineOf(statement, 'indicators.wue')).toMatchObject({
      value: 1.8,
      note: expect.stringContaining('configuration'),
    });
    expect(figureAt(statement, 'indicators.erf')).toBe(0.1);
  });

  it('is not told for energy of other sites', () => {
    const activity = activityWith({ agent, energy: [energy()] });
    const lines = ['indicators.wue', 'indicators.erf'].map(
      (id) => lineOf(made(activity, { hours }), id).kind,
    );
    expect(lines).toEqual(['gap', 'gap']);
  });
});
