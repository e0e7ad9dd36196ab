import type { Meter } from '../model/meter.ts';
import type { Ratio } from '../units.ts';
import type { FloorState } from './floor.ts';

/** Factors that the operator states, by meter id: true energy over what the meter counts. */
export type Calibration = ReadonlyMap<string, Ratio>;

/**
 * Meters as they are to be read. A corrected one is no measurement any more: its energy is derived from two.
 *
 * Only what the operator states is applied. The ratio of two meters moves with the load, so taking it over by itself
 * would put the noise of the one into the other, and nobody could say later what a joule was worth.
 */
export const calibrated = (meters: readonly Meter[], factors: Calibration): readonly Meter[] =>
  factors.size === 0
    ? meters
    : meters.map((meter) => {
        const factor = factors.get(meter.id);
        if (factor === undefined || meter.reads.as === 'curve') return meter;
        return { ...meter, factor, quality: meter.quality === 'measured' ? 'derived' : meter.quality };
      });

/** What floors were learnt with; '' without any correction. */
export const stampOf = (factors: Calibration): string =>
  [...factors]
    .map(([id, factor]) => `${id}=${factor}`)
    .sort()
    .join(' ');

/** Floors hold for the correction that they were learnt with; after another one all are learnt anew. */
export const floorsFor = (
  floors: ReadonlyMap<string, FloorState>,
  learntWith: string,
  stamp: string,
): ReadonlyMap<string, FloorState> => (learntWith === stamp ? floors : new Map());
