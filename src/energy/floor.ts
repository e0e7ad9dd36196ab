import {
  add,
  type Joules,
  joules,
  powerOf,
  type Ratio,
  type Seconds,
  seconds,
  type Watts,
  watts,
} from '../units.ts';

/**
 * How the idle floor of a component is known, best first.
 *
 * - `configured`: the operator said it. - `learnt`: low percentile of idle minutes on this host.
 * - `curve`: from a load curve until enough is learnt. - `lowest`: the lowest minute seen, where no curve fits.
 * - `none`: nothing seen yet; all energy counts as dynamic.
 */
export type FloorMethod = 'configured' | 'learnt' | 'curve' | 'lowest' | 'none';

export interface Floor {
  readonly power: Watts;
  readonly method: FloorMethod;
}

export interface FloorState {
  readonly floor: Floor;
  /** The minute that is being gathered. */
  readonly minute: { readonly time: Seconds; readonly energy: Joules; readonly loadTime: number };
  /** Lowest mean power of any full minute so far. */
  readonly lowest?: Watts;
  /** Idle minutes by day and power bin; the oldest days are dropped. */
  readonly idleMinutes: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface FloorHint {
  readonly configured: Watts | undefined;
  readonly curve: Watts | undefined;
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
  // A minute below the curve's idle power disproves the curve, so the lower of the two holds.
  if (hint.curve !== undefined) {
    const power = state.lowest === undefined || hint.curve < state.lowest ? hint.curve : state.lowest;
    return { power, method: 'curve' };
  }
  return state.lowest === undefined
    ? { power: watts(0), method: 'none' }
    : { power: state.lowest, method: 'lowest' };
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
  const time = add(state.minute.time, interval.duration);
  const energy = add(state.minute.energy, interval.energy);
  const loadTime = state.minute.loadTime + interval.load * interval.duration;
  if (time < MINUTE) {
    const configured = hint.configured !== undefined && state.floor.power !== hint.configured;
    const floor = configured ? decide(state, state.floor, hint) : state.floor;
    return { ...state, floor, minute: { time, energy, loadTime } };
  }
  const power = powerOf(energy, time);
  const lowest = state.lowest === undefined || power < state.lowest ? power : state.lowest;
  const idleMinutes =
    loadTime / time < IDLE_LOAD ? remember(state.idleMinutes, interval.day, power) : state.idleMinutes;
  const next = { minute: { time: seconds(0), energy: joules(0), loadTime: 0 }, lowest, idleMinutes };
  return { ...next, floor: decide(next, state.floor, hint) };
};

const remember = (days: FloorState['idleMinutes'], day: number, power: Watts): FloorState['idleMinutes'] => {
  const kept = Object.fromEntries(Object.entries(days).filter(([at]) => Number(at) > day - WINDOW_DAYS));
  const today = kept[String(day)] ?? {};
  const bin = binOf(power);
  return { ...kept, [String(day)]: { ...today, [bin]: (today[bin] ?? 0) + 1 } };
};
