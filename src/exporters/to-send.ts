import { isOfGridZone } from '../carbon/example.ts';
import type { MetricName } from '../metrics.ts';
import type { Snapshot } from '../snapshot.ts';

/**
 * A snapshot as it leaves the host by itself: without grams of an example zone, which are nobody's emissions. What is
 * fetched is shown whole, with its mark.
 */
export const toSend = (snapshot: Snapshot): Snapshot =>
  snapshot.view.carbon.example ? without(snapshot, isOfGridZone) : snapshot;

/**
 * A snapshot for a file that another exporter shows as its own: also without `process_*`, which that exporter has of
 * itself. It would see each such series twice and refuse the whole scrape.
 */
export const toTextfile = (snapshot: Snapshot): Snapshot =>
  without(toSend(snapshot), (metric) => metric.startsWith('process_'));

const without = (snapshot: Snapshot, isLeftOut: (metric: MetricName) => boolean): Snapshot => ({
  ...snapshot,
  points: snapshot.points.filter(({ metric }) => !isLeftOut(metric)),
});
