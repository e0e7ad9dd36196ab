import { FIELD, POWER_AVERAGE, POWER_INSTANT, SUCCESS } from './nvml-layout.ts';
import type { Device, Nvml } from './nvml-library.ts';

/** The two power fields of a board, asked for in one call; milliwatts as they come, undefined where the board has none. */
export class PowerFields {
  readonly #api: Nvml;
  readonly #words = new Uint32Array(2 * FIELD.size);
  average: number | undefined;
  instant: number | undefined;

  constructor(api: Nvml) {
    this.#api = api;
  }

  /** Returns the code of the call as a whole. Scope 0 of both fields is the board. */
  read(device: Device): number | undefined {
    const words = this.#words;
    words[0] = POWER_AVERAGE;
    words[FIELD.size] = POWER_INSTANT;
    const code = this.#api.fields?.(device, 2, words);
    this.average = code === SUCCESS ? valueAt(words, 0) : undefined;
    this.instant = code === SUCCESS ? valueAt(words, FIELD.size) : undefined;
    return code;
  }
}

// Both are unsigned 32-bit values: the upper half of the union holds whatever was there.
const valueAt = (words: Uint32Array, field: number): number | undefined =>
  words[field + FIELD.code] === SUCCESS ? words[field + FIELD.value] : undefined;
