import type { Comparison, MeasureReport } from '../model/comparison.ts';

/** Columns as lists, what is not known as null: JSON has no NaN. */
const plain = (_key: string, value: unknown): unknown => {
  if (value instanceof Float64Array) return Array.from(value, (one) => (Number.isFinite(one) ? one : null));
  if (value instanceof Map) return Object.fromEntries(value);
  return typeof value === 'number' && !Number.isFinite(value) ? null : value;
};

/** Instants as ISO 8601 beside the seconds would be two truths: they are seconds since 1970 UTC, as everywhere. */
export const comparisonJson = (comparison: Comparison): string =>
  `${JSON.stringify({ kind: 'comparison', ...comparison }, plain, 1)}\n`;

/** Everything, without the columns behind charts: those are in `--evidence`. */
export const measureJson = ({ charts: _, outcome, ...report }: MeasureReport): string => {
  const { estimate, others, ...rest } = outcome;
  const withoutSeries = (one: (typeof others)[number]) =>
    'expectedSeries' in one ? { ...one, expectedSeries: undefined } : one;
  const shown = {
    kind: 'measure',
    ...report,
    outcome: {
      ...rest,
      estimate: estimate === undefined ? undefined : { ...estimate, expectedSeries: undefined },
      others: others.map(withoutSeries),
    },
  };
  return `${JSON.stringify(shown, plain, 1)}\n`;
};
