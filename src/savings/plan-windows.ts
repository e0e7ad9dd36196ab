import { counted } from '../model/counted.ts';
import type { MeasurePlan } from '../model/measure.ts';
import { LEAST_BASELINE_WEEKS } from './plan-defaults.ts';
import type { PlanFinding } from './plan-finding.ts';
import { shownInstant } from './utc-instant.ts';

const DAY = 86_400;
const WEEK = 7 * DAY;
/** Two weeks hold each weekday twice; the method refuses less. */
const LEAST_BASELINE_DAYS = 14;

type Rule = (plan: MeasurePlan, now: number | undefined) => Omit<PlanFinding, 'flag'> | undefined;

const error = (text: string, remedy: string) => ({ severity: 'error', text, remedy }) as const;
const warning = (text: string, remedy: string) => ({ severity: 'warning', text, remedy }) as const;
const days = (length: number): string => counted(Number((length / DAY).toFixed(1)), 'day');

/** What times may say of each other, by the flag that names the rule. */
const RULES: Readonly<Record<string, Rule>> = {
  start_missing: ({ start }) =>
    Number.isFinite(start)
      ? undefined
      : error('No start is written, so before and after cannot be told apart.', 'State start, or a ramp.'),
  not_on_step: ({ start, baseline, reportAt, ramp, step }) => {
    const times = [start, baseline.from, baseline.to, ...reportAt, ...ramp.map(([at]) => at)];
    const off = times.find((time) => Number.isFinite(time) && time % step !== 0);
    return off === undefined
      ? undefined
      : error(
          `${shownInstant(off)} lies within an interval of ${step / 60} minutes: part of it would be before, part after.`,
          `Move it to a whole multiple of the step, such as ${shownInstant(Math.ceil(off / step) * step)}, or shorten step.`,
        );
  },
  step_uneven: ({ step }) =>
    DAY % step === 0
      ? undefined
      : error(
          `A step of ${step} s does not divide a day, so hours of the day could not be compared.`,
          'Take 15m, 30m, 1h, 6h or 1d.',
        ),
  baseline_backwards: ({ baseline: { from, to } }) =>
    from < to
      ? undefined
      : error(
          `The baseline ends (${shownInstant(to)}) before it begins (${shownInstant(from)}).`,
          'Swap baseline.from and baseline.to.',
        ),
  baseline_overlaps_start: ({ baseline: { to }, start }) =>
    to <= start
      ? undefined
      : error(
          `The baseline runs until ${shownInstant(to)}, the measure starts at ${shownInstant(start)}: days with the measure would count as days without it.`,
          `End the baseline by ${shownInstant(start)}.`,
        ),
  baseline_short: ({ baseline: { from, to } }) =>
    to - from >= LEAST_BASELINE_DAYS * DAY || to <= from
      ? undefined
      : error(
          `The baseline is ${days(to - from)} long; below ${LEAST_BASELINE_DAYS} days not each weekday is there twice, and nothing is claimed from it.`,
          `Begin it by ${shownInstant(to - LEAST_BASELINE_WEEKS * WEEK)}: four weeks.`,
        ),
  baseline_brief: ({ baseline: { from, to } }) =>
    to - from < LEAST_BASELINE_DAYS * DAY || to - from >= LEAST_BASELINE_WEEKS * WEEK
      ? undefined
      : warning(
          `The baseline is ${days(to - from)} long: after an extreme week a return to normal looks like a saving.`,
          `Begin it by ${shownInstant(to - LEAST_BASELINE_WEEKS * WEEK)}: four weeks or more.`,
        ),
  baseline_uneven: ({ baseline: { from, to } }) =>
    (to - from) % WEEK === 0 || to - from < LEAST_BASELINE_DAYS * DAY
      ? undefined
      : warning(
          `The baseline of ${days(to - from)} is not of whole weeks: some weekdays count more than others.`,
          `Begin it at ${shownInstant(to - Math.ceil((to - from) / WEEK) * WEEK)}.`,
        ),
  baseline_ahead: ({ baseline: { from } }, now) =>
    now === undefined || from <= now
      ? undefined
      : warning(
          `The baseline only begins at ${shownInstant(from)}: nothing is known yet of what it will hold.`,
          'Check again once it has run for two weeks, or name an earlier one.',
        ),
  report_before_start: ({ reportAt, start }) => {
    const early = reportAt.find((at) => at <= start);
    return early === undefined
      ? undefined
      : error(
          `A verdict is due at ${shownInstant(early)}, and the measure starts at ${shownInstant(start)}: there would be nothing to judge.`,
          `Name report dates after the start, such as ${shownInstant(start + LEAST_BASELINE_WEEKS * WEEK)}.`,
        );
  },
  report_brief: ({ reportAt, start }) => {
    const first = reportAt.find((at) => at > start);
    return first === undefined || first - start >= WEEK
      ? undefined
      : warning(
          `The first verdict is due ${days(first - start)} after the start: not each weekday has been seen by then.`,
          `Report after whole weeks, such as at ${shownInstant(start + WEEK)}.`,
        );
  },
  ramp_unsorted: ({ ramp }) =>
    ramp.every(
      ([at, share], index) =>
        index === 0 || (at > (ramp[index - 1]?.[0] ?? 0) && share >= (ramp[index - 1]?.[1] ?? 0)),
    )
      ? undefined
      : error(
          'The ramp goes back in time, or its shares fall.',
          'List it in order of time, each share at least the one before.',
        ),
  ramp_unfinished: ({ ramp }) =>
    ramp.length === 0 || ramp.at(-1)?.[1] === 1
      ? undefined
      : error(
          `The ramp ends at a share of ${ramp.at(-1)?.[1]}.`,
          'End it with the time from which all hosts have the measure: share 1.',
        ),
  ramp_elsewhere: ({ ramp, start }) =>
    ramp.length === 0 || ramp[0]?.[0] === start
      ? undefined
      : error(
          `The ramp begins at ${shownInstant(ramp[0]?.[0] ?? Number.NaN)}, start says ${shownInstant(start)}.`,
          'Leave start out, or make it the first time of the ramp.',
        ),
};

/** @param now seconds since 1970 UTC; undefined: rules that would judge a plan otherwise tomorrow are left out. */
export const windowFindings = (plan: MeasurePlan, now: number | undefined): readonly PlanFinding[] =>
  Object.entries(RULES).flatMap(([flag, rule]) => {
    const found = rule(plan, now);
    return found === undefined ? [] : [{ flag, ...found }];
  });
