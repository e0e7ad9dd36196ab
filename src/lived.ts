import type { AttributionStep } from './attribution/attribute.ts';
import type { Naming } from './attribution/classes.ts';
import type { LivesTick } from './attribution/lives.ts';
import { ownersOf } from './attribution/owners.ts';
import { successorsBetween } from './attribution/successor.ts';
import type { GroupState } from './attribution/use.ts';
import type { WorkDone } from './attribution/work.ts';
import type { Piece } from './carbon/course.ts';
import { gramsPerJoule } from './carbon/per-joule.ts';
import type { MeteringStep } from './energy/metering.ts';
import { LONGEST_UNSEEN, type Sample } from './model/sample.ts';
import type { Seconds } from './units.ts';

export interface LivedInput {
  readonly sample: Sample;
  readonly duration: Seconds;
  readonly metered: MeteringStep;
  readonly attributed: AttributionStep;
  readonly work: readonly WorkDone[];
  /** Factors over the time that the host's energy is booked for. */
  readonly course: readonly Piece[];
  /** Marks of the groups at the tick before; undefined at the first, and after a kill. */
  readonly groups: GroupState | undefined;
  readonly naming: Naming;
}

/** What a tick adds to the lives of the workloads. Pure. */
export const livedIn = (input: LivedInput): LivesTick => {
  const { sample, duration, metered, attributed, work, course, groups, naming } = input;
  const { host } = metered.state;
  return {
    wall: sample.wall,
    uptime: sample.uptime,
    exported: attributed.state.top.exported,
    shares: attributed.shares,
    uses: attributed.uses,
    gpuSeconds: attributed.gpuSeconds,
    work,
    grams: gramsPerJoule(course),
    quality: host.quality,
    source: host.source,
    alive: attributed.there,
    // At the very first reading everything was there before.
    wasThere: (key) => groups === undefined || ownersOf(groups.tree, naming).alive.has(key),
    isSuccessor: successorsBetween(groups?.tree, sample.groups?.tree, naming),
    gap: groups === undefined || metered.events.some(({ event }) => event === 'gap'),
    unseen: duration > LONGEST_UNSEEN || groups === undefined,
  };
};
