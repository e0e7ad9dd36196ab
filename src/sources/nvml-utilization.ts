import { type Ratio, ratio } from '../units.ts';
import { isRefusal } from './nvml-errors.ts';
import {
  GPU_UTILIZATION_SAMPLES,
  INSUFFICIENT_SIZE,
  NOT_FOUND,
  SUCCESS,
  VALUE_SAMPLE,
  wide,
} from './nvml-layout.ts';
import type { Device, Nvml } from './nvml-library.ts';
import { LONGEST_PERIOD } from './nvml-usage.ts';

/** An H100 keeps 71 samples, 14 s (driver 580). */
const FIRST = 128;
/** Samples that are taken at most. */
const MOST = 4096;

/** One for all boards: what it holds is read out before the next call. */
let samples = new Uint32Array(FIRST * VALUE_SAMPLE.size);
const count = new Uint32Array(1);
const type = new Uint32Array(1);

/** What the driver sampled between two readings: what shares of processes are asked for and judged by too. */
export interface Sampled {
  /** Undefined where it is not known: at the first asking, as what the driver keeps is of before. */
  readonly mean: Ratio | undefined;
  /** Stamp of the newest sample at the reading before. */
  readonly since: number;
  /** Whether it has sampled since then. */
  readonly isFresh: boolean;
}

/**
 * How busy a board was since the last reading: the mean of all samples that the driver took since then. Its plain figure
 * is of the last sample period alone (0.2 s on an H100), which of work that comes and goes tells little, and which does
 * not go with the shares of processes: those are means of the whole time.
 */
export class BoardUtilization {
  readonly #api: Nvml;
  #refused = false;
  /** Stamp of the newest sample seen; undefined before the first asking. */
  #since: number | undefined;
  #told: { readonly at: number; readonly mean: Ratio } | undefined;

  constructor(api: Nvml) {
    this.#api = api;
  }

  /** What was refused is asked for again. */
  forgive(): void {
    this.#refused = false;
  }

  /**
   * @param now monotonic, microseconds.
   * @returns undefined where the driver keeps no samples.
   */
  read(device: Device, now: number): Sampled | undefined {
    const query = this.#api.valueSamples;
    if (query === undefined || this.#refused) return undefined;
    const since = this.#since ?? 0;
    let code: number;
    for (;;) {
      const room = samples.length / VALUE_SAMPLE.size;
      count[0] = room;
      code = query(device, GPU_UTILIZATION_SAMPLES, BigInt(since), type, count, samples);
      if (code !== INSUFFICIENT_SIZE || room >= MOST) break;
      samples = new Uint32Array(Math.min(MOST, 2 * room) * VALUE_SAMPLE.size);
    }
    if (isRefusal(code)) this.#refused = true;
    if (code !== SUCCESS && code !== NOT_FOUND) return undefined;
    const isFresh = code === SUCCESS && this.#take(since, now);
    // Nothing new for longer than any sample period: the driver has stopped, and what it said is of another time.
    const isKnown = this.#told !== undefined && now - this.#told.at < LONGEST_PERIOD;
    if (!isFresh && !isKnown) return undefined;
    return { mean: isKnown ? this.#told?.mean : undefined, since, isFresh };
  }

  /** Whether there was anything new. */
  #take(since: number, now: number): boolean {
    const many = Math.min(samples.length / VALUE_SAMPLE.size, count[0] ?? 0);
    let sum = 0;
    let valid = 0;
    let newest = since;
    for (let i = 0; i < many; i++) {
      const at = i * VALUE_SAMPLE.size;
      const stamp = wide(samples, at + VALUE_SAMPLE.stamp);
      const percent = samples[at + VALUE_SAMPLE.value] ?? 0;
      if (stamp <= since || percent > 100) continue;
      sum += percent;
      valid += 1;
      newest = Math.max(newest, stamp);
    }
    const isFirst = this.#since === undefined;
    this.#since = newest;
    if (valid > 0 && !isFirst) this.#told = { at: now, mean: ratio(sum / valid / 100) };
    return valid > 0;
  }
}
