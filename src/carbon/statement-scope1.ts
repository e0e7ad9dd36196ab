import type { SupplyRow } from '../model/supply.ts';
import { type GramsCO2e, grams, sum } from '../units.ts';
import { type Block, figureLine, gapLine, type Line, type Terms } from './statement.ts';
import type { FuelEntry, RefrigerantEntry } from './statement-activity.ts';
import { unitOfFuel } from './statement-activity-block.ts';
import type { FactorDesk } from './statement-factors.ts';
import type { StatementInput } from './statement-input.ts';
import { plain } from './statement-words.ts';

export const TONNE = 1e6;

interface Source {
  readonly line: Line;
  readonly grams: GramsCO2e | undefined;
  readonly terms: Terms;
}

/** Emissions of Scope 1, and what they are made of. */
export interface Scope1 {
  readonly block: Block;
  /** Per set of gases and warming potentials: sets are never added. */
  readonly totals: readonly { readonly id: string; readonly grams: GramsCO2e }[];
}

/** Block 3: what is burnt and what leaks on site. Biogenic CO2 is outside of the scopes. */
export const scope1 = (input: StatementInput, desk: FactorDesk): Scope1 => {
  const { fuels, refrigerants } = input.activity;
  const sources = [
    ...fuels.map((one, at) => fuelSource(one, at, input, desk)),
    ...refrigerants.map((one, at) => refrigerantSource(one, at, input, desk)),
  ];
  const totals = totalsOf(sources);
  const lines = sources.map(({ line }) => line);
  const bare = sources.filter((one) => one.grams === undefined).map(({ line }) => line.label);
  const without = bare.length === 0 ? undefined : `without ${bare.join('; ')}: not known, see above`;
  const none = gapLine('scope1', 'Scope 1', 't', 'no fuel and no refrigerant is entered');
  const unknown = fuels.length === 0 && refrigerants.length === 0;
  return {
    block: {
      number: 3,
      title: 'Scope 1, by source',
      lines: unknown
        ? [none]
        : [
            ...lines,
            ...totals.map(({ id, grams: all, what, terms }) =>
              figureLine(id, `Scope 1, ${what}`, all / TONNE, 't', without, terms),
            ),
            ...biogenic(fuels),
          ],
    },
    totals,
  };
};

/** CO2 alone and CO2e stand apart, and so do two sets of warming potentials. */
const totalsOf = (sources: readonly Source[]) => {
  const sets = new Map<string, { readonly all: GramsCO2e[]; readonly terms: Terms }>();
  for (const { grams: own, terms } of sources) {
    if (own === undefined) continue;
    const what = terms.gases === 'CO2' ? 'CO2 alone' : `${terms.gases} (${terms.gwp})`;
    const { gases = '', gwp = '' } = terms;
    sets.set(what, { all: [...(sets.get(what)?.all ?? []), own], terms: { gases, gwp } });
  }
  return [...sets].map(([what, { all, terms }]) => ({
    what,
    terms,
    id: `scope1.${
      what === 'CO2 alone'
        ? 'co2'
        : what
            .toLowerCase()
            .replace(/[^a-z0-9]+/g, '-')
            .replace(/-$/, '')
    }`,
    grams: sum(all),
  }));
};

const KG = 1000;

const source = (
  id: string,
  label: string,
  quantity: number,
  unit: string,
  row: SupplyRow,
  desk: FactorDesk,
  note: string,
): Source => {
  const own = grams(quantity * row.value * KG);
  const terms = desk.useSupply(row);
  const working = `${plain(quantity)} ${unit} x ${plain(row.value)} ${row.unit} (${row.region} ${row.year}, ${row.gases}${row.gwp === 'none' ? '' : `, ${row.gwp}`}); ${note}`;
  return { line: figureLine(id, label, own / TONNE, 't', working, terms), grams: own, terms };
};

const missing = (id: string, label: string, reason: string): Source => ({
  line: gapLine(id, label, 't', reason),
  grams: undefined,
  terms: {},
});

/** The row of a fuel as it was bought: same convention, same unit. */
export const fuelRow = (
  { fuel, region, quantity }: FuelEntry,
  supplies: readonly SupplyRow[],
  basis: 'direct' | 'upstream',
): SupplyRow | undefined =>
  supplies.find(
    (row) => row.id === fuel && row.region === region && row.unit === quantity.per && row.basis === basis,
  );

const fuelSource = (
  entry: FuelEntry,
  at: number,
  { activity, supplies }: StatementInput,
  desk: FactorDesk,
): Source => {
  const [id, label] = [`scope1.fuel.${at + 1}`, `${entry.fuel}, ${entry.site}`];
  const row = fuelRow(entry, supplies, 'direct');
  if (row === undefined) {
    const held = supplies
      .filter((one) => one.basis === 'direct')
      .map((one) => `${one.id} ${one.region} ${one.unit}`);
    return missing(
      id,
      label,
      `no factor of ${entry.fuel} in ${entry.region} per ${unitOfFuel(entry)} is held (held: ${held.join(', ')})`,
    );
  }
  const { gwp } = activity.boundary;
  if (row.gwp !== 'none' && row.gwp !== gwp)
    return missing(
      id,
      label,
      `its factor has the potentials of ${row.gwp}, this inventory those of ${gwp}: the two are not added`,
    );
  return source(id, label, entry.quantity.value, unitOfFuel(entry), row, desk, entry.document);
};

const refrigerantSource = (
  { gas, site, kilograms, document }: RefrigerantEntry,
  at: number,
  { activity, supplies }: StatementInput,
  desk: FactorDesk,
): Source => {
  const [id, label] = [`scope1.refrigerant.${at + 1}`, `${gas}, ${site}`];
  const { gwp } = activity.boundary;
  const known = supplies.filter((one) => one.basis === 'gwp100' && one.id === gas);
  const row = known.find((one) => one.gwp === gwp);
  if (row === undefined) {
    const held = known.map((one) => one.gwp).join(', ');
    return missing(
      id,
      label,
      `no ${gwp} potential of ${gas} is held${held === '' ? '' : ` (held: ${held})`}`,
    );
  }
  return source(id, label, kilograms, 'kg', row, desk, document);
};

/** Rows whose note tells biogenic CO2 give no figure for it that can be relied on: said, not guessed. */
const biogenic = (fuels: readonly FuelEntry[]): readonly Line[] => {
  const own = fuels.filter(({ fuel }) => fuel === 'hvo' || fuel === 'diesel-blend');
  if (own.length === 0) return [];
  const names = [...new Set(own.map(({ fuel }) => fuel))].join(', ');
  return [
    gapLine(
      'scope1.biogenic',
      'Biogenic CO2, outside of the scopes',
      't',
      `${names}: no factor of biogenic CO2 is held`,
    ),
  ];
};
