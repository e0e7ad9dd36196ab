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

/**
 * How the idle floor of a component is known, best first.
 *
 * - `configured`: the operator said it. - `learnt`: low percentile of idle minutes on this host.
 * - `curve`: by the shape of a load curve until enough is learnt.
 * - `none`: nothing is known of its shape; all energy counts as dynamic.
 */
export type FloorMethod = 'configured' | 'learnt' | 'curve' | 'none';

export interface Floor {
  readonly power: Watts;
  readonly method: FloorMethod;
}

export interface FloorState {
  readonly floor: Floor;
  /** The minute that is being gathered. */
  readonly minute: { readonly time: Seconds; readonly energy: Joules; readonly loadTime: number };
  /** Lowest mean power of any full minute so far: no floor lies above it. */
  readonly lowest?: Watts;
  /** The calmest minute so far, brought down to no load by the shape of the curve. */
  readonly calmest?: { readonly load: Ratio; readonly idle: Watts };
  /** Idle minutes by day and power bin; the oldest days are dropped. */
  readonly idleMinutes: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface FloorHint {
  readonly configured: Watts | undefined;
  /** Idle power that a curve or a data sheet gives for this very component. */
  readonly idle: Watts | undefined;
  /** Idle power over power at a load, by the shape of a curve; absent where no curve is near. */
  readonly idleShare: ((load: Ratio) => Ratio) | undefined;
}

/** Power reference 4.3: 5th percentile of minutes with less than 5 % busy, at least 30 of them in 14 days. */
const PERCENTILE = 0.05;
const IDLE_LOAD = 0.05;
const LEAST_MINUTES = 30;
const WINDOW_DAYS = 14;
const MINUTE = seconds(60);
/** Bins one per cent wide: the percentile is exact to that and the memory is bounded. */
const BIN = Math.log(1.01);
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
  if (hint.idleShare === undefined || (before !== undefined && before.load <= load)) {
    return before === undefined ? {} : { calmest: before };
  }
  return { calmest: { load, idle: scale(power, hint.idleShare(load)) } };
};

export const initialFloor = (hint: FloorHint): FloorState => {
  const empty = { minute: { time: seconds(0), energy: joules(0), loadTime: 0 }, idleMinutes: {} };
  return { ...empty, floor: decide(empty, { power: watts(0), method: 'none' }, hint) };
};

/**
 * Learns from one interval of a component. Pure.
 *
 * @param load busy share of the host in the interval, 0..1.
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
    // Until the first minute is full, what there is of it stands for it.
    const isFirst = state.lowest === undefined;
    const soFar = isFirst ? calmer(undefined, power, load, hint) : {};
    const again = isFirst || hint.configured !== undefined;
    const floor = again ? decide({ ...state, ...soFar }, state.floor, hint) : state.floor;
    return { ...state, floor, minute: { time, energy, loadTime } };
  }
  const lowest = state.lowest === undefined || power < state.lowest ? power : state.lowest;
  const idleMinutes = load < IDLE_LOAD ? remember(state.idleMinutes, interval.day, power) : state.idleMinutes;
  const calmest = calmer(state.calmest, power, load, hint);
  const next = {
    minute: { time: seconds(0), energy: joules(0), loadTime: 0 },
    lowest,
    idleMinutes,
    ...calmest,
  };
  return { ...next, floor: decide(next, state.floor, hint) };
};

const remember = (days: FloorState['idleMinutes'], day: number, power: Watts): FloorState['idleMinutes'] => {
  const kept = Object.fromEntries(Object.entries(days).filter(([at]) => Number(at) > day - WINDOW_DAYS));
  const today = kept[String(day)] ?? {};
  const bin = binOf(power);
  return { ...kept, [String(day)]: { ...today, [bin]: (today[bin] ?? 0) + 1 } };
};
