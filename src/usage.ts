import type { AttributionStep } from './attribution/attribute.ts';
import type { BoardTime } from './attribution/board-time.ts';
import type { WorkDone } from './attribution/work.ts';
import { courseOf, type Piece } from './carbon/course.ts';
import { recordOf } from './carbon/hour-record.ts';
import type { CarbonAt } from './carbon/in-force.ts';
import { type PerJoule, perJouleOf } from './carbon/per-joule.ts';
import type { SciSum } from './carbon/sci.ts';
import type { CpuUse } from './energy/cpu-time.ts';
import type { MeteringStep } from './energy/metering.ts';
import type { Score } from './model/hour-record.ts';
import type { Sample } from './model/sample.ts';
import { meterName, type Usage } from './model/usage.ts';
import { type GramsCO2e, grams, type Joules, joules, type Seconds, scale, seconds, sum } from './units.ts';
import { energyByClass, scoresBy, useByClass } from './usage-classes.ts';
import { type Slice, slicesOf } from './usage-slices.ts';

export interface UsageInput {
  readonly sample: Sample;
  readonly duration: Seconds;
  readonly cpu: CpuUse | undefined;
  readonly metered: MeteringStep;
  readonly attributed: AttributionStep;
  /** What GPUs were used for, by the id of their meter. */
  readonly boards: ReadonlyMap<string, BoardTime>;
  readonly work: readonly WorkDone[];
  /** Terms of scores of this tick alone. */
  readonly scores?: readonly SciSum[] | undefined;
  readonly carbonAt: CarbonAt;
  /** Factors over the time that the host's energy is booked for, and that time, milliseconds since 1970 UTC. */
  readonly course: readonly Piece[];
  readonly span: readonly [from: number, to: number];
}

const NOTHING = joules(0);
const of = (amount: Seconds | undefined, share: number): Seconds | undefined =>
  amount === undefined ? undefined : scale(amount, share);
const gramsOf = (energy: Joules, perJoule: number | undefined): GramsCO2e | undefined =>
  perJoule === undefined ? undefined : grams(energy * perJoule);

/**
 * What one tick adds to the rows of the history, by minute; by hour where a span is longer than one. Pure.
 *
 * Laws: the host's energy is what the tick books to `hw_host_energy_joules_total`, the parts' that of the components,
 * the classes' that of the rows; each split over time in proportion to it.
 */
export const usageOf = (input: UsageInput): readonly Usage[] => {
  const { sample, duration, cpu, metered, attributed, boards, work, carbonAt, course, span } = input;
  const rows: Usage[] = [];
  const wallOf = (at: Seconds): number => sample.wall - (sample.at - at) * 1000;
  const sliced = (from: Seconds, to: Seconds): readonly Slice[] =>
    slicesOf(wallOf(from), wallOf(to), courseOf(carbonAt, wallOf(from), wallOf(to)));
  const add = (slices: readonly Slice[], scope: Usage['scope'], name: string, amounts: Amounts): void => {
    for (const slice of slices) rows.push(rowOf(slice, scope, name, amounts));
  };
  const { host } = metered;
  const booked = slicesOf(span[0], span[1], course);
  const start = seconds(sample.at - duration);
  // Without a booking the span of the course is that of the tick.
  const now = host === undefined || isNear(host, start, sample.at) ? booked : sliced(start, sample.at);
  const slicesFor = (from: Seconds, to: Seconds): readonly Slice[] => {
    if (host !== undefined && isNear(host, from, to)) return booked;
    return isNear({ from: start, to: sample.at }, from, to) ? now : sliced(from, to);
  };
  if (host !== undefined) {
    const { energy, quality, covered, to } = host;
    const meter = meterName(host.source, host.complete);
    // What a slow meter tells of longer ago was covered by the others.
    const covering = slicesFor(seconds(to - covered), to);
    const isSame = covering === booked;
    add(booked, 'host', '', { energy, quality, meter, isBooked: true, ...(isSame ? { covered } : {}) });
    if (!isSame) add(covering, 'host', '', { covered });
  }
  const scores = scoresBy(attributed, course, input.scores);
  const told = [...boards].filter(([, { busy }]) => busy !== undefined);
  add(now, 'host', '', {
    poweredOn: duration,
    gpuBusy: told.length === 0 ? undefined : sum(told.map(([, { busy }]) => busy ?? seconds(0))),
    gpuAvailable: told.length === 0 ? undefined : sum(told.map(([, { watched }]) => watched ?? seconds(0))),
    work: totalOf(work),
    scores: scores.host,
  });
  if (cpu !== undefined)
    add(slicesFor(cpu.from, cpu.to), 'host', '', { cpuBusy: cpu.busy, cpuAvailable: cpu.total });
  for (const { id, energy, from, to, meter } of metered.components) {
    const covered = seconds(to - from);
    add(slicesFor(from, to), 'domain', id, { energy, covered, quality: meter?.quality });
  }
  for (const [id, { busy, watched }] of told)
    add(now, 'domain', id, { gpuBusy: busy, gpuAvailable: watched });
  for (const [name, energy] of energyByClass(attributed)) add(booked, 'class', name, { energy });
  for (const [name, amounts] of useByClass(attributed, work, scores)) add(now, 'class', name, amounts);
  return rows;
};

