import type { Factor } from '../model/factor.ts';
import type { Found } from '../model/found.ts';
import { bookedAdderOf, bookedFactorOf } from '../model/hour-record.ts';
import type { UpstreamRow } from '../model/upstream.ts';
import {
  emissionsOf,
  fromKilowattHours,
  type GramsCO2e,
  grams,
  type KilowattHours,
  kilowattHours,
  ratio,
  sum,
  toKilowattHours,
} from '../units.ts';
import { addersOf, hasOfficial } from './adders.ts';
import type { Adder } from './in-force.ts';
import { figureLine, gapLine, type Line, type Terms } from './statement.ts';
import { unitOfFuel } from './statement-activity-block.ts';
import { bookedBy, byKey, type Load } from './statement-energy.ts';
import type { FactorDesk } from './statement-factors.ts';
import { isOfYear, type StatementInput } from './statement-input.ts';
import { BY_YEAR } from './statement-location.ts';
import { fuelRow, TONNE } from './statement-scope1.ts';
import { energyWords, listed, number, plain } from './statement-words.ts';

/**
 * Scope 3, category 3: losses on the way and fuel supply of each zone and fuel. Of electricity what was booked by the hour
 * stays as it was booked; the rest takes the figures of the year, where an adder is known.
 */
export const supplyChain = (
  input: StatementInput,
  loads: readonly Load[],
  desk: FactorDesk,
  category: string,
): readonly Line[] => {
  const zones = byKey(
    loads.filter(({ zone }) => zone !== ''),
    ({ zone }) => zone,
    ({ quantity }) => quantity,
  );
  const booked = bookedUpstream(input);
  const electricity = zones.flatMap(({ key, items, quantity }) => {
    const label = `${category}: electricity, ${key}`;
    const own = booked.filter(({ zone }) => zone === key);
    const open = leftOf(quantity, own, items);
    return [...bookedLines(own, label, desk), ...yearLines(input, { zone: key, label, open, own }, desk)];
  });
  return [...electricity, ...fuelSupply(input, desk, category)];
};

/** What hours were booked with by one figure. */
interface BookedPart {
  readonly zone: string;
  readonly part: Adder['part'];
  readonly factor: string;
  readonly hours: number;
  /** Overhead included. */
  readonly quantity: KilowattHours;
  readonly grams: GramsCO2e;
}

const bookedUpstream = ({
  activity,
  hours,
}: Pick<StatementInput, 'activity' | 'hours'>): readonly BookedPart[] => {
  const groups = new Map<string, BookedPart[]>();
  for (const { hour, gridZone, upstream = [] } of hours.filter(isOfYear(activity.year)))
    for (const { part, factor, energy, overhead, grams: all } of upstream) {
      const key = `${gridZone} ${part} ${factor}`;
      const quantity = toKilowattHours(sum([energy, overhead]));
      const one = { zone: gridZone, part, factor, hours: hour, quantity, grams: all };
      groups.set(key, [...(groups.get(key) ?? []), one]);
    }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, parts]) => {
      const [first] = parts;
      if (first === undefined || !parts.some(({ quantity }) => quantity > 0)) return [];
      return [
        {
          ...first,
          hours: new Set(parts.map((one) => one.hours)).size,
          quantity: sum(parts.map(({ quantity }) => quantity)),
          grams: sum(parts.map((one) => one.grams)),
        },
      ];
    });
};

const isBoth = ({ factor }: BookedPart): boolean => bookedAdderOf(factor).row?.part === 'both';

interface Open {
  readonly transmission: KilowattHours;
  readonly upstream: KilowattHours;
  /** Of energy that was booked by a factor with the losses inside. */
  readonly inside: KilowattHours;
}

/** Rounding of sums in floating point: a smaller part of a load is nothing. */
const TINY = 1e-9;

/** Energy of a zone that no figure of a part was booked for. */
const leftOf = (all: KilowattHours, own: readonly BookedPart[], loads: readonly Load[]): Open => {
  const without = (...parts: readonly (readonly { readonly quantity: KilowattHours }[])[]): KilowattHours => {
    const rest = all - sum(parts.flat().map(({ quantity }) => quantity));
    return kilowattHours(rest > TINY * all ? rest : 0);
  };
  const of = (part: Adder['part']) => own.filter((one) => one.part === part && !isBoth(one));
  const both = own.filter(isBoth);
  const inside = bookedBy(loads, 'location').filter(
    ({ factor }) => bookedFactorOf(factor).row?.boundary === 'consumption',
  );
  return {
    transmission: without(of('transmission'), both, inside),
    upstream: without(of('upstream'), both),
    inside: sum(inside.map(({ quantity }) => quantity)),
  };
};

const bookedLines = (own: readonly BookedPart[], label: string, desk: FactorDesk): readonly Line[] =>
  own.map((one) => {
    const { zone, part, factor, hours, quantity, grams: all } = one;
    const { name, words, terms } = desk.useBookedAdder(factor, zone);
    const what = isBoth(one) ? 'transmission and upstream' : part;
    return figureLine(
      `scope3.3.${zone}.${part}.booked.${name}`,
      `${label}, ${what}, as booked by the hour (${name})`,
      all / TONNE,
      't',
      `${energyWords(quantity)} in ${number(hours, 0)} h, ${number(all / quantity, 1)} g/kWh on average; ${words}`,
      terms,
    );
  });

