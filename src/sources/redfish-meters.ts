import type { Meter, Reading } from '../model/meter.ts';
import type { SampleDraft } from '../model/source.ts';
import { JOULES_PER_KWH, type Seconds, seconds, watts } from '../units.ts';
import { follow, type Movement } from './redfish-counter.ts';
import type { Figure, PowerPoll } from './redfish-read.ts';

/** Plausibility limit of a whole host, power reference 1.1. */
const CEILING = watts(20_000);
/** A counter is used while it moves at least once a minute. */
const COUNTER_INTERVAL = seconds(60);
const ENERGY = 'redfish-energy';
const POWER = 'redfish-platform';

/** Turns polls into meters and readings; remembers which meters there are, so that one without a reading stays known. */
export class RedfishMeters {
  readonly #source: string;
  readonly #interval: Seconds;
  readonly #meters = new Map<string, Meter>();
  #movement: Movement | undefined;

  constructor(source: string, interval: Seconds) {
    this.#source = source;
    this.#interval = interval;
  }

  /** Adds the meters, and the readings of the polls that arrived. */
  write(draft: SampleDraft, polls: readonly PowerPoll[]): void {
    const readings = polls.flatMap(({ figures }) => figures.flatMap((figure) => this.#reading(figure)));
    draft.meters.push(...this.#meters.values());
    draft.readings.push(...readings.filter(({ meter }) => this.#meters.has(meter)));
  }

  #reading(figure: Figure): readonly Reading[] {
    const { at, power, energy, domain } = figure;
    if (energy !== undefined) return domain === 'unknown' ? [] : this.#counted(figure, energy);
    if (power === undefined) return [];
    const id = `redfish-${figure.id.replace('_', '-')}`;
    this.#describe(id, figure, { as: 'power' }, this.#interval);
    return [{ meter: id, at, microwatts: BigInt(Math.round(power * 1e6)) }];
  }

  /** A counter stands beside the power of the same meter only while it moves: its reading is of that moment. */
  #counted(figure: Figure, energy: number): readonly Reading[] {
    const { at } = figure;
    const { state, moved, usable } = follow(this.#movement, energy, at, this.#interval);
    this.#movement = state;
    if (!usable) {
      this.#meters.delete(ENERGY);
      return [];
    }
    this.#describe(ENERGY, figure, { as: 'energy' }, COUNTER_INTERVAL);
    if (!moved) return [];
    return [{ meter: ENERGY, at, microjoules: BigInt(Math.round(energy * JOULES_PER_KWH * 1e6)) }];
  }

  #describe(id: string, { label, domain }: Figure, reads: Meter['reads'], interval: Seconds): void {
    if (this.#meters.has(id)) return;
    const isCounter = reads.as === 'energy';
    this.#meters.set(id, {
      id,
      source: this.#source,
      domain,
      label: isCounter ? `${label}, counter` : label,
      reads,
      quality: isCounter ? 'measured' : 'derived',
      ceiling: CEILING,
      interval,
      ...(isCounter ? { repeats: POWER } : {}),
    });
  }
}
