import type { Factor } from '../model/factor.ts';
import type { Found } from '../model/found.ts';
import type { UpstreamRow } from '../model/upstream.ts';
import { emissionsOf, fromKilowattHours, grams, ratio } from '../units.ts';
import { addersOf, hasOfficial } from './adders.ts';
import type { Adder } from './in-force.ts';
import { type Block, figureLine, gapLine, type Line, type Terms } from './statement.ts';
import type { Scope3Entry } from './statement-activity.ts';
import { unitOfFuel } from './statement-activity-block.ts';
import { byKey, type Load } from './statement-energy.ts';
import type { FactorDesk } from './statement-factors.ts';
import type { StatementInput } from './statement-input.ts';
import { locationLines } from './statement-location.ts';
import { fuelRow, TONNE } from './statement-scope1.ts';
import { energyWords, plain } from './statement-words.ts';

/** Names of the categories (GHG Protocol Scope 3 Standard, table 5.3). */
const CATEGORIES: Readonly<Record<number, string>> = {
  1: 'purchased goods and services, cloud',
  2: 'capital goods, hardware of the year',
  3: 'fuel and energy outside of Scopes 1 and 2',
  4: 'upstream transport',
  5: 'waste',
  6: 'business travel',
  7: 'commuting',
  8: 'upstream leased assets, data centres',
  9: 'downstream transport',
  10: 'processing of sold products',
  11: 'use of sold products',
  12: 'end of life of sold products',
  13: 'downstream leased assets',
  14: 'franchises',
  15: 'investments',
};
/** What a data centre's statement has to answer for, entered or not. */
const EXPECTED = [1, 2, 3, 8];

export const categoryName = (category: number): string =>
  `Category ${category}, ${CATEGORIES[category] ?? ''}`;

/** Block 6. Categories have methods of their own: there is no total over them. */
export const scope3Block = (input: StatementInput, loads: readonly Load[], desk: FactorDesk): Block => {
  const { scope3 } = input.activity;
  const categories = [...new Set([...EXPECTED, ...scope3.map(({ category }) => category)])].sort(
    (a, b) => a - b,
  );
  const lines = categories.flatMap((category) => {
    const metered = category === 3 ? supplyChain(input, loads, desk) : meteredLines(category, loads, desk);
    const entered = scope3.filter((one) => one.category === category).map(enteredLine);
    if (metered.length + entered.length > 0) return [...metered, ...entered];
    return [
      gapLine(`scope3.${category}`, categoryName(category), 't', 'not entered and nothing of it was metered'),
    ];
  });
  return { number: 6, title: 'Scope 3, by category', lines };
};

const meteredLines = (category: number, loads: readonly Load[], desk: FactorDesk): readonly Line[] => {
  const own = loads.filter(({ scope }) => scope === `3.${category}`);
  return locationLines(own, desk, `scope3.${category}.metered`).lines.map((line) => ({
    ...line,
    label: `${categoryName(category)}: ${line.label}, location-based`,
  }));
};

const enteredLine = (one: Scope3Entry, at: number): Line => {
  const [id, label] = [
    `scope3.${one.category}.entered.${at + 1}`,
    `${categoryName(one.category)}: ${one.what}`,
  ];
  if (one.emissions === undefined)
    return gapLine(id, label, 't', `not estimated: ${one.reason ?? 'no reason given'}`);
  const note = one.working === undefined ? one.document : `${one.working}; ${one.document}`;
  return figureLine(id, label, one.emissions / TONNE, 't', note, { gases: one.gases });
};

