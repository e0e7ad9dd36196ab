import { gridCarbonAwareSdk } from './carbon-aware-sdk.ts';
import { gridElectricityMaps } from './electricity-maps.ts';
import { gridEmber } from './ember.ts';
import { gridEntsoe } from './entsoe.ts';
import { gridFile } from './file.ts';
import { gridGbCarbonIntensity } from './gb-carbon-intensity.ts';
import { gridJson } from './json.ts';
import type { GridKind } from './kind.ts';
import { gridNegawatt } from './negawatt.ts';
import { entriesOf, type ProviderOptions } from './provider.ts';
import { gridRte } from './rte.ts';
import type { Environment } from './secret.ts';
import { gridSingularity } from './singularity.ts';
import type { GridEntry } from './slot.ts';
import { gridWattTime } from './watttime.ts';

/** All kinds of providers. A new one is a file and a line here; the contract suite, the schema and the docs follow. */
export const GRID_KINDS: readonly GridKind[] = [
  gridFile,
  gridJson,
  gridNegawatt,
  gridElectricityMaps,
  gridWattTime,
  gridGbCarbonIntensity,
  gridRte,
  gridCarbonAwareSdk,
  gridEntsoe,
  gridSingularity,
  gridEmber,
];

/** Providers of a checked configuration (`grid.providers`), for `createGridRefresh`. Asks nothing. */
export const createGridEntries = (
  providers: readonly ProviderOptions[],
  env: Environment,
): readonly GridEntry[] => entriesOf(GRID_KINDS, providers, env);

export { createGridCache, type GridCache } from './cache.ts';
export { createGridRefresh, type GridRefresh, type GridRefreshOptions } from './refresh.ts';
export { type GridDocument, type GridJson, gridDocument } from './serve.ts';
export type { GridEntry, GridEvent } from './slot.ts';
