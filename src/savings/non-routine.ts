import type { EnergyInterval, Remark } from '../model/estimate.ts';
import type { MeasurePlan, NonRoutineEvent } from '../model/measure.ts';
import { joules, watts } from '../units.ts';
import type { ScopeSeries } from './series.ts';
import { shownInstant } from './utc-instant.ts';

/** Seconds of an interval in which an event was in force. */
const secondsOf = (event: NonRoutineEvent, { from, step }: ScopeSeries, at: number): number => {
  const start = from + at * step;
  const end = Math.min(start + step, event.until ?? Number.POSITIVE_INFINITY);
  return Math.max(0, end - Math.max(start, event.at));
};

/**
 * Events of some hosts, with their part of the watts: an event names its hosts, and its watts are of all of them together
 * in equal parts. One that names none is of the whole scope.
 *
 * @param all hosts of the scope, where fewer are asked about.
 */
export const eventsOf = (
  events: readonly NonRoutineEvent[],
  hosts: readonly string[],
  all = hosts.length,
): readonly NonRoutineEvent[] =>
  events.flatMap((event): readonly NonRoutineEvent[] => {
    const share =
      event.hosts.length === 0
        ? hosts.length / all
        : event.hosts.filter((host) => hosts.includes(host)).length / event.hosts.length;
    if (share === 0) return [];
    return [
      {
        ...event,
        deltaWatts: watts(event.deltaWatts * share),
        uncertaintyWatts: watts(event.uncertaintyWatts * share),
      },
    ];
  });

/**
 * A series as it would have been without dated changes that are none of the measure's doing: their watts times their time
 * are taken out wherever they lie, in the baseline too. Of an interval that is known in part, that part. The series
 * itself is left as it is; without events it is given back.
 */
export const withoutEvents = (series: ScopeSeries, events: readonly NonRoutineEvent[]): ScopeSeries => {
  if (events.length === 0) return series;
  const energy = series.energy.map((value, at) => {
    const added = events.reduce((sum, event) => sum + event.deltaWatts * secondsOf(event, series, at), 0);
    return value - added * (series.coverage[at] ?? 0);
  });
  return { ...series, energy };
};

/**
 * Uncertainty of the avoided energy that the adjustments bring, J, in quadrature over events. An event that is in all of
 * the baseline and in all of the reporting window changes nothing between them and adds none.
 */
export const adjustmentUncertainty = (
  before: ScopeSeries,
  after: ScopeSeries,
  events: readonly NonRoutineEvent[],
): number => {
  const within = (event: NonRoutineEvent, series: ScopeSeries): readonly [seconds: number, all: number] => {
    let [inForce, all] = [0, 0];
    for (let at = 0; at < series.length; at += 1) {
      if (series.usable[at] !== 1) continue;
      inForce += secondsOf(event, series, at);
      all += series.step;
    }
    return [inForce, all];
  };
  return Math.hypot(
    ...events.map((event) => {
      const [inBefore, allBefore] = within(event, before);
      const [inAfter, allAfter] = within(event, after);
      // What the baseline holds of it comes back in the expected energy, for the share of the time that it was there.
      const carried = allBefore === 0 ? 0 : (inBefore / allBefore) * allAfter;
      return event.uncertaintyWatts * Math.abs(inAfter - carried);
    }),
    0,
  );
};

/** An interval with another, independent uncertainty in it, in quadrature on either side. */
export const widened = (interval: EnergyInterval, avoided: number, uncertainty: number): EnergyInterval =>
  uncertainty === 0
    ? interval
    : {
        ...interval,
        low: joules(avoided - Math.hypot(avoided - interval.low, uncertainty)),
        high: joules(avoided + Math.hypot(interval.high - avoided, uncertainty)),
      };

/** Words that say that load went elsewhere, or that a unit of work means something else since. */
const MOVED =
  /\b(moved?|migrat\w*|offload\w*|outsourc\w*|fail(ed)?[ -]?over|relocat\w*|burst\w*)\b|\b(other|another|second) (site|region|cloud|cluster)\b/i;
const REDEFINED = /\b(batching|new endpoint|sequence length|redefin\w*|unit of work|request size)\b/i;

/** What has to be said of events: which were taken out, and those that no number of watts can take out. */
export const eventRemarks = (
  plan: Pick<MeasurePlan, 'nonRoutine' | 'baseline' | 'overrides'>,
  asOf: number,
): { readonly flags: readonly Remark[]; readonly refusals: readonly Remark[] } => {
  const events = plan.nonRoutine.filter(
    ({ at, until }) => at < asOf && (until ?? Number.POSITIVE_INFINITY) > plan.baseline.from,
  );
  const flags: Remark[] = events.map((event) => ({
    flag: 'non_routine',
    text: `${event.what} (${shownInstant(event.at)}): ${event.deltaWatts} W, known to ±${event.uncertaintyWatts} W, were taken out of the comparison; evidence: ${event.evidence}.`,
    remedy: '',
  }));
  const refusals: Remark[] = [];
  for (const event of events) {
    const found = impairment(event);
    if (found === undefined) continue;
    const reason = plan.overrides[found.flag];
    if (reason === undefined) refusals.push(found);
    else flags.push({ ...found, text: `${found.text} The plan accepts it: ${reason}.` });
  }
  return { flags, refusals };
};

const impairment = ({ what, at }: NonRoutineEvent): Remark | undefined => {
  if (MOVED.test(what))
    return {
      flag: 'leakage',
      text: `Load went elsewhere (${what}, ${shownInstant(at)}): what it uses there is not in this comparison.`,
      remedy: 'Take the hosts that it went to into the scope, or compare windows without that load.',
    };
  if (REDEFINED.test(what))
    return {
      flag: 'unit_redefined',
      text: `A unit of work is not the same on both sides (${what}, ${shownInstant(at)}).`,
      remedy: 'Count work in a unit that did not change, or compare windows on one side of that date.',
    };
  return undefined;
};
