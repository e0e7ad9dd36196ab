import table from '../../config/hardware/power-models.json' with { type: 'json' };
import { type Watts, watts } from '../units.ts';

/** Idle and full-load power of one processor family, per socket or per hardware thread. */
export interface PowerModel {
  readonly family: string;
  readonly vendor: string;
  readonly unit: 'W/socket' | 'W/thread';
  readonly idle: Watts;
  readonly max: Watts;
  /** How many published results the figure stands on; absent where the publication does not say. */
  readonly n?: number;
  readonly statistic: string;
  readonly year: number;
  readonly source: string;
  readonly citation: string;
}

/**
 * All rows of `config/hardware/power-models.json`: whole servers at the wall, tuned for a benchmark and lightly
 * equipped, so a lower bound for servers in the field.
 */
export const powerModels: readonly PowerModel[] = table.map((row) => ({
  family: row.family,
  vendor: row.vendor,
  unit: row.unit === 'W/socket' ? 'W/socket' : 'W/thread',
  idle: watts(row.idle_w),
  max: watts(row.max_w),
  ...(row.n === null ? {} : { n: row.n }),
  statistic: row.statistic,
  year: row.year,
  source: row.source,
  citation: row.citation,
}));

export const familyNames: readonly string[] = [...new Set(powerModels.map(({ family }) => family))];

export const powerModelOf = (family: string, unit: PowerModel['unit']): PowerModel | undefined =>
  powerModels.find((row) => row.family === family && row.unit === unit);
