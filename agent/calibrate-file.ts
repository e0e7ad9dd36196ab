import {
  BAND_QUANTILE,
  CALIBRATION_METHOD,
  type Calibration,
  CURVE_FORMAT,
  type CurveFile,
  type Inventory,
} from '../src/index.ts';
import { version } from './version.ts';

/** Digits that a meter of a rack is good for; more would only look exact. */
const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

export interface Measured {
  readonly calibration: Calibration;
  readonly inventory: Inventory;
  readonly threads: number;
  readonly burner: string;
  readonly stepSeconds: number;
  /** Milliseconds since 1970 UTC. */
  readonly wall: number;
}

/** What a calibration found, as the file that the model source reads. */
export const curveFileOf = (measured: Measured): CurveFile => {
  const { calibration, inventory, threads, burner, stepSeconds, wall } = measured;
  const { fit, meter } = calibration;
  if (meter.source === 'model') throw new Error('a curve cannot be calibrated against itself');
  const cpu = inventory.cpuModel ?? 'unknown processor';
  return {
    format: CURVE_FORMAT,
    name: `${cpu}, ${threads} threads, calibrated`,
    host: inventory.hostName,
    cpu_model: cpu,
    threads,
    meter: meter.text,
    covers: meter.source,
    date: `${new Date(wall).toISOString().slice(0, 19)}Z`,
    points: fit.points.map(({ load, power, extrapolated }) => ({
      load: rounded(load, 4),
      watts: rounded(power, 2),
      ...(extrapolated ? { extrapolated } : {}),
    })),
    error_band: rounded(fit.errorBand, 4),
    error_band_quantile: BAND_QUANTILE,
    r_squared: rounded(fit.rSquared, 5),
    pairs: fit.pairs,
    measured_from: rounded(fit.lowest, 4),
    measured_to: rounded(fit.highest, 4),
    burner,
    step_seconds: stepSeconds,
    method: CALIBRATION_METHOD,
    negawatt: version,
  };
};

/** `./negawatt-hardware-intel-r-xeon-r-gold-6338.yaml` for a processor of that name. */
export const defaultOutput = (inventory: Inventory): string => {
  const slug = (inventory.cpuModel ?? 'unknown')
    .toLowerCase()
    .replace(/\((r|tm)\)|\bcpu\b|@.*$/g, ' ')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return `./negawatt-hardware-${slug.slice(0, 60) || 'unknown'}.yaml`;
};
