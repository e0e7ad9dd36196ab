import type { HourOfRecord } from '../model/hour-of-record.ts';
import { type Joules, joules, type KilowattHours, kilowattHours, sum, toKilowattHours } from '../units.ts';
import { figureLine, gapLine, type Line } from './statement.ts';
import type { AgentSite } from './statement-activity.ts';
import { partsOf } from './statement-hours.ts';
import type { StatementInput } from './statement-input.ts';
import { isOfYear } from './statement-input.ts';
import { energyWords, number, plain } from './statement-words.ts';

/** Money of one origin in one currency. */
interface Sum {
  amount: number;
  kWh: number;
  hours: number;
  least: number;
  most: number;
}
interface Costs {
  readonly booked: ReadonlyMap<string, Sum>;
  readonly priced: ReadonlyMap<string, Sum>;
  readonly unpriced: KilowattHours;
}

/** Rounding of what was summed in floating point: less than this of an hour is nothing. */
const TINY = 1e-9;

/** Energy of the site in an hour that nothing was booked as paid for, overhead included. */
export const unpaidOf = (site: Pick<AgentSite, 'pue' | 'periods'>, row: HourOfRecord): Joules => {
  const whole = sum(partsOf(site, row).flatMap(({ it, overhead }) => [it, overhead]));
  const rest = whole - sum((row.paid ?? []).map(({ energy }) => energy));
  return joules(rest > TINY * whole ? rest : 0);
};

const addTo = (sums: Map<string, Sum>, currency: string, amount: number, kWh: number): void => {
  const price = kWh > 0 ? amount / kWh : 0;
  const held = sums.get(currency) ?? { amount: 0, kWh: 0, hours: 0, least: price, most: price };
  sums.set(currency, {
    amount: held.amount + amount,
    kWh: held.kWh + kWh,
    hours: held.hours + 1,
    least: Math.min(held.least, price),
    most: Math.max(held.most, price),
  });
};

const costsOf = ({ activity, hours }: Pick<StatementInput, 'activity' | 'hours'>): Costs => {
  const [booked, priced] = [new Map<string, Sum>(), new Map<string, Sum>()];
  let unpriced = 0;
  const own = hours.filter(isOfYear(activity.year)).sort((a, b) => a.hour - b.hour);
  for (const row of own) {
    for (const { currency, amount, energy } of row.paid ?? [])
      if (energy > 0) addTo(booked, currency, amount, toKilowattHours(energy));
    const rest = toKilowattHours(unpaidOf(activity.agent ?? {}, row));
    if (!(rest > 0)) continue;
    if (row.price === undefined) unpriced += rest;
    else addTo(priced, row.price.currency, rest * row.price.perKWh, rest);
  }
  return { booked, priced, unpriced: kilowattHours(unpriced) };
};

const pricesOf = ({ least, most }: Sum, currency: string): string =>
  most - least <= TINY * most
    ? `at ${plain(most)} ${currency}/kWh`
    : `at ${plain(least)} to ${plain(most)} ${currency}/kWh`;

const wordsOf = (sum: Sum | undefined, currency: string, how: string): readonly string[] =>
  sum === undefined
    ? []
    : [
        `${number(sum.amount, 2)} ${currency} ${how} for ${energyWords(kilowattHours(sum.kWh))} in ${number(sum.hours, 0)} h, ${pricesOf(sum, currency)}`,
      ];

export interface CostLines {
  /** Money, for the activity. */
  readonly amounts: readonly Line[];
  /** Money over energy, for the indicators. */
  readonly ratios: readonly Line[];
}

/**
 * What the agent's own energy cost at the price of each hour: as it was booked; by the tariff that is configured now where
 * nothing was booked. A bill that is entered stands beside it. Nothing is converted.
 */
export const hourlyCosts = (input: Pick<StatementInput, 'activity' | 'hours'>): CostLines => {
  const { booked, priced, unpriced } = costsOf(input);
  const site = input.activity.agent?.site ?? 'this host';
  const currencies = [...new Set([...booked.keys(), ...priced.keys()])].sort();
  if (currencies.length === 0) return { amounts: [], ratios: [] };
  const sums = currencies.map((currency) => {
    const [asBooked, byTariff] = [booked.get(currency), priced.get(currency)];
    return {
      currency,
      amount: (asBooked?.amount ?? 0) + (byTariff?.amount ?? 0),
      kWh: (asBooked?.kWh ?? 0) + (byTariff?.kWh ?? 0),
      note: [
        ...wordsOf(asBooked, currency, 'as booked'),
        ...wordsOf(byTariff, currency, 'by the tariff as it is configured now, the mean of each hour,'),
      ].join('; '),
    };
  });
  const missing =
    unpriced > 0
      ? [
          gapLine(
            'activity.cost.hourly.unpriced',
            `Cost of energy without a price, ${site}`,
            currencies.join(', '),
            `${energyWords(unpriced)} had no price when it was booked, and none is configured: it is in no amount`,
          ),
        ]
      : [];
  return {
    amounts: [
      ...sums.map(({ currency, amount, note }) =>
        figureLine(
          `activity.cost.hourly.${currency}`,
          `Cost of energy, ${site}, at the price of each hour`,
          amount,
          currency,
          note,
        ),
      ),
      ...missing,
    ],
    ratios: sums.flatMap(({ currency, amount, kWh }) =>
      kWh > 0
        ? [
            figureLine(
              `indicators.cost.hourly.${currency}`,
              `Cost per kWh, ${site}, at the price of each hour`,
              amount / kWh,
              `${currency}/kWh`,
              `${plain(amount)} ${currency} / ${energyWords(kilowattHours(kWh))}`,
            ),
          ]
        : [],
    ),
  };
};
