import {
  add,
  atMost,
  type Joules,
  joules,
  powerOf,
  type Ratio,
  ratio,
  type Seconds,
  scale,
  seconds,
  type Watts,
  watts,
} from '../units.ts';
import type { LearntBy } from './component-load.ts';

/**
 * How the idle floor of a component is known, best first.
 *
 * - `configured`: the operator said it. - `learnt`: low percentile of idle minutes on this host.
 * - `observed`: of a GPU board, the least seen while nothing computed on it, until enough is learnt.
 * - `curve`: by the shape of a load curve until enough is learnt.
 * - `none`: nothing is known of its shape; all energy counts as dynamic.
 */
export type FloorMethod = 'configured' | 'learnt' | 'observed' | 'curve' | 'none';

export interface Floor {
  readonly power: Watts;
  readonly method: FloorMethod;
}

export interface FloorState {
  readonly floor: Floor;
  /** What it was learnt by where that is not the processors: the board, or all of a host that has boards. */
  readonly by?: 'board' | 'all';
  /** The minute that is being gathered. */
  readonly minute: { readonly time: Seconds; readonly energy: Joules; readonly loadTime: number };
  /** Lowest mean power of any full minute so far: no floor lies above it. */
  readonly lowest?: Watts;
  /** The calmest minute so far, brought down to no load by the shape of the curve; of a board as it was. */
  readonly calmest?: { readonly load: Ratio; readonly idle: Watts };
  /** Idle minutes by day and power bin; the oldest days are dropped. */
  readonly idleMinutes: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface FloorHint {
  /** What the load says: the processors, the very board, or the busiest of all. */
  readonly by: LearntBy;
  readonly configured: Watts | undefined;
  /** Idle power that a curve or a data sheet gives for this very component. */
  readonly idle: Watts | undefined;
  /** Idle power over power at a load, by the shape of a curve; absent where no curve is near. */
  readonly idleShare: ((load: Ratio) => Ratio) | undefined;
}

/** Power reference 4.3: 5th percentile of minutes with less than 5 % busy, at least 30 of them in 14 days. */
const PERCENTILE = 0.05;
const IDLE_LOAD = 0.05;
/** A board is idle with no process on it (component-load.ts): this allows for one that leaves within the minute. */
const IDLE_BOARD = 0.01;
const LEAST_MINUTES = 30;
const WINDOW_DAYS = 14;
const MINUTE = seconds(60);
/** Bins one per cent wide: the percentile is exact to that and the memory is bounded. */
const BIN = Math.log(1.01);
/**
 * A board that has just lost its work takes seconds to calm down (3 s, H100 and H200), and its counter counts in tenths.
 * Two ticks of five seconds are 9.98 s by readings of a clock of their own, and one second less where one of them is late.
 */
const CALM = seconds(9);
/** A learnt floor moves only when the new figure differs by more than this share: a change is an event. */
const LEAST_CHANGE = 0.02;

const binOf = (power: Watts): string => String(Math.round(Math.log(Math.max(power, 1e-3)) / BIN));
const powerOfBin = (bin: string): Watts => watts(Math.exp(Number(bin) * BIN));

const percentile = (days: FloorState['idleMinutes']): Watts | undefined => {
  const bins = new Map<number, number>();
  let count = 0;
  for (const day of Object.values(days)) {
    for (const [bin, minutes] of Object.entries(day)) {
      bins.set(Number(bin), (bins.get(Number(bin)) ?? 0) + minutes);
      count += minutes;
    }
  }
  if (count < LEAST_MINUTES) return undefined;
  let seen = 0;
  for (const bin of [...bins.keys()].sort((a, b) => a - b)) {
    seen += bins.get(bin) ?? 0;
    if (seen >= count * PERCENTILE) return powerOfBin(String(bin));
  }
  return undefined;
};

const decide = (state: Omit<FloorState, 'floor'>, before: Floor, hint: FloorHint): Floor => {
  if (hint.configured !== undefined) return { power: hint.configured, method: 'configured' };
  const learnt = percentile(state.idleMinutes);
  if (learnt !== undefined) {
    const moved = Math.abs(learnt - before.power) > LEAST_CHANGE * before.power;
    return before.method === 'learnt' && !moved ? before : { power: learnt, method: 'learnt' };
  }
  if (hint.by === 'board' && state.calmest !== undefined) {
    return { power: atMost(state.calmest.idle, state.lowest ?? state.calmest.idle), method: 'observed' };
  }
  // A loaded minute is never the floor itself: it is brought down by the curve's shape. But it is above the floor, so
  // a minute below the curve's idle power disproves the curve.
  const idle = hint.idle ?? state.calmest?.idle;
  if (idle === undefined) return { power: watts(0), method: 'none' };
  return { power: state.lowest === undefined ? idle : atMost(idle, state.lowest), method: 'curve' };
};

/** The calmer of the minutes so far and this one: the less load, the less the shape of the curve matters. */
const calmer = (
  before: FloorState['calmest'],
  power: Watts,
  load: Ratio,
  hint: FloorHint,
): { readonly calmest?: NonNullable<FloorState['calmest']> } => {
  const share = hint.by === 'board' ? boardShare(load) : hint.idleShare?.(load);
  if (share === undefined || (before !== undefined && before.load <= load)) {
    return before === undefined ? {} : { calmest: before };
  }
  return { calmest: { load, idle: scale(power, share) } };
};

/** There is no curve of boards to go by: only while nothing computed is the power near the floor, and not below it. */
const boardShare = (load: Ratio): Ratio | undefined => (load <= IDLE_LOAD ? ratio(1) : undefined);

export const initialFloor = (hint: FloorHint, by?: FloorState['by']): FloorState => {
  const empty = {
    minute: { time: seconds(0), energy: joules(0), loadTime: 0 },
    idleMinutes: {},
    ...(by === undefined ? {} : { by }),
  };
  return { ...empty, floor: decide(empty, { power: watts(0), method: 'none' }, hint) };
};

/**
 * Learns from one interval of a component. Pure.
 *
 * @param load how busy what the floor goes by was in the interval, 0..1.
 * @param day any number that grows by one a day; it only ages the window.
 */
export const learnFloor = (
  state: FloorState,
  interval: {
    readonly energy: Joules;
    readonly duration: Seconds;
    readonly load: Ratio;
    readonly day: number;
  },
  hint: FloorHint,
): FloorState => {
  if (interval.duration <= 0) return state;
  const time = add(state.minute.time, interval.duration);
  const energy = add(state.minute.energy, interval.energy);
  const loadTime = state.minute.loadTime + interval.load * interval.duration;
  const power = powerOf(energy, time);
  const load = ratio(loadTime / time);
  if (time < MINUTE) {
    // Until the first minute is full, what there is of it stands for it. An idle board was measured as such, whatever
    // comes next in that minute.
    const isFirst = state.lowest === undefined;
    const isBoard = hint.by === 'board';
    // The longer it was idle the less the steps of its counter matter (an H100 counts every tenth of a second).
    const known = isBoard && load >= IDLE_BOARD ? state.calmest : undefined;
    const isLong = !isBoard || time >= CALM;
    const soFar = isFirst && isLong ? calmer(known, power, load, hint) : {};
    const again = isFirst || hint.configured !== undefined;
    const floor = again ? decide({ ...state, ...soFar }, state.floor, hint) : state.floor;
    return { ...state, ...(isBoard ? soFar : {}), floor, minute: { time, energy, loadTime } };
  }
  const lowest = state.lowest === undefined || power < state.lowest ? power : state.lowest;
  const idleMinutes =
    load < (hint.by === 'board' ? IDLE_BOARD : IDLE_LOAD)
      ? remember(state.idleMinutes, interval.day, power)
      : state.idleMinutes;
  const calmest = calmer(state.calmest, power, load, hint);
  const next = {
    minute: { time: seconds(0), energy: joules(0), loadTime: 0 },
    lowest,
    idleMinutes,
    ...calmest,
    ...(state.by === undefined ? {} : { by: state.by }),
  };
  return { ...next, floor: decide(next, state.floor, hint) };
};

const remember = (days: FloorState['idleMinutes'], day: number, power: Watts): FloorState['idleMinutes'] => {
  const kept = Object.fromEntries(Object.entries(days).filter(([at]) => Number(at) > day - WINDOW_DAYS));
  const today = kept[String(day)] ?? {};
  const bin = binOf(power);
  return { ...kept, [String(day)]: { ...today, [bin]: (today[bin] ?? 0) + 1 } };
};
