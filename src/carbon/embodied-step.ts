import { type EmbodiedFigure, type EmbodiedPolicy, UNKNOWN_GPU } from '../model/embodied.ts';
import { type GramsCO2e, grams, type Seconds, seconds, sum } from '../units.ts';
import { amortised, inService } from './amortise.ts';
import { gpuFigure } from './embodied.ts';
import { type ReservedInput, type ReservedShares, reservedShares } from './reserved-share.ts';

/** Where the last tick left off. Plain data, kept over restarts. */
export interface EmbodiedState {
  readonly bootId: string;
  /** Monotonic time, which stands still while the host sleeps. */
  readonly at: Seconds;
  /** Time since boot, time asleep included. */
  readonly uptime: Seconds;
  /** Milliseconds since 1970 UTC. */
  readonly wall: number;
  /** Models of the GPUs that were seen in this boot, by meter: one that its driver lost is still built in. */
  readonly gpus: ReadonlyMap<string, string>;
}

export interface EmbodiedInput {
  readonly bootId: string;
  readonly at: Seconds;
  readonly uptime: Seconds;
  readonly wall: number;
  /** GPUs that are told of now: id of the meter and model. */
  readonly gpus: ReadonlyMap<string, string>;
  readonly reserved: Omit<ReservedInput, 'ofGpus'>;
}

/** One thing that the host is made of, or several of a model. */
export interface EmbodiedItem extends EmbodiedFigure {
  readonly part: 'host' | 'gpu';
  readonly count: number;
  /** Of all of them, at the pace that holds while they are in service. */
  readonly gramsPerHour: GramsCO2e;
}

export interface EmbodiedStep {
  readonly state: EmbodiedState;
  readonly items: readonly EmbodiedItem[];
  /** To be booked; absent where the host has no such part or no figure for it. */
  readonly booked: { readonly host?: GramsCO2e; readonly gpu?: GramsCO2e };
  /** Time that it is for: the agent's downtime is in it. */
  readonly elapsed: Seconds;
  readonly shares: ReservedShares;
  readonly lifetime: Seconds;
  /** Whether the hardware is in service now: neither before its purchase nor beyond its life. */
  readonly isInService: boolean;
  /** Why the host itself has no figure. */
  readonly missing?: { readonly reason: string; readonly fix: string };
}

/**
 * Over a reboot only the wall clock tells how long the host was down. Beyond this a clock that was wrong cannot be told
 * from a host that was off; ours, no standard sets it.
 */
export const LONGEST_GAP = seconds(90 * 86_400);
const HOUR = seconds(3600);

/**
 * Embodied emissions of the time since the last tick. Pure.
 *
 * They accrue with calendar time, also while the agent was down: the host existed. Law: the same in sum for any split
 * of a time into ticks.
 */
export const embodiedStep = (
  before: EmbodiedState | undefined,
  input: EmbodiedInput,
  policy: EmbodiedPolicy,
): EmbodiedStep => {
  const { lifetime, purchased, host } = policy;
  const elapsed = elapsedBetween(before, input);
  const counted = inService(elapsed, input.wall, purchased, lifetime);
  const isSameBoot = before?.bootId === input.bootId;
  const gpus = isSameBoot ? withAll(before.gpus, input.gpus) : input.gpus;
  const itemOf = (figure: EmbodiedFigure, part: EmbodiedItem['part'], count: number): EmbodiedItem => ({
    ...figure,
    part,
    count,
    gramsPerHour: amortised(grams(figure.grams * count), lifetime, HOUR),
  });
  const boards = (models: ReadonlyMap<string, string>): readonly EmbodiedItem[] =>
    host.found && host.value.includesGpus === true
      ? []
      : [...tally(models)].map(([model, n]) => itemOf(gpuFigure(policy, model), 'gpu', n));
  const own = host.found ? [itemOf(host.value, 'host', 1)] : [];
  const known = boards(gpus);
  // What was there before the time that is counted; a board that is new counts from now on.
  const past = boards(before?.gpus ?? new Map());
  const amount = (items: readonly EmbodiedItem[]): GramsCO2e =>
    sum(items.map((one) => amortised(grams(one.grams * one.count), lifetime, counted)));
  return {
    state: { bootId: input.bootId, at: input.at, uptime: input.uptime, wall: input.wall, gpus },
    items: [...own, ...known],
    booked: {
      ...(own.length === 0 ? {} : { host: amount(own) }),
      ...(known.length + past.length === 0 ? {} : { gpu: amount(past) }),
    },
    elapsed,
    shares: reservedShares({ ...input.reserved, ofGpus: gpus.size }),
    lifetime,
    isInService: purchased === undefined || isBetween(input.wall, purchased, purchased + lifetime * 1000),
    ...(host.found ? {} : { missing: { reason: host.reason, fix: host.fix } }),
  };
};

const elapsedBetween = (before: EmbodiedState | undefined, now: EmbodiedInput): Seconds => {
  if (before === undefined) return seconds(0);
  // The longer of the two: asleep it exists too, and not every system tells its time since boot.
  if (before.bootId === now.bootId)
    return seconds(Math.max(0, now.uptime - before.uptime, now.at - before.at));
  return seconds(Math.min(LONGEST_GAP, Math.max(0, now.wall - before.wall) / 1000));
};

const isBetween = (value: number, from: number, to: number): boolean => value >= from && value < to;

/** The same map while nothing is new. Boards that a driver describes take the place of meters that stood for them. */
const withAll = (
  before: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> => {
  if ([...now].every(([meter, model]) => before.get(meter) === model)) return before;
  const isDescribed = (of: ReadonlyMap<string, string>): boolean =>
    [...of.values()].some((model) => model !== UNKNOWN_GPU);
  if (isDescribed(before) && !isDescribed(now)) return before;
  const kept = isDescribed(now) ? [...before].filter(([, model]) => model !== UNKNOWN_GPU) : before;
  return new Map([...kept, ...now]);
};

const tally = (models: ReadonlyMap<string, string>): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const model of models.values()) counts.set(model, (counts.get(model) ?? 0) + 1);
  return counts;
};
