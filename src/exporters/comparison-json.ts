import type { Comparison, MeasureOutcome, MeasureReport } from '../model/comparison.ts';

/** Columns as lists, what is not known as null: JSON has no NaN. */
const plain = (_key: string, value: unknown): unknown => {
  if (value instanceof Float64Array) return Array.from(value, (one) => (Number.isFinite(one) ? one : null));
  if (value instanceof Map) return Object.fromEntries(value);
  return typeof value === 'number' && !Number.isFinite(value) ? null : value;
};

/** An outcome without the columns behind charts: those are in `--evidence`. */
const withoutSeries = ({ estimate, others, ...rest }: MeasureOutcome) => ({
  ...rest,
  estimate: estimate === undefined ? undefined : { ...estimate, expectedSeries: undefined },
  others: others.map((one) => ('expectedSeries' in one ? { ...one, expectedSeries: undefined } : one)),
});

/** Instants as ISO 8601 beside the seconds would be two truths: they are seconds since 1970 UTC, as everywhere. */
export const comparisonJson = ({ charts: _, adjusted, ...comparison }: Comparison): string =>
  `${JSON.stringify({ kind: 'comparison', ...comparison, adjusted: adjusted && withoutSeries(adjusted) }, plain, 1)}\n`;

export const measureJson = ({ charts: _, outcome, ...report }: MeasureReport): string =>
  `${JSON.stringify({ kind: 'measure', ...report, outcome: withoutSeries(outcome) }, plain, 1)}\n`;
