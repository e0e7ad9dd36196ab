import type { AttributionStep } from './attribution/attribute.ts';
import type { WorkStep } from './attribution/work.ts';
import type { EmbodiedInput, EmbodiedStep } from './carbon/embodied-step.ts';
import type { SciInput, SciState } from './carbon/sci.ts';
import type { MeteringStep } from './energy/metering.ts';
import type { Booking } from './ledger.ts';
import type { MetricName } from './metrics.ts';
import { UNKNOWN_GPU } from './model/embodied.ts';
import type { Sample } from './model/sample.ts';
import { HOST_WORKLOAD } from './model/work.ts';
import { type GramsCO2e, grams, type Seconds } from './units.ts';

/** What a tick knows of the hardware: its GPUs, and whom it is kept for. Pure. */
export const embodiedInput = (
  { bootId, at, uptime, wall, cpu, gpuBoards = [] }: Sample,
  { placed }: Pick<MeteringStep, 'placed'>,
  { reserved, heldGpus }: Pick<AttributionStep, 'reserved' | 'heldGpus'>,
): EmbodiedInput => {
  // Where no driver describes boards, those that are metered as parts of their own stand for them.
  const metered = placed.filter(({ role, resource }) => role === 'component' && resource === 'gpu');
  const gpus =
    gpuBoards.length > 0
      ? gpuBoards.map(({ meter, model }) => [meter, model] as const)
      : metered.map(({ meter }) => [meter.id, UNKNOWN_GPU] as const);
  return {
    ...{ bootId, at, uptime, wall },
    gpus: new Map(gpus),
    reserved: { processors: reserved, ofProcessors: cpu?.processors, gpus: heldGpus },
  };
};

export interface ScoreInput {
  readonly before: SciState | undefined;
  readonly work: WorkStep;
  readonly bookings: readonly Booking[];
  readonly metered: Pick<MeteringStep, 'host'>;
  readonly embodied: EmbodiedStep;
  readonly pue: number | undefined;
  /** Of the tick's energy. */
  readonly duration: Seconds;
}

/**
 * The terms of a score in one tick, E x I from what was booked location-based. Pure.
 *
 * Embodied emissions of time in which no energy was counted (the host was off or asleep) are in no score.
 */
export const sciInput = (input: ScoreInput): SciInput => {
  const { work, embodied, duration } = input;
  const factors = new Set<string>();
  const booked = new Map<string, number>();
  const add = (workload: string, amount: number) =>
    booked.set(workload, (booked.get(workload) ?? 0) + amount);
  for (const { metric, labels, amount } of input.bookings) {
    // What is caused outside of the power stations is Scope 3, and no part of I.
    if (metric === HOST_GRAMS && labels.part === 'operational') {
      factors.add(`${labels.grid_zone} ${labels.factor}`);
      add(HOST_WORKLOAD, amount);
    } else if (metric === ROW_GRAMS && !NO_OWNER.has(labels.kind ?? '')) add(labels.workload ?? '', amount);
  }
  const { booked: made, elapsed, shares, missing } = embodied;
  const covered = elapsed > 0 ? Math.min(1, duration / elapsed) : 0;
  const kept = new Map(
    shares.rows.filter(({ workload }) => !NO_OWNER.has(workload.kind)).map((row) => [row.workload.id, row]),
  );
  return {
    work: work.measured,
    basis: missing === undefined ? basisOf(input, factors) : undefined,
    operational: (workload) => {
      const amount = booked.get(workload);
      return amount === undefined ? undefined : grams(amount);
    },
    embodied: (workload): GramsCO2e | undefined => {
      const { host = 0, gpu = 0 } = made;
      if (workload === HOST_WORKLOAD) return grams((host + gpu) * covered);
      const share = kept.get(workload);
      if (share === undefined || share.host <= 0) return undefined;
      return grams((host * share.host + gpu * share.gpu) * covered);
    },
    isHeld: (key) => work.state.pairs.has(key),
  };
};

const HOST_GRAMS: MetricName = 'negawatt_emissions_location_grams_total';
const ROW_GRAMS: MetricName = 'negawatt_workload_emissions_grams_total';
const NO_OWNER: ReadonlySet<string> = new Set(['idle', 'other', 'ended']);

/** What a score stands on; undefined where that is nothing, or more than one factor in this tick. */
const basisOf = (
  { before, metered, embodied, pue }: ScoreInput,
  factors: ReadonlySet<string>,
): string | undefined => {
  const [factor] = factors;
  // A slow meter has no energy to book in most ticks: their work counts all the same.
  if (factor === undefined) return (metered.host?.energy ?? 0) > 0 ? undefined : before?.basis;
  if (factors.size > 1) return undefined;
  const host = embodied.items.find(({ part }) => part === 'host');
  return JSON.stringify([factor, pue ?? null, embodied.lifetime, host?.grams ?? 0]);
};
