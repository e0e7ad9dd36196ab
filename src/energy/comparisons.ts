import type { Placed } from './containment.ts';
import type { Compared } from './drift.ts';
import { type Candidate, HOST_SOURCES, type HostTotalState, nameOf } from './host-total.ts';

/** Two figures that should move together. */
export type Comparison = readonly [Compared, Compared];

/**
 * Which meters are held against each other. Pure.
 *
 * The host total in force against the next best meter of the whole host: two meters of one thing, so about 1, and what
 * is asked of it is that it stays. And the processor's own counters against the best meter of the whole host: their
 * share of it, which moves with the load but not, at one load, from month to month.
 */
export const comparisonsOf = (
  candidates: readonly Candidate[],
  placed: readonly Placed[],
  host: HostTotalState,
): readonly Comparison[] => {
  const ordered = [...candidates].sort(
    (a, b) => HOST_SOURCES.indexOf(a.source) - HOST_SOURCES.indexOf(b.source),
  );
  const chosen = ordered.find((one) => one.source === host.source && host.candidate === nameOf(one));
  const whole = ordered.filter(({ complete, source }) => complete && source !== 'model');
  const comparisons: Comparison[] = [];
  // The other way to read the same meter would agree by itself.
  const next = whole.find((one) => one.source !== chosen?.source || one.reader !== chosen?.reader);
  if (chosen !== undefined && chosen.source !== 'model' && next !== undefined) {
    comparisons.push([figureOf(chosen), figureOf(next)]);
  }
  const best = chosen !== undefined && whole.includes(chosen) ? chosen : whole[0];
  const counters = placed.filter(({ role, meter }) => role === 'component' && meter.source === 'rapl');
  if (best !== undefined && counters.length > 0) {
    comparisons.push([{ name: 'components', meters: counters.map(({ meter }) => meter.id) }, figureOf(best)]);
  }
  return comparisons.filter(
    ([a, b], index) => comparisons.findIndex(([c, d]) => a.name === c.name && b.name === d.name) === index,
  );
};

const figureOf = (candidate: Candidate): Compared => ({
  name: nameOf(candidate),
  meters: candidate.meters.map(({ id }) => id),
});
