import type { GpuReading } from '../model/gpu.ts';
import type { Meter, Reading } from '../model/meter.ts';
import type { Resource } from '../model/workload.ts';
import {
  atMost,
  energyOf,
  type Joules,
  joules,
  ratio,
  type Seconds,
  seconds,
  subtract,
  sum,
  type Watts,
  watts,
} from '../units.ts';
import { type Calibration, calibrated, floorsFor, stampOf } from './calibration.ts';
import { candidatesOf, contradictsPsys } from './candidates.ts';
import { comparisonsOf } from './comparisons.ts';
import {
  accumulate,
  type BoardLoad,
  boardLoads,
  type LoadWindow,
  learntBy,
  loadOf,
} from './component-load.ts';
import {
  type ComponentSpan,
  componentsOf,
  initialRest,
  REST,
  type RestState,
  splitAtFloor,
} from './components.ts';
import { type Placed, place } from './containment.ts';
import type { CpuUse } from './cpu-time.ts';
import { type Drift, type DriftState, driftBetween, initialDrift, watchDrift } from './drift.ts';
import { type Floor, type FloorHint, type FloorState, initialFloor, learnFloor } from './floor.ts';
import { bookHost, type HostBooking, type HostTotalState, initialHostTotal } from './host-total.ts';
import { idlePower, idleShareOf, PACKAGE_SHAPE } from './load-curve.ts';
import { initialMeters, type MeterReport, type MetersState, readMeters } from './read-meters.ts';
import type { MeterEvent } from './span.ts';

export interface MeteringState {
  readonly meters: MetersState;
  readonly host: HostTotalState;
  readonly rest: RestState;
  readonly floors: ReadonlyMap<string, FloorState>;
  /** How busy each component was since it last reported. */
  readonly loads: ReadonlyMap<string, LoadWindow>;
  /** Not kept over restarts. */
  readonly boards?: ReadonlyMap<string, BoardLoad>;
  /** psys was seen below its parts in this boot: not used again. */
  readonly psysRefused: boolean;
  /** Correction of the meters that the floors were learnt with. */
  readonly calibration?: string;
  /** Not kept over restarts. */
  readonly drift?: DriftState;
}

export const initialMetering: MeteringState = {
  meters: initialMeters,
  host: initialHostTotal,
  rest: initialRest,
  floors: new Map(),
  loads: new Map(),
  psysRefused: false,
};

export interface MeteringPolicy {
  readonly interval: Seconds;
  /** Floors that the operator configured, by meter id or `rest`. */
  readonly floors: ReadonlyMap<string, Watts>;
  readonly calibration?: Calibration;
}

export interface MeteringInput {
  readonly meters: readonly Meter[];
  readonly readings: readonly Reading[];
  readonly cpu: CpuUse | undefined;
  readonly gpus?: readonly GpuReading[] | undefined;
  /** Monotonic time of the tick. */
  readonly now: Seconds;
  /** Grows by one a day; ages the floors. */
  readonly day: number;
}

/** Energy of one component at this tick, floor and rest apart. */
export interface ComponentBooking extends ComponentSpan {
  readonly fixed: Joules;
  readonly dynamic: Joules;
  readonly floor: Floor;
}

export interface MeteringStep {
  readonly state: MeteringState;
  readonly components: readonly ComponentBooking[];
  readonly host?: HostBooking & { readonly fixed: Joules; readonly dynamic: Joules };
  readonly placed: readonly Placed[];
  readonly reports: ReadonlyMap<string, MeterReport>;
  readonly events: readonly { readonly meter: string; readonly event: MeterEvent }[];
  /** Components slower than the tick that will report later. */
  readonly awaited: readonly { readonly id: string; readonly resource: Resource }[];
  /** How meters of the same thing compare; none until they have run side by side for minutes. */
  readonly drift: readonly Drift[];
}

const NO_CALIBRATION: Calibration = new Map();
const NO_BOARDS: ReadonlyMap<string, BoardLoad> = new Map();

/** Above this busy share every working counter moves within seconds (power reference 4.3: below it is idle). */
const BUSY_LOAD = 0.05;

