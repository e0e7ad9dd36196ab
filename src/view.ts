import type { AttributionStep } from './attribution/attribute.ts';
import type { ProcessUse } from './attribution/process-use.ts';
import type { WorkStep } from './attribution/work.ts';
import type { Piece } from './carbon/course.ts';
import type { EmbodiedStep } from './carbon/embodied-step.ts';
import type { CarbonInForce } from './carbon/in-force.ts';
import type { SciStep } from './carbon/sci.ts';
import type { CpuUse } from './energy/cpu-time.ts';
import type { MeteringStep } from './energy/metering.ts';
import type { Sample } from './model/sample.ts';
import type { Seconds } from './units.ts';

/** What one tick saw and decided, beside its bookings: what screens and gauges are made from. */
export interface TickView {
  readonly sample: Sample;
  /** Time since the tick before; 0 at the first. */
  readonly duration: Seconds;
  readonly cpu?: CpuUse;
  readonly metered: MeteringStep;
  readonly attributed: AttributionStep;
  /** Only at ticks at which a pass over the processes finished. */
  readonly processes?: ProcessUse;
  /** At the end of the tick. */
  readonly carbon: CarbonInForce;
  /** Over the time that the host's energy is booked for. */
  readonly course: readonly Piece[];
  readonly work: WorkStep;
  /** Undefined where it is switched off. */
  readonly embodied?: EmbodiedStep;
  readonly sci?: SciStep;
}
