import type { OverlapOutcome } from '../model/comparison.ts';
import type { EnergyInterval } from '../model/estimate.ts';
import { joules, ratio, seconds } from '../units.ts';
import { quadratic } from './fit-statistics.ts';
import { type Design, fitLeastSquares } from './least-squares.ts';
import { LEVEL } from './levels.ts';
import { defaultLag, hacCovariance } from './newey-west.ts';
import type { ScopeSeries } from './series.ts';
import { MOST_SPLIT, shapley } from './shapley.ts';
import { tQuantile } from './student-t.ts';

/** A set of measures says something once it was in force for a whole week of known hours. Our choice. */
const LEAST_TIME = 7 * 86_400;

export interface OverlapInput {
  /** How many hosts the series is of. */
  readonly hosts: number;
  /** Of the hosts that all of the measures are for, from the earliest baseline to the end of the report. */
  readonly series: ScopeSeries;
  readonly terms: { readonly work: readonly string[]; readonly drivers: readonly string[] };
  readonly measures: readonly { readonly name: string; readonly isActive: (instant: number) => boolean }[];
  /** Intervals that count as being without any measure: baselines. What is in none of both is left out. */
  readonly isBaseline: (instant: number) => boolean;
}

/**
 * One model for measures that share hosts and time: host time, work, and watts per host while each set of measures was in
 * force. Separate before-and-after figures would each claim what the other did.
 */
export const overlapOf = ({ hosts, series, terms, measures, isBaseline }: OverlapInput): OverlapOutcome => {
  const { rows, sets } = rowsOf(series, measures, isBaseline);
  const all = 2 ** measures.length - 1;
  const time = new Map<number, number>();
  for (const set of sets) time.set(set, (time.get(set) ?? 0) + series.step);
  const about = {
    measures: measures.map(({ name }) => name),
    hosts,
    time: seconds(time.get(all) ?? 0),
  };
  if ((time.get(all) ?? 0) < LEAST_TIME || (time.get(0) ?? 0) < 2 * LEAST_TIME)
    return nothing(
      about,
      'Less than a week with all measures in force, or less than two without any, is known.',
      'Wait, or begin the baseline earlier.',
    );
  const common = commonColumns(series, rows, terms);
  const demanded = common.columns[0] ?? new Float64Array();
  const y = Float64Array.from(rows, (at) => series.energy[at] ?? Number.NaN);
  const seen = [...time].filter(([set, length]) => set !== 0 && length >= LEAST_TIME).map(([set]) => set);
  const isFactorial = measures.length <= MOST_SPLIT && seen.length === all;
  const flag = (holds: (set: number) => boolean): Float64Array =>
    demanded.map((host, row) => (holds(sets[row] ?? 0) ? host : 0));
  const attempts: readonly {
    readonly kind: 'factorial' | 'additive';
    readonly flags: readonly Float64Array[];
  }[] = [
    ...(isFactorial
      ? [{ kind: 'factorial' as const, flags: seen.map((set) => flag((one) => one === set)) }]
      : []),
    { kind: 'additive', flags: measures.map((_, bit) => flag((set) => (set & (1 << bit)) !== 0)) },
  ];
  const full = demanded.reduce((sum, host, row) => (sets[row] === all ? sum + host : sum), 0);
  for (const { kind, flags } of attempts) {
    const found = effectsOf(common, flags, y);
    if (found === undefined) continue;
    // What a set of measures avoids is a weighted sum of the flags' watts, and so is each part of it.
    const valueBy = (watts: ArrayLike<number>) => (set: number) =>
      kind === 'factorial'
        ? -(watts[seen.indexOf(set)] ?? 0) * full
        : -flags.reduce((sum, _, bit) => ((set & (1 << bit)) === 0 ? sum : sum + (watts[bit] ?? 0)), 0) *
          full;
    const unit = (at: number) => flags.map((_, flagAt) => (flagAt === at ? 1 : 0));
    const joint = valueBy(found.watts)(all);
    const isSplit = measures.length <= MOST_SPLIT;
    const shares = isSplit ? flags.map((_, at) => shapley(measures.length, valueBy(unit(at)))) : [];
    return {
      ...about,
      joint: joules(joint),
      interval: found.interval(
        joint,
        flags.map((_, at) => valueBy(unit(at))(all)),
      ),
      parts: isSplit
        ? shapley(measures.length, valueBy(found.watts)).map((avoided, at) => ({
            name: measures[at]?.name ?? '',
            avoided: joules(avoided),
            interval: found.interval(
              avoided,
              shares.map((byMeasure) => byMeasure[at] ?? 0),
            ),
          }))
        : undefined,
      evidence: isSplit ? kind : 'joint',
      remarks: [
        {
          flag: kind === 'factorial' ? 'split_factorial' : 'split_additive',
          text:
            kind === 'factorial'
              ? 'Each set of these measures was in force by itself for a week or more: what they do to each other is in the parts.'
              : 'Each of these measures came by itself, but not each of them without the others: their parts hold if they do nothing to each other.',
          remedy: kind === 'factorial' ? '' : 'Switch each of them off and on again in turns.',
        },
      ],
    };
  }
  // They came together: one flag for all of them, on the hours with all or none in force.
  const found = effectsOf(
    common,
    [flag((set) => set === all)],
    y,
    (row) => sets[row] === 0 || sets[row] === all,
  );
  if (found === undefined)
    return nothing(
      about,
      'Measures can not be told from work and host time.',
      'Use an on/off test for one of them.',
    );
  const joint = -(found.watts[0] ?? Number.NaN) * full;
  return {
    ...about,
    joint: joules(joint),
    interval: found.interval(joint, [full]),
    parts: undefined,
    evidence: 'joint',
    remarks: [
      {
        flag: 'joint_only',
        text: `${measures.map(({ name }) => name).join(' and ')} were in force at the same times: only what they avoided together can be told.`,
        remedy: 'Begin measures at different times, or switch them in turns.',
      },
    ],
  };
};

