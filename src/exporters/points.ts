import type { Labels, MetricName, Point } from '../metrics.ts';

/** The points of a snapshot by metric, for whoever formats them. */
export interface PointIndex {
  /** All series of a metric. */
  all(metric: MetricName): readonly Point[];
  /** Value of the first series whose labels fit; undefined where none is exported: absent is not zero. */
  value(metric: MetricName, where?: Labels): number | undefined;
  /** Sum over the series whose labels fit; 0 where there are none. */
  sum(metric: MetricName, where?: Labels): number;
}

export const indexOf = (points: readonly Point[]): PointIndex => {
  const byMetric = new Map<MetricName, Point[]>();
  for (const point of points) {
    const held = byMetric.get(point.metric);
    if (held === undefined) byMetric.set(point.metric, [point]);
    else held.push(point);
  }
  const fitting = (metric: MetricName, where: Labels): readonly Point[] =>
    (byMetric.get(metric) ?? []).filter(({ labels }) =>
      Object.entries(where).every(([label, value]) => labels[label] === value),
    );
  return {
    all: (metric) => byMetric.get(metric) ?? [],
    value: (metric, where = {}) => fitting(metric, where)[0]?.value,
    sum: (metric, where = {}) => fitting(metric, where).reduce((total, { value }) => total + value, 0),
  };
};
