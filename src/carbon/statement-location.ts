import { type Found, found } from '../model/found.ts';
import {
  emissionsOf,
  fromKilowattHours,
  type GramsCO2e,
  type GramsPerKWh,
  gramsPerKWh,
  type KilowattHours,
  kilowattHours,
  sum,
} from '../units.ts';
import { type Block, figureLine, gapLine, type Line, type Terms } from './statement.ts';
import { type BookedLoad, bookedBy, byKey, type Load, notBooked } from './statement-energy.ts';
import type { FactorDesk } from './statement-factors.ts';
import { mixedPotentials } from './statement-potentials.ts';
import { TONNE } from './statement-scope1.ts';
import { energyWords, number } from './statement-words.ts';

/** A total by one method; undefined where nothing of it has a factor. */
export interface MethodTotal {
  readonly grams: GramsCO2e | undefined;
  /** Energy that is in no figure for want of a factor. */
  readonly uncovered: KilowattHours;
  /** Energy whose grams are those that were booked by the hour. */
  readonly booked?: KilowattHours;
}

/** Lines of what was booked by the hour, one a factor. `id`: `scope2.location`. */
export const bookedLines = (
  parts: readonly BookedLoad[],
  desk: FactorDesk,
  id: string,
  zone: string,
): readonly Line[] =>
  parts.map(({ factor, method, hours, quantity, grams }) => {
    const { name, words, terms } = desk.useBooked(factor, method, zone);
    const mean = grams / quantity;
    return figureLine(
      `${id}.booked.${zone}.${name}`,
      `${zone}, as booked by the hour (${name})`,
      grams / TONNE,
      't',
      `${energyWords(quantity)} in ${number(hours.length, 0)} h, ${number(mean, 1)} g/kWh on average; ${words}`,
      terms,
    );
  });

interface TablePart {
  readonly line: Line;
  readonly quantity: KilowattHours;
  readonly grams?: GramsCO2e;
}

/** Location-based emissions of the loads of one scope, a line a zone. `id`: `scope2.location`. */
export const locationLines = (
  loads: readonly Load[],
  desk: FactorDesk,
  id: string,
): { readonly lines: readonly Line[]; readonly total: MethodTotal } => {
  const zones = byKey(
    loads,
    ({ zone }) => zone,
    ({ quantity }) => quantity,
  ).map(({ key, items }) => ({
    zone: key,
    own: bookedBy(items, 'location'),
    rest: notBooked(items, 'location'),
  }));
  const booked = zones.map(({ zone, own }) => ({ lines: bookedLines(own, desk, id, zone), own }));
  const parts = zones.flatMap(({ zone, own, rest: quantity }): readonly TablePart[] => {
    if (!(quantity > 0) && own.length > 0) return [];
    const factor = desk.location(zone);
    const label = zone === '' ? 'no zone' : zone;
    if (!factor.found) {
      const why = zone === '' ? 'no grid zone was set while it was metered' : factor.reason;
      return [{ line: gapLine(`${id}.${label}`, label, 't', `${energyWords(quantity)}: ${why}`), quantity }];
    }
    const grams = emissionsOf(fromKilowattHours(quantity), factor.value.row.value);
    const note = `${energyWords(quantity)} x ${desk.words(factor.value)}${own.length === 0 ? '' : BY_YEAR}`;
    const line = figureLine(`${id}.${label}`, label, grams / TONNE, 't', note, desk.use(factor.value));
    return [{ line, quantity, grams }];
  });
  const known = [
    ...booked.flatMap(({ own }) => own.map(({ grams }) => grams)),
    ...parts.flatMap(({ grams }) => (grams === undefined ? [] : [grams])),
  ];
  const bare = parts.flatMap(({ grams, quantity }) => (grams === undefined ? [quantity] : []));
  return {
    lines: [...booked.flatMap(({ lines }) => lines), ...parts.map(({ line }) => line)],
    total: {
      grams: known.length === 0 ? undefined : sum(known),
      uncovered: sum(bare),
      booked: sum(booked.flatMap(({ own }) => own.map(({ quantity }) => quantity))),
    },
  };
};

