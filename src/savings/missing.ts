import { counted } from '../model/counted.ts';
import type { Remark } from '../model/estimate.ts';
import type { HostRecord } from './host-ledger.ts';
import { percent } from './percent.ts';
import type { ScopeSeries } from './series.ts';

/** Below it no pattern of what is missing moves a total by more than what is printed. Our choice. */
const LEAST_MISSING = 0.01;
/** Standard errors beyond which a difference is no chance (three sigma). */
const SIGMAS = 3;
/** Difference of mean work, as a share, below which missing intervals are like present ones. Our choice. */
const LEAST_UNLIKE = 0.1;
/** Standard deviations that power before gaps must lie below or above the usual, in the mean. Our choice. */
const LEAST_LEAN = 0.5;

const DAY = 86_400;
const REMEDY = 'Find out why these hours are missing, and compare windows in which they are not.';

/**
 * Whether what is missing is unlike what is there: then what is left is no picture of the whole, and its change no change
 * of the whole. Looked for in two places: whether the scope worked more or less while hosts were missing, and whether
 * hosts drew more or less than usual just before they went silent.
 */
export const missingRemarks = (
  series: readonly ScopeSeries[],
  records: readonly HostRecord[],
): readonly Remark[] => {
  const remarks: Remark[] = [];
  for (const one of series) remarks.push(...workOfMissing(one));
  const [known, all] = records.reduce(
    ([k, a], { before, after }) => [k + before.known + after.known, a + before.intervals + after.intervals],
    [0, 0],
  );
  // An outage of everything on one day is one event, however many hosts it took.
  const byDay = new Map<number, number[]>();
  for (const { at, lean } of records.flatMap(({ gaps }) => gaps)) {
    const day = Math.floor(at / DAY);
    const leans = byDay.get(day);
    if (leans === undefined) byDay.set(day, [lean]);
    else leans.push(lean);
  }
  const days = [...byDay.values()].map((leans) => leans.reduce((sum, one) => sum + one, 0) / leans.length);
  const lean = days.reduce((sum, one) => sum + one, 0) / Math.max(days.length, 1);
  if (
    all > 0 &&
    1 - known / all >= LEAST_MISSING &&
    Math.abs(lean) >= LEAST_LEAN &&
    Math.abs(lean) * Math.sqrt(days.length) > SIGMAS
  )
    remarks.push({
      flag: 'missing_not_at_random',
      text: `Before hosts went silent, on ${counted(days.length, 'day')}, they drew ${lean < 0 ? 'less' : 'more'} than they usually do: ${lean < 0 ? 'idle' : 'busy'} hosts go missing, and what is left is not like the whole.`,
      remedy: REMEDY,
    });
  return remarks.slice(0, 1);
};

/** Work by host time of intervals, weighted by what is missing of them, against that weighted by what is there. */
const workOfMissing = ({ length, work, demanded, coverage, step }: ScopeSeries): readonly Remark[] =>
  work.flatMap((column): readonly Remark[] => {
    const sums = { missing: 0, missingWork: 0, there: 0, thereWork: 0, squares: 0, spells: 0 };
    let wasMissing = false;
    let silent = 0;
    for (let at = 0; at < length; at += 1) {
      const share = coverage[at] ?? 0;
      const missing = 1 - share;
      const isMissing = missing > 1e-9;
      if (isMissing && !wasMissing) sums.spells += 1;
      wasMissing = isMissing;
      silent += missing;
      const rate = ((column[at] ?? Number.NaN) / (demanded[at] ?? Number.NaN)) * step;
      // Nothing of the interval is there: what work it had can not be told by host time.
      if (!Number.isFinite(rate)) continue;
      sums.missing += missing;
      sums.missingWork += missing * rate;
      sums.there += share;
      sums.thereWork += share * rate;
      sums.squares += share * rate * rate;
    }
    if (silent / length < LEAST_MISSING || sums.missing === 0 || !(sums.there > 0)) return [];
    const mean = sums.thereWork / sums.there;
    const deviation = Math.sqrt(Math.max(0, sums.squares / sums.there - mean * mean));
    const apart = sums.missingWork / sums.missing - mean;
    // Hours of one spell are one event: spells are what chance deals in.
    if (
      Math.abs(apart) < LEAST_UNLIKE * mean ||
      Math.abs(apart) * Math.sqrt(sums.spells) <= SIGMAS * deviation
    )
      return [];
    return [
      {
        flag: 'missing_not_at_random',
        text: `While hosts were silent (${percent(silent / length)} of host time, ${sums.spells} spells) there was ${percent(Math.abs(apart) / mean)} ${apart < 0 ? 'less' : 'more'} work than otherwise: what is left is not like the whole.`,
        remedy: REMEDY,
      },
    ];
  });

/**
 * Saving, as a share of all power, that is nothing but other hosts being silent after the start than before: those of
 * which less is known, times how far they draw from the mean. Positive looks like a saving.
 */
export const compositionShift = (records: readonly HostRecord[]): number => {
  const powers = records.map(({ before }) =>
    before.metered > 0 ? before.energy / before.metered : Number.NaN,
  );
  const known = powers.filter(Number.isFinite);
  const mean = known.reduce((sum, power) => sum + power, 0) / Math.max(known.length, 1);
  if (!(mean > 0)) return 0;
  const silent = (window: HostRecord['before']): number =>
    window.intervals === 0 ? 0 : 1 - window.known / window.intervals;
  const shift = records.reduce((sum, { before, after }, at) => {
    const power = powers[at] ?? Number.NaN;
    return Number.isFinite(power) ? sum + (silent(after) - silent(before)) * (power - mean) : sum;
  }, 0);
  return shift / (mean * known.length);
};
