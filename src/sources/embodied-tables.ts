import table from '../../config/hardware/embodied.json' with { type: 'json' };
import type {
  ComponentConstants,
  EmbodiedBoundary,
  EmbodiedConstant,
  EmbodiedTables,
  GpuFigure,
  ServerSheet,
} from '../model/embodied.ts';
import { fromKilograms } from '../units.ts';

type Row = (typeof table)[number];

const constantOf = (row: Row): EmbodiedConstant => ({
  grams: fromKilograms(row.kg_co2e),
  boundary: row.boundary as EmbodiedBoundary,
  source: row.source,
  licence: row.licence,
});

const component = (item: string): EmbodiedConstant => {
  const row = table.find((one) => one.kind === 'component' && one.item === item);
  if (row === undefined) throw new Error(`config/hardware/embodied.json has no component ${item}`);
  return constantOf(row);
};

/** Constants of `config/hardware/embodied.json`. The base holds 16 GB; more is counted by GB. */
export const componentConstants: ComponentConstants = {
  base: component('server-base'),
  baseMemoryGb: 16,
  processor: component('processor'),
  memoryGb: component('memory'),
  rotatingDisk: component('hdd'),
  solidDisk: component('ssd'),
  gpu: component('gpu'),
};

/** Figures of single GPUs, all but the placeholder. */
export const gpuFigures: readonly GpuFigure[] = table
  .filter(({ kind }) => kind === 'gpu')
  .map((row) => ({ ...constantOf(row), names: row.names, quality: 'published' }));

/** All tables. @param sheets empty where their file cannot be read. */
export const embodiedTables = (sheets: readonly ServerSheet[]): EmbodiedTables => ({
  components: componentConstants,
  gpus: gpuFigures,
  sheets,
});
