import type {
  EmbodiedFigure,
  EmbodiedPolicy,
  EmbodiedTables,
  OwnEmbodied,
  ServerSheet,
} from '../model/embodied.ts';
import { absent, type Found, found } from '../model/found.ts';
import type { Inventory } from '../model/host.ts';
import { add, fromKilograms, fromYears } from '../units.ts';
import { baseConfiguration, beyond, partsOf } from './components.ts';
import { isProduct } from './product.ts';

/** The section `embodied` of the configuration once it is checked. */
export interface EmbodiedOptions {
  readonly enabled: boolean;
  readonly lifetime_years: number;
  /** Milliseconds since 1970 UTC. */
  readonly purchased?: number | undefined;
  readonly host?: (OwnEmbodied & { readonly includes_gpus?: boolean | undefined }) | undefined;
  readonly gpus: Readonly<Record<string, OwnEmbodied>>;
}

const NO_PRODUCT = 'this host';

/** What holds for a host; undefined where the operator switched it off. Pure. */
export const embodiedPolicy = (
  options: EmbodiedOptions,
  inventory: Inventory,
  tables: EmbodiedTables,
): EmbodiedPolicy | undefined =>
  options.enabled
    ? {
        host: hostFigure(options.host, inventory, tables),
        ownGpus: new Map(Object.entries(options.gpus)),
        tables,
        lifetime: fromYears(options.lifetime_years),
        purchased: options.purchased,
      }
    : undefined;

const own = (item: string, { kg, source, boundary = 'unstated' }: OwnEmbodied): EmbodiedFigure => ({
  item,
  grams: fromKilograms(kg),
  method: 'own',
  quality: 'stated',
  boundary,
  source,
  licence: 'own',
});

/**
 * Figure of a host without its GPUs: the operator's own, else the manufacturer's sheet of this model, else a sum of
 * components, else the constant of a server (carbon reference 9). Pure.
 *
 * A sheet holds for its own configuration, which is the smallest that is sold: what the host has beyond it is added.
 * A guest has none: the figure of a whole server in each guest would count that server many times.
 */
export const hostFigure = (
  stated: EmbodiedOptions['host'],
  inventory: Inventory,
  tables: EmbodiedTables,
): Found<EmbodiedFigure> => {
  const item = inventory.product ?? NO_PRODUCT;
  if (stated !== undefined)
    return found({ ...own(item, stated), includesGpus: stated.includes_gpus === true });
  if (inventory.hypervisor !== undefined) {
    return absent(
      'this is a guest: its hardware is that of its host, and which share of it is not known',
      'set embodied.host to the footprint of the physical host times the share of it that this guest holds',
    );
  }
  const sheet = tables.sheets.find(
    ({ vendor, model }) => inventory.product !== undefined && isProduct(inventory.product, vendor, model),
  );
  return found(
    sheet === undefined ? bySum(item, inventory, tables) : bySheet(item, sheet, inventory, tables),
  );
};

const bySheet = (
  item: string,
  sheet: ServerSheet,
  inventory: Inventory,
  { components }: EmbodiedTables,
): EmbodiedFigure => {
  const extra = beyond(partsOf(inventory), sheet, components);
  return {
    item,
    grams: add(sheet.grams, extra.grams),
    method: 'manufacturer',
    quality: extra.words === '' ? 'published' : 'estimated',
    boundary: sheet.boundary,
    includesGpus: sheet.gpus > 0,
    source: `${sheet.source} (${sheet.date})`,
    licence: sheet.licence,
    ...(extra.words === ''
      ? {}
      : { detail: `the sheet's configuration and ${extra.words} by component constants` }),
  };
};

const bySum = (item: string, inventory: Inventory, { components }: EmbodiedTables): EmbodiedFigure => {
  const parts = partsOf(inventory);
  const extra = beyond(parts, baseConfiguration(components), components);
  const { base } = components;
  const isKnown = Object.values(parts).some((part) => part !== undefined);
  return {
    item,
    grams: add(base.grams, extra.grams),
    method: isKnown ? 'components' : 'default',
    quality: isKnown ? 'estimated' : 'placeholder',
    boundary: base.boundary,
    source: base.source,
    licence: base.licence,
    detail: `a server of one processor and ${components.baseMemoryGb} GB${extra.words === '' ? '' : `, and ${extra.words}`}`,
  };
};

/**
 * Figure of one GPU by the name that its driver gives it: own, published, else the constant for any GPU, which is
 * labelled as the placeholder that it is. Pure.
 */
export const gpuFigure = ({ ownGpus, tables }: EmbodiedPolicy, model: string): EmbodiedFigure => {
  const stated = ownGpus.get(model);
  if (stated !== undefined) return own(model, stated);
  const row = tables.gpus.find(({ names }) => names.includes(model));
  const { grams, boundary, source, licence } = row ?? tables.components.gpu;
  return {
    item: model,
    ...{ grams, boundary, source, licence },
    method: row === undefined ? 'default' : 'manufacturer',
    quality: row?.quality ?? 'placeholder',
  };
};