/** Readings of one tick to the energy of the host and of its disjoint components. Pure. */
export const meter = (state: MeteringState, input: MeteringInput, policy: MeteringPolicy): MeteringStep => {
  const { cpu, gpus = [] } = input;
  const { calibration = NO_CALIBRATION } = policy;
  const stamp = stampOf(calibration);
  const learnt = floorsFor(state.floors, state.calibration ?? '', stamp);
  const meters = calibrated(input.meters, calibration);
  const read = readMeters(state.meters, meters, input.readings, (cpu?.load ?? 0) >= BUSY_LOAD);
  const placed = place(meters);
  const psysRefused = state.psysRefused || contradictsPsys(placed, read.reports);
  const candidates = candidatesOf({
    placed,
    frozen: read.state.frozen,
    reports: read.reports,
    cpu,
    interval: policy.interval,
    psysRefused,
  });
  const host = bookHost(state.host, candidates, input.now);
  const parts = componentsOf(state.rest, placed, read.reports, host.booking, state.host);

  const floors = new Map(learnt);
  // A floor that is learnt from this tick holds for the next: the host is split by those that its parts were split by.
  const applied = new Map([...learnt].map(([id, { floor }]) => [id, floor.power]));
  const boards = boardLoads(state.boards ?? NO_BOARDS, gpus, input.now);
  const parted = placed.flatMap(({ role, meter: one }) => (role === 'diagnosis' ? [] : one));
  const loads = accumulate(state.loads, [...parted, { id: REST }], cpu, gpus, boards);
  const components = parts.spans.map((span): ComponentBooking => {
    const window = loads.get(span.id);
    loads.delete(span.id);
    const hint = hintOf(span, placed, policy);
    // Energy of a board that comes without a reading of it: until the next one the last holds.
    const now = hint.by === 'board' ? boards.get(span.id)?.load : cpu?.load;
    const load = loadOf(window) ?? now ?? ratio(1);
    const duration = seconds(Math.max(0, span.to - span.from));
    const kept = floors.get(span.id);
    // What was learnt by the processors is no floor of a board, nor of anything else beside one.
    const by = hint.by === 'board' || (hint.by === 'all' && boards.size > 0) ? hint.by : undefined;
    const isOther = by !== undefined && kept?.by !== by;
    const before = kept === undefined || isOther ? initialFloor(hint, by) : kept;
    const modelled = span.meter?.reads.as === 'curve';
    const after = modelled
      ? before
      : learnFloor(before, { energy: span.energy, duration, load, day: input.day }, hint);
    floors.set(span.id, after);
    // Without any floor yet, what this first interval tells is better than calling all of it dynamic.
    const floor = before.floor.method === 'none' ? after.floor : before.floor;
    applied.set(span.id, floor.power);
    return { ...span, ...splitAtFloor(span.energy, floor.power, duration), floor };
  });
  const compared = comparisonsOf(candidates, placed, host.state);
  const watched = new Set(compared.flatMap(([a, b]) => [...a.meters, ...b.meters]));
  const marks = watchDrift(state.drift ?? initialDrift, watched, read.reports);
  const drift = compared.flatMap(([a, b]) => driftBetween(marks, a, b) ?? []);
  const next: MeteringState = {
    meters: read.state,
    host: host.state,
    rest: parts.state,
    floors,
    loads,
    boards,
    psysRefused,
    ...(stamp === '' ? {} : { calibration: stamp }),
    drift: marks,
  };
  const awaited = awaitedOf(placed, read.reports, components);
  const { reports, events } = read;
  const step = { state: next, components, placed, reports, events, awaited, drift };
  if (host.booking === undefined) return step;
  const { booking } = host;
  const fixed = atMost(hostFixed(booking, applied, placed), booking.energy);
  return { ...step, host: { ...booking, fixed, dynamic: subtract(booking.energy, fixed) } };
};

const awaitedOf = (
  placed: readonly Placed[],
  reports: ReadonlyMap<string, MeterReport>,
  components: readonly ComponentBooking[],
): MeteringStep['awaited'] => {
  const parts = placed.filter(
    ({ role, meter: one }) => role === 'component' && !reports.get(one.id)?.spans.length,
  );
  const hasHostMeter = placed.some(({ role }) => role === 'host');
  const restIsDue = hasHostMeter && !components.some(({ id }) => id === REST);
  return [
    ...parts.map(({ meter: one, resource = 'other' }) => ({ id: one.id, resource })),
    ...(restIsDue ? [{ id: REST, resource: 'other' as const }] : []),
  ];
};

/** What is known of a component's floor beforehand: by configuration, by data sheet, by the shape of the host's curve. */
const hintOf = (span: ComponentSpan, placed: readonly Placed[], policy: MeteringPolicy): FloorHint => {
  const reads = span.meter?.reads;
  const by = learntBy(span.meter);
  const ofHost = placed.find(({ role }) => role === 'model')?.meter.reads;
  const shape = ofHost?.as === 'curve' ? ofHost.curve : span.resource === 'cpu' ? PACKAGE_SHAPE : undefined;
  return {
    by,
    configured: policy.floors.get(span.id),
    idle: reads?.as === 'curve' ? idlePower(reads.curve) : span.meter?.floor?.power,
    idleShare: shape === undefined || by === 'board' ? undefined : (load) => idleShareOf(shape, load),
  };
};

/**
 * Energy of the host at its floor, which is those of the components that its source covers: where they are its meters, each
 * over the time that it tells of.
 */
const hostFixed = (
  booking: HostBooking,
  floors: ReadonlyMap<string, Watts>,
  placed: readonly Placed[],
): Joules => {
  const floorOf = (id: string): Watts => floors.get(id) ?? watts(0);
  const { source, told, byMeter, covered } = booking;
  if (source === 'components' || source === 'model') {
    const own = Object.entries(told).map(([id, { duration }]) =>
      atMost(energyOf(floorOf(id), duration), byMeter[id] ?? joules(0)),
    );
    return sum(own);
  }
  const parts = placed.filter(({ role }) => role === 'component').map(({ meter: one }) => one.id);
  return energyOf(sum([...parts, REST].map(floorOf)), covered);
};