/** All work by unit, as a sum over `negawatt_work_total` gives it. */
const totalOf = (work: readonly WorkDone[]): ReadonlyMap<string, number> | undefined => {
  if (work.length === 0) return undefined;
  const sums = new Map<string, number>();
  for (const { unit, amount } of work) sums.set(unit, (sums.get(unit) ?? 0) + amount);
  return sums;
};

/** Readings of one tick are taken within some milliseconds: they share a split, which saves a search of the factors. */
const NEAR_S = 0.05;

const isNear = (
  { from, to }: { readonly from: Seconds; readonly to: Seconds },
  otherFrom: Seconds,
  otherTo: Seconds,
): boolean => Math.abs(from - otherFrom) <= NEAR_S && Math.abs(to - otherTo) <= NEAR_S;

interface Amounts {
  readonly energy?: Joules;
  readonly covered?: Seconds;
  readonly poweredOn?: Seconds;
  readonly cpuBusy?: Seconds | undefined;
  readonly cpuAvailable?: Seconds;
  readonly gpuBusy?: Seconds | undefined;
  readonly gpuAvailable?: Seconds | undefined;
  readonly quality?: Usage['quality'];
  readonly meter?: string;
  readonly work?: ReadonlyMap<string, number> | undefined;
  readonly scores?: ReadonlyMap<string, Score> | undefined;
  /** The host's own energy, which emissions and money are booked for. */
  readonly isBooked?: boolean;
}

const NONE: PerJoule = {};

const rowOf = (
  { period, start, share, carbon }: Slice,
  scope: Usage['scope'],
  name: string,
  amounts: Amounts,
): Usage => {
  const energy = amounts.energy === undefined ? NOTHING : scale(amounts.energy, share);
  // A row of time alone has no grams, not 0 g.
  const perJoule = amounts.energy === undefined ? NONE : perJouleOf(carbon);
  const isHost = scope === 'host';
  return {
    period,
    start,
    scope,
    name,
    gridZone: carbon.example ? '' : (carbon.zone ?? ''),
    energy,
    location: gramsOf(energy, perJoule.location),
    market: gramsOf(energy, perJoule.market),
    withoutLocation: perJoule.location === undefined ? energy : NOTHING,
    withoutMarket: perJoule.market === undefined ? energy : NOTHING,
    locationFactor: isHost ? perJoule.locationFactor : undefined,
    marketFactor: isHost ? perJoule.marketFactor : undefined,
    covered: of(amounts.covered, share),
    poweredOn: of(amounts.poweredOn, share),
    cpuBusy: of(amounts.cpuBusy, share),
    cpuAvailable: of(amounts.cpuAvailable, share),
    gpuBusy: of(amounts.gpuBusy, share),
    gpuAvailable: of(amounts.gpuAvailable, share),
    quality: amounts.quality,
    ...(amounts.meter === undefined ? {} : { meter: amounts.meter }),
    work: amounts.work === undefined || share === 1 ? amounts.work : inShare(amounts.work, share),
    ...(amounts.isBooked === true ? { record: recordOf(energy, carbon) } : {}),
    ...(amounts.scores === undefined || carbon.example ? {} : { scores: scoresIn(amounts.scores, share) }),
  };
};

const scoresIn = (scores: ReadonlyMap<string, Score>, share: number): ReadonlyMap<string, Score> =>
  share === 1
    ? scores
    : new Map(
        [...scores].map(([key, one]) => [
          key,
          {
            ...one,
            energy: scale(one.energy, share),
            operational: scale(one.operational, share),
            embodied: scale(one.embodied, share),
            done: one.done * share,
          },
        ]),
      );

const inShare = (work: ReadonlyMap<string, number>, share: number): ReadonlyMap<string, number> =>
  new Map([...work].map(([unit, amount]) => [unit, amount * share]));
