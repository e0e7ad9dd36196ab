import { emissionsOf, fromKilowattHours, type GramsCO2e, type KilowattHours, sum } from '../units.ts';
import { type Block, figureLine, gapLine, type Line, type Terms } from './statement.ts';
import { byKey, type Load } from './statement-energy.ts';
import type { FactorDesk } from './statement-factors.ts';
import { mixedPotentials } from './statement-potentials.ts';
import { TONNE } from './statement-scope1.ts';
import { energyWords } from './statement-words.ts';

/** A total by one method; undefined where nothing of it has a factor. */
export interface MethodTotal {
  readonly grams: GramsCO2e | undefined;
  /** Energy that is in no figure for want of a factor. */
  readonly uncovered: KilowattHours;
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
  ).map(({ key, quantity }) => ({ zone: key, quantity, factor: desk.location(key) }));
  const parts = zones.map(({ zone, quantity, factor }) => {
    const label = zone === '' ? 'no zone' : zone;
    if (!factor.found) {
      const why = zone === '' ? 'no grid zone was set while it was metered' : factor.reason;
      return { line: gapLine(`${id}.${label}`, label, 't', `${energyWords(quantity)}: ${why}`), quantity };
    }
    const grams = emissionsOf(fromKilowattHours(quantity), factor.value.row.value);
    const note = `${energyWords(quantity)} x ${desk.words(factor.value)}`;
    const line = figureLine(`${id}.${label}`, label, grams / TONNE, 't', note, desk.use(factor.value));
    return { line, quantity, grams };
  });
  const known = parts.flatMap(({ grams }) => (grams === undefined ? [] : [grams]));
  const bare = parts.flatMap(({ grams, quantity }) => (grams === undefined ? [quantity] : []));
  return {
    lines: parts.map(({ line }) => line),
    total: { grams: known.length === 0 ? undefined : sum(known), uncovered: sum(bare) },
  };
};

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
  { grams, uncovered }: MethodTotal,
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
  const note = [covered, mixedPotentials(parts)].filter(Boolean).join('; ');
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
