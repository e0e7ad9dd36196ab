import type { Meter, Quality } from '../model/meter.ts';
import { type Joules, joules, type Seconds, seconds, sum } from '../units.ts';
import { HOST_KINDS, type Placed, rivalsOf } from './containment.ts';
import type { CpuUse } from './cpu-time.ts';
import type { Candidate } from './host-total.ts';
import { bridgeOf } from './integrate.ts';
import { powerAt } from './load-curve.ts';
import type { MeterReport } from './read-meters.ts';
import type { MeterSpan } from './span.ts';

/** Kinds that see the whole host with its supply; the others leave something out (power reference, section 3). */
const COMPLETE: ReadonlySet<string> = new Set(['wall', 'platform_in', 'platform']);

export interface CandidateInput {
  readonly placed: readonly Placed[];
  readonly frozen: ReadonlySet<string>;
  readonly reports: ReadonlyMap<string, MeterReport>;
  readonly cpu: CpuUse | undefined;
  /** Sampling interval as configured. */
  readonly interval: Seconds;
  /** Why psys may not be used, from `checkPsys`. */
  readonly psysRefused: boolean;
}

/** A sum is no better than its weakest part. */
const worst = (qualities: readonly Quality[]): Quality =>
  (['estimated', 'derived'] as const).find((quality) => qualities.includes(quality)) ?? 'measured';

/** All ways to know the host's energy at this tick; those of one kind in the order of trust. */
export const candidatesOf = (input: CandidateInput): readonly Candidate[] => {
  const { placed, frozen, psysRefused } = input;
  const candidates: Candidate[] = [];
  for (const kind of HOST_KINDS) {
    if (kind === 'psys' && psysRefused) continue;
    for (const { reader, repeats, meters } of rivalsOf(kind, placed)) {
      if (meters.some(({ meter }) => frozen.has(meter.id))) continue;
      const measured = meters.every(({ meter }) => meter.reads.as === 'energy');
      const quality = measured ? worst(meters.map(({ meter }) => meter.quality)) : 'derived';
      const complete = COMPLETE.has(kind);
      candidates.push({ source: kind, reader, repeats, quality, complete, ...reported(meters, input) });
    }
  }
  const components = placed.filter(({ role }) => role === 'component');
  const hasCpu = components.some(({ resource }) => resource === 'cpu');
  // A frozen DRAM counter costs the memory's share; a frozen package would make the rest pass for the host.
  if (hasCpu && components.every(({ meter, resource }) => resource !== 'cpu' || !frozen.has(meter.id))) {
    candidates.push({
      source: 'components',
      quality: 'derived',
      complete: false,
      ...reported(components, input),
    });
  }
  const model = placed.find(({ role }) => role === 'model');
  if (model !== undefined) {
    const span = curveSpan(model.meter, input.cpu, input.interval);
    const gpus = reported(
      components.filter(({ resource }) => resource === 'gpu'),
      input,
    );
    candidates.push({
      source: 'model',
      quality: 'estimated',
      complete: COMPLETE.has(model.meter.domain),
      meters: [{ id: model.meter.id, spans: span === undefined ? [] : [span] }, ...gpus.meters],
      patience: seconds(Math.max(gpus.patience, patienceOf(model.meter, input.interval))),
    });
  }
  return candidates;
};

/** Energy of a load curve over the interval in which CPU time was counted; none over a gap. */
const curveSpan = (meter: Meter, cpu: CpuUse | undefined, interval: Seconds): MeterSpan | undefined => {
  if (meter.reads.as !== 'curve' || cpu === undefined) return undefined;
  const duration = cpu.to - cpu.from;
  if (duration <= 0 || duration > bridgeOf(interval)) return undefined;
  return { from: cpu.from, to: cpu.to, energy: joules(powerAt(meter.reads.curve, cpu.load) * duration) };
};

const patienceOf = (meter: Meter, interval: Seconds): Seconds =>
  seconds(bridgeOf(seconds(Math.max(meter.interval, interval))) + interval);

const reported = (
  placed: readonly Placed[],
  { reports, interval }: CandidateInput,
): Pick<Candidate, 'meters' | 'patience'> => ({
  meters: placed.map(({ meter }) => ({
    id: meter.id,
    spans: reports.get(meter.id)?.spans ?? [],
    optional: meter.domain === 'gpu',
  })),
  patience: seconds(Math.max(0, ...placed.map(({ meter }) => patienceOf(meter, interval)))),
});

/** Sum tolerance of the containment check, over whatever was read (power reference, section 3). */
const TOLERANCE = 0.02;
/** psys may count whole joules (Sapphire Rapids): one unit at each end of an interval. */
const PSYS_UNITS = joules(2);

/**
 * Whether psys reported less than the parts that it should contain, over this tick. What psys covers depends on the
 * vendor, so it is believed only while it is the larger.
 */
export const contradictsPsys = (
  placed: readonly Placed[],
  reports: ReadonlyMap<string, MeterReport>,
): boolean => {
  const energyOf = (of: readonly Placed[]): Joules | undefined => {
    if (of.length === 0) return undefined;
    const spans = of.map(({ meter }) => reports.get(meter.id)?.spans ?? []);
    return spans.some((list) => list.length === 0) ? undefined : sum(spans.flat().map((span) => span.energy));
  };
  const psys = energyOf(placed.filter(({ meter }) => meter.domain === 'psys'));
  const parts = energyOf(placed.filter(({ role, meter }) => role === 'component' && meter.source === 'rapl'));
  return psys !== undefined && parts !== undefined && psys + PSYS_UNITS < parts * (1 - TOLERANCE);
};
