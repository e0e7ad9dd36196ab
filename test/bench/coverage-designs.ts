/**
 * Designs with a baseline whose intervals are put to the test: each says what it would have claimed of a window, the true
 * saving known. On/off tests have none: coverage-switchback.ts.
 */
import { adjustedBaseline } from '../../src/savings/adjusted-baseline.ts';
import { seededRandom } from '../../src/savings/random.ts';
import { type ScopeSeries, slice } from '../../src/savings/series.ts';
import type { TraceHost } from './coverage-trace.ts';

/** Lengths in days. */
export interface Lengths {
  readonly fit: number;
  readonly report: number;
}

/** What was claimed of one window, as shares of the expected energy. */
export interface Claim {
  /** Row at which the reporting window begins. */
  readonly at: number;
  /** Whether the figure would have been shown: the grade of the design reached and nothing refused. */
  readonly isShown: boolean;
  /** Why not; empty where it is shown. */
  readonly why: string;
  /** Interval without any saving, and with `SAVING` taken from the energy. */
  readonly low: number;
  readonly high: number;
  readonly lowWithSaving: number;
}

/** A true saving that ought to be detected. */
export const SAVING = 0.1;

export interface Design {
  readonly name: string;
  readonly evidence: 'A' | 'C';
  readonly lengths: readonly Lengths[];
  /** All claims on one host; `every` days between two starts. */
  claims(host: TraceHost, all: readonly TraceHost[], lengths: Lengths, every: number): readonly Claim[];
}

const DAY_ROWS = 24;

/** What the other hosts had seen when a row of one host began, set so that it ends there. */
const othersBefore = (host: TraceHost, all: readonly TraceHost[], at: number): readonly ScopeSeries[] =>
  all
    .filter((other) => other !== host)
    .map(({ hours, series }) => {
      const begun = host.hours[at] ?? Number.NaN;
      const rows = hours.findIndex((hour) => hour >= begun);
      const part = slice(series, 0, rows < 0 ? series.length : rows);
      return { ...part, from: (at - part.length) * series.step };
    });

const adjusted = (name: string, isPooled: boolean): Design => ({
  name,
  evidence: 'C',
  lengths: [
    { fit: 28, report: 7 },
    { fit: 56, report: 14 },
  ],
  claims: (host, all, { fit, report }, every) => {
    const { name: hostName, series } = host;
    const claims: Claim[] = [];
    const length = report * DAY_ROWS;
    // From the first start on that has ten windows behind it.
    for (let at = (fit + 10 * report) * DAY_ROWS; at + length <= series.length; at += every * DAY_ROWS) {
      const outcome = adjustedBaseline({
        terms: { work: ['percent_hours'], drivers: [] },
        before: slice(series, at - fit * DAY_ROWS, at),
        after: slice(series, at, at + length),
        histories: [slice(series, 0, at), ...(isPooled ? othersBefore(host, all, at) : [])],
        random: seededRandom(`${hostName} ${fit} ${report} ${at}`),
      });
      if (!('interval' in outcome)) continue;
      const { interval, expected, actual, grade, refusals } = outcome;
      const why = [...refusals.map(({ flag }) => flag), ...(grade === 'C' ? [] : [`grade_${grade}`])];
      claims.push({
        at,
        isShown: why.length === 0,
        why: why.join(' '),
        low: interval.low / expected,
        high: interval.high / expected,
        // Nothing of the interval but its middle depends on the energy that is reported.
        lowWithSaving: (interval.low + SAVING * actual) / expected,
      });
    }
    return claims;
  },
});

/** Designs to come are one item more. */
export const DESIGNS: readonly Design[] = [
  adjusted('adjusted baseline', false),
  adjusted('adjusted baseline with untouched hosts', true),
];