const nothing = (
  about: Pick<OverlapOutcome, 'measures' | 'hosts' | 'time'>,
  text: string,
  remedy: string,
): OverlapOutcome => ({
  ...about,
  ...{ joint: undefined, interval: undefined, parts: undefined, evidence: 'none' },
  remarks: [{ flag: 'overlap_unknown', text, remedy }],
});

const rowsOf = (
  series: ScopeSeries,
  measures: OverlapInput['measures'],
  isBaseline: OverlapInput['isBaseline'],
): { readonly rows: Int32Array; readonly sets: Int32Array } => {
  const [rows, sets]: [number[], number[]] = [[], []];
  for (let at = 0; at < series.length; at += 1) {
    if (series.usable[at] !== 1) continue;
    const instant = series.from + at * series.step;
    const set = measures.reduce(
      (bits, { isActive }, bit) => (isActive(instant) ? bits | (1 << bit) : bits),
      0,
    );
    if (set === 0 && !isBaseline(instant)) continue;
    rows.push(at);
    sets.push(set);
  }
  return { rows: Int32Array.from(rows), sets: Int32Array.from(sets) };
};

const commonColumns = (series: ScopeSeries, rows: Int32Array, terms: OverlapInput['terms']): Design => ({
  names: ['host_second', ...terms.work.map((unit) => `work_${unit}`), ...terms.drivers],
  columns: [series.demanded, ...series.work, ...series.drivers].map((column) =>
    Float64Array.from(rows, (at) => column[at] ?? Number.NaN),
  ),
});

/** Watts per host that flags add, and the interval of a sum of them (Newey-West). */
const effectsOf = (
  common: Design,
  flags: readonly Float64Array[],
  y: Float64Array,
  counts: (row: number) => boolean = () => true,
) => {
  const chosen = (column: Float64Array): Float64Array => column.filter((_, row) => counts(row));
  const design: Design = {
    names: [...common.names, ...flags.map((_, at) => `flag_${at}`)],
    columns: [...common.columns, ...flags].map(chosen),
  };
  const outcome = fitLeastSquares(design, chosen(y));
  if (!outcome.ok) return undefined;
  const { fit } = outcome;
  const first = common.columns.length;
  const covariance = hacCovariance(design, fit, defaultLag(fit.n));
  return {
    watts: fit.coefficients.subarray(first),
    interval: (avoided: number, weights: readonly number[]): EnergyInterval => {
      const d = Float64Array.from({ length: fit.p }, (_, at) => weights[at - first] ?? 0);
      const half =
        tQuantile((1 + LEVEL) / 2, fit.n - fit.p) * Math.sqrt(Math.max(quadratic(covariance, d), 0));
      return {
        ...{ method: 'newey-west', level: ratio(LEVEL) },
        ...{ low: joules(avoided - half), high: joules(avoided + half) },
      };
    },
  };
};
