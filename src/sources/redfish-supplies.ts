import { amountAt, readingAt, textAt } from './redfish-json.ts';

/** One power supply as its resources tell it; watts. */
export interface Supply {
  readonly input: number | undefined;
  readonly output: number | undefined;
  /** Absent ones are not counted; those on standby only where they say something. */
  readonly state: 'on' | 'standby' | 'absent';
}

/** States in which a supply feeds nothing (DSP8010, Resource.State). */
const STANDBY = ['StandbyOffline', 'UnavailableOffline', 'Disabled'];

/**
 * A supply from its own resource and its Metrics, or from an entry of the older Power resource.
 *
 * @param metrics undefined where there are none, such as behind a dead link: then the resource may hold the readings.
 */
export const supplyOf = (resource: unknown, metrics?: unknown): Supply => {
  const state = textAt(resource, 'Status', 'State') ?? '';
  return {
    input:
      readingAt(metrics, 'InputPowerWatts') ??
      readingAt(resource, 'InputPowerWatts') ??
      amountAt(resource, 'PowerInputWatts'),
    output:
      readingAt(metrics, 'OutputPowerWatts') ??
      readingAt(resource, 'OutputPowerWatts') ??
      amountAt(resource, 'PowerOutputWatts') ??
      amountAt(resource, 'LastPowerOutputWatts'),
    state: state === 'Absent' ? 'absent' : STANDBY.includes(state) ? 'standby' : 'on',
  };
};

/**
 * Watts of all supplies together.
 *
 * - `unknown`: none of them tells it. - `incomplete`: one that may feed the host does not: a sum would be too small.
 */
export type Summed =
  | { readonly says: 'unknown' | 'incomplete' }
  | { readonly says: 'sum'; readonly power: number };

/** Sum over the supplies that are present. Pure. A supply at 0 W counts as 0, one without a reading is missing. */
export const sumOf = (supplies: readonly Supply[], figure: 'input' | 'output'): Summed => {
  const present = supplies.filter(({ state }) => state !== 'absent');
  const told = present.flatMap((supply) => supply[figure] ?? []);
  if (told.length === 0) return { says: 'unknown' };
  if (present.some((supply) => supply.state === 'on' && supply[figure] === undefined)) {
    return { says: 'incomplete' };
  }
  return { says: 'sum', power: told.reduce((sum, power) => sum + power, 0) };
};
