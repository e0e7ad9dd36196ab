import { type GramsPerKWh, gramsPerKWh } from '../units.ts';
import type { GenerationDocument } from './entsoe-document.ts';
import { STORES, typeName } from './entsoe-factors.ts';
import type { Span } from './spans.ts';

/** Up to this share of a step may come from types without a factor: they are then left out of both sums. */
export const MOST_UNKNOWN = 0.05;

export interface Intensity {
  readonly spans: readonly Span[];
  /** What was left out and why, one line each. */
  readonly notes: readonly string[];
}

/**
 * Sum of generation x factor over sum of generation, step by step. A step is a gap where a type that is told elsewhere
 * in the document is not told yet: without its wind a country would look dirtier, without its coal cleaner. It is one
 * too where types without a factor generate more than MOST_UNKNOWN.
 */
export const intensityOf = (
  { step, generation }: GenerationDocument,
  factors: ReadonlyMap<string, GramsPerKWh>,
): Intensity => {
  const starts = [...new Set(generation.flatMap(({ steps }) => [...steps.keys()]))].sort((a, b) => a - b);
  const late = new Set<string>();
  const unknown = new Map<string, number>();
  const valueAt = (at: number): GramsPerKWh | undefined => {
    let [energy, emitted, without] = [0, 0, 0];
    for (const { type, steps } of generation) {
      const told = steps.get(at) ?? (STORES.has(type) ? 0 : undefined);
      if (told === undefined) {
        late.add(type);
        return undefined;
      }
      const factor = factors.get(type);
      if (factor !== undefined) {
        energy += told;
        emitted += told * factor;
        // A store without a factor gives back what was counted when it was filled.
      } else if (!STORES.has(type)) without += told;
    }
    const share = without / (energy + without);
    for (const { type, steps } of generation) {
      if (factors.has(type) || STORES.has(type)) continue;
      const own = (steps.get(at) ?? 0) / (energy + without);
      if (own > 0) unknown.set(type, Math.max(unknown.get(type) ?? 0, own));
    }
    return energy > 0 && share <= MOST_UNKNOWN ? gramsPerKWh(emitted / energy) : undefined;
  };
  const spans = starts.map(
    (from): Span => ({ from, to: from + step, value: valueAt(from), estimated: true }),
  );
  const shares = [...unknown].map(([type, share]) => `${typeName(type)} up to ${(share * 100).toFixed(1)} %`);
  return {
    spans,
    notes: [
      ...(shares.length > 0
        ? [`no factor for ${shares.join(', ')}: left out, and above ${MOST_UNKNOWN * 100} % together a gap`]
        : []),
      ...(late.size > 0 ? [`gaps where some types are not told: ${[...late].map(typeName).join(', ')}`] : []),
    ],
  };
};