/** Ends the note of a line whose zone has hours that were booked too. */
export const BY_YEAR = '; not booked by the hour: the factor of the year';

/** Gases and potentials of a total: those of its parts where they are of one kind, else each by its name. */
const commonTerms = (parts: readonly Line[], method: 'location' | 'market'): Terms => {
  const all = (key: 'basis' | 'gases' | 'gwp'): string =>
    [...new Set(parts.flatMap(({ terms }) => terms?.[key] ?? []))].sort().join(' and ');
  // No inventory takes a marginal factor (guard.ts): what it adds up are averages.
  return { method, basis: all('basis'), gases: all('gases'), gwp: all('gwp'), signal: 'average' };
};

/** The line of a total by one method over its parts, with what it leaves out. */
export const totalLine = (
  method: 'location' | 'market',
  { grams, uncovered, booked = kilowattHours(0) }: MethodTotal,
  all: KilowattHours,
  parts: readonly Line[],
): Line => {
  const [id, label] = [`scope2.${method}`, `Scope 2, ${method}-based`];
  if (grams === undefined)
    return gapLine(id, label, 't', parts.length === 0 ? NO_LOAD : 'no factor is held for any of its energy');
  const covered =
    uncovered > 0
      ? `without ${energyWords(uncovered)} of ${energyWords(all)}, for which no factor is held`
      : `${energyWords(all)}, all of it with a factor`;
  const how =
    booked > 0
      ? `${covered}; ${energyWords(booked)} as booked by the hour, ${energyWords(kilowattHours(Math.max(0, all - booked - uncovered)))} by factors of the year`
      : covered;
  const note = [how, mixedPotentials(parts)].filter(Boolean).join('; ');
  return figureLine(id, label, grams / TONNE, 't', note, commonTerms(parts, method));
};

const NO_LOAD = 'no energy of Scope 2 is entered and none was read';

/** Block 4: Scope 2 by the grid where the energy was used, gross. */
export const locationBlock = (
  loads: readonly Load[],
  desk: FactorDesk,
): { readonly block: Block; readonly total: MethodTotal } => {
  const own = loads.filter(({ scope }) => scope === '2');
  const { lines, total } = locationLines(own, desk, 'scope2.location');
  const zones = byKey(
    own,
    ({ zone }) => zone,
    ({ quantity }) => quantity,
  );
  const energy = zones.map(({ key, quantity }) =>
    figureLine(
      `scope2.energy.${key === '' ? 'no zone' : key}`,
      `Energy, ${key === '' ? 'no zone' : key}`,
      quantity,
      'kWh',
    ),
  );
  const all = sum(own.map(({ quantity }) => quantity));
  return {
    block: {
      number: 4,
      title: 'Scope 2, location-based, gross',
      lines: [...energy, ...lines, totalLine('location', total, all, lines)],
    },
    total,
  };
};

/** Location-based emissions of a kWh of Scope 2 in a zone this year: as booked by the hour, weighed with the rest. */
export const meanFactor = (zone: string, loads: readonly Load[], desk: FactorDesk): Found<GramsPerKWh> => {
  const own = loads.filter((load) => load.scope === '2' && load.zone === zone);
  const booked = bookedBy(own, 'location');
  const factor = desk.location(zone);
  if (booked.length === 0) return factor.found ? found(factor.value.row.value) : factor;
  const rest = notBooked(own, 'location');
  if (rest > 0 && !factor.found) return factor;
  const grams = sum([
    ...booked.map((one) => one.grams),
    ...(factor.found ? [emissionsOf(fromKilowattHours(rest), factor.value.row.value)] : []),
  ]);
  return found(gramsPerKWh(grams / sum([rest, ...booked.map((one) => one.quantity)])));
};