interface Asked {
  readonly zone: string;
  readonly label: string;
  readonly open: Open;
  readonly own: readonly BookedPart[];
}

/** What was not booked by the hour, by the figures of the year. */
const yearLines = (
  input: StatementInput,
  { zone, label, open, own }: Asked,
  desk: FactorDesk,
): readonly Line[] => {
  if (!(open.transmission > 0) && !(open.upstream > 0))
    return open.inside > 0 ? [insideLine(zone, label, open)] : [];
  const parts = (['transmission', 'upstream'] as const)
    .filter((part) => open[part] > 0)
    .map((part) => `${part} of ${energyWords(open[part])}`);
  const rest = own.length === 0 ? '' : `, ${listed(parts)}, not booked by the hour`;
  const bare = (why: string): readonly Line[] => [
    gapLine(`scope3.3.${zone}`, `${label}${rest}`, 't', `not estimated: ${why}`),
  ];
  const stated = input.activity.zones.find((one) => one.zone === zone);
  if (stated === undefined) return bare(`no adder held for ${zone}`);
  const factor = desk.location(zone);
  const loss = stated.loss === undefined ? undefined : ratio(stated.loss);
  const official = stated.adders === 'official' ? (input.upstreams ?? []) : [];
  const adders = addersOf(
    { loss, upstream: stated.upstream, official },
    zone,
    factor.found ? factor.value : undefined,
    input.activity.year,
  );
  if (adders.length === 0 && loss === undefined && !hasOfficial(official, zone))
    return bare(`the tables hold no losses and no fuel supply of ${zone}`);
  // Stated and not worked out: the factor is missing, or has the losses inside.
  const isLossKnown =
    loss !== undefined || official.some((row) => row.zone === zone && row.part !== 'upstream');
  const isCounted = adders.some(({ official: from }) => from?.row.part === 'both');
  const isLost = isLossKnown && !isCounted && !adders.some(({ part }) => part === 'transmission');
  const lost =
    isLost && open.transmission > 0
      ? [gapLine(`scope3.3.${zone}.transmission`, `${label}, transmission`, 't', noLosses(factor))]
      : [];
  const figures = adders.flatMap(({ part, perKWh, official: from }): readonly Line[] => {
    const isOfBoth = from?.row.part === 'both';
    // One figure for the two is not taken where either was booked: it would count that twice.
    const quantity = isOfBoth ? kilowattHours(Math.min(open.transmission, open.upstream)) : open[part];
    const half = isOfBoth ? Math.max(open.transmission, open.upstream) - quantity : 0;
    return [
      ...(quantity > 0
        ? [
            figureLine(
              `scope3.3.${zone}.${part}`,
              isOfBoth ? `${label}, transmission and upstream` : `${label}, ${part}`,
              emissionsOf(fromKilowattHours(quantity), perKWh) / TONNE,
              't',
              `${energyWords(quantity)} x ${plain(perKWh)} g/kWh; ${from === undefined ? statedWords(part, stated.document) : upstreamWords(from.row)}${own.length === 0 ? '' : BY_YEAR}`,
              termsOf(part, from, factor, desk),
            ),
          ]
        : []),
      ...(half > TINY * quantity && half > 0
        ? [
            gapLine(
              `scope3.3.${zone}.half`,
              `${label}, the other part of ${energyWords(half)}`,
              't',
              'not estimated: either losses or fuel supply were booked, and the figure of the year is of both',
            ),
          ]
        : []),
    ];
  });
  return [...figures, ...lost, ...(open.inside > 0 ? [insideLine(zone, label, open)] : [])];
};

const insideLine = (zone: string, label: string, { inside }: Open): Line =>
  gapLine(
    `scope3.3.${zone}.inside`,
    `${label}, transmission of ${energyWords(inside)}`,
    't',
    'the factor that it was booked by is per kWh consumed: the losses are inside',
  );

/** A share of losses has the gases of its factor; of a figure of fuel supply nobody stated them. */
const statedWords = (part: Adder['part'], document = ''): string =>
  part === 'upstream' ? `${document}; its gases are not stated` : document;

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

const fuelSupply = (
  { activity, supplies }: StatementInput,
  desk: FactorDesk,
  category: string,
): readonly Line[] =>
  activity.fuels.map((entry, at) => {
    const row = fuelRow(entry, supplies, 'upstream');
    const [id, label] = [`scope3.3.fuel.${at + 1}`, `${category}: supply of ${entry.fuel}, ${entry.site}`];
    if (row === undefined || (row.gwp !== 'none' && row.gwp !== activity.boundary.gwp))
      return gapLine(id, label, 't', `not estimated: no adder held for ${entry.fuel} in ${entry.region}`);
    const own = grams(entry.quantity.value * row.value * 1000);
    const note = `${plain(entry.quantity.value)} ${unitOfFuel(entry)} x ${plain(row.value)} ${row.unit}`;
    return figureLine(id, label, own / TONNE, 't', note, desk.useSupply(row));
  });
