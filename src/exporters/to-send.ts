import { isOfGridZone } from '../carbon/example.ts';
import type { Snapshot } from '../snapshot.ts';

/**
 * A snapshot as it leaves the host by itself: without grams of an example zone, which are nobody's emissions. What is
 * fetched is shown whole, with its mark.
 */
export const toSend = (snapshot: Snapshot): Snapshot =>
  snapshot.view.carbon.example
    ? { ...snapshot, points: snapshot.points.filter(({ metric }) => !isOfGridZone(metric)) }
    : snapshot;