/** Category 3: losses on the way and fuel supply of each zone and fuel, where an adder is known. */
const supplyChain = (input: StatementInput, loads: readonly Load[], desk: FactorDesk): readonly Line[] => {
  const zones = byKey(
    loads.filter(({ zone }) => zone !== ''),
    ({ zone }) => zone,
    ({ quantity }) => quantity,
  );
  const electricity = zones.flatMap(({ key, quantity }) => {
    const stated = input.activity.zones.find(({ zone }) => zone === key);
    const label = `${categoryName(3)}: electricity, ${key}`;
    if (stated === undefined)
      return [gapLine(`scope3.3.${key}`, label, 't', `not estimated: no adder held for ${key}`)];
    const factor = desk.location(key);
    const loss = stated.loss === undefined ? undefined : ratio(stated.loss);
    const official = stated.adders === 'official' ? (input.upstreams ?? []) : [];
    const adders = addersOf(
      { loss, upstream: stated.upstream, official },
      key,
      factor.found ? factor.value : undefined,
      input.activity.year,
    );
    if (adders.length === 0 && loss === undefined && !hasOfficial(official, key))
      return [
        gapLine(
          `scope3.3.${key}`,
          label,
          't',
          `not estimated: the tables hold no losses and no fuel supply of ${key}`,
        ),
      ];
    // Stated and not worked out: the factor is missing, or has the losses inside.
    const isLossKnown =
      loss !== undefined || official.some(({ zone, part }) => zone === key && part !== 'upstream');
    const isCounted = adders.some(({ official: from }) => from?.row.part === 'both');
    const lost =
      !isLossKnown || isCounted || adders.some(({ part }) => part === 'transmission')
        ? []
        : [gapLine(`scope3.3.${key}.transmission`, `${label}, transmission`, 't', noLosses(factor))];
    const figures = adders.map(({ part, perKWh, official: from }) =>
      figureLine(
        `scope3.3.${key}.${part}`,
        from?.row.part === 'both' ? `${label}, transmission and upstream` : `${label}, ${part}`,
        emissionsOf(fromKilowattHours(quantity), perKWh) / TONNE,
        't',
        `${energyWords(quantity)} x ${plain(perKWh)} g/kWh; ${from === undefined ? stated.document : upstreamWords(from.row)}`,
        termsOf(part, from, factor, desk),
      ),
    );
    return [...figures, ...lost];
  });
  return [...electricity, ...fuelSupply(input, desk)];
};

/** `loss 0.042 (US 2023), US EPA eGRID2023 ...`. */
const upstreamWords = ({ part, value, unit, zone, year, source }: UpstreamRow): string =>
  `${part === 'both' ? 'transmission and upstream' : part} ${plain(value)} ${unit} (${zone} ${year}), ${source}`;

/** A share of losses counts at the factor of the grid; any other figure has terms of its own. */
const termsOf = (
  part: Adder['part'],
  official: Adder['official'],
  factor: Found<Factor>,
  desk: FactorDesk,
): Terms => {
  const own = official === undefined ? { basis: 'upstream' } : desk.useUpstream(official);
  const isShare = official === undefined ? part === 'transmission' : official.row.part === 'loss';
  return isShare && factor.found ? desk.use(factor.value) : own;
};

const noLosses = (factor: Found<Factor>): string =>
  factor.found ? 'its factor is per kWh consumed: the losses are inside' : `not estimated: ${factor.reason}`;

const fuelSupply = ({ activity, supplies }: StatementInput, desk: FactorDesk): readonly Line[] =>
  activity.fuels.map((entry, at) => {
    const row = fuelRow(entry, supplies, 'upstream');
    const [id, label] = [
      `scope3.3.fuel.${at + 1}`,
      `${categoryName(3)}: supply of ${entry.fuel}, ${entry.site}`,
    ];
    if (row === undefined || (row.gwp !== 'none' && row.gwp !== activity.boundary.gwp))
      return gapLine(id, label, 't', `not estimated: no adder held for ${entry.fuel} in ${entry.region}`);
    const own = grams(entry.quantity.value * row.value * 1000);
    const note = `${plain(entry.quantity.value)} ${unitOfFuel(entry)} x ${plain(row.value)} ${row.unit}`;
    return figureLine(id, label, own / TONNE, 't', note, desk.useSupply(row));
  });
