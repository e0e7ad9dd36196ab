import {
  type AttributionPolicy,
  type AttributionState,
  type AttributionStep,
  attribute,
  initialAttribution,
} from './attribution/attribute.ts';
import { type BoardMarks, boardTimes } from './attribution/board-time.ts';
import { namingOf } from './attribution/classes.ts';
import type { LivesTick } from './attribution/lives.ts';
import { divisorOf } from './attribution/partition.ts';
import { chooseProcesses, type ProcessRows } from './attribution/process-rows.ts';
import { type ProcessState, type ProcessUse, processUse } from './attribution/process-use.ts';
import { pairKey, type WorkState, type WorkStep, workStep } from './attribution/work.ts';
import { bookingsOf } from './booking.ts';
import { courseOf } from './carbon/course.ts';
import { type EmbodiedState, embodiedStep } from './carbon/embodied-step.ts';
import { type HeldFactors, heldFactors } from './carbon/held-factors.ts';
import type { CarbonAt } from './carbon/in-force.ts';
import { type SciState, sciStep } from './carbon/sci.ts';
import { type CpuUse, cpuUseBetween } from './energy/cpu-time.ts';
import {
  initialMetering,
  type MeteringPolicy,
  type MeteringState,
  type MeteringStep,
  meter,
} from './energy/metering.ts';
import { embodiedInput, sciInput } from './footprint.ts';
import type { Account, Booking } from './ledger.ts';
import { livedIn } from './lived.ts';
import type { EmbodiedPolicy } from './model/embodied.ts';
import type { CpuTimes } from './model/host.ts';
import type { Sample } from './model/sample.ts';
import type { Usage } from './model/usage.ts';
import type { Workload } from './model/workload.ts';
import { add, type Joules, joules, type Seconds, seconds, sum } from './units.ts';
import { usageOf } from './usage.ts';
import type { TickView } from './view.ts';

/** Everything that one tick hands to the next; plain data, kept over restarts. */
export interface EngineState {
  readonly bootId: string;
  readonly at?: Seconds;
  readonly cpu?: CpuTimes;
  readonly selfCpu?: Seconds;
  readonly metering: MeteringState;
  readonly attribution: AttributionState;
  readonly processes?: ProcessState;
  readonly processRows: ProcessRows;
  /** Absent until a GPU was read. */
  readonly boards?: BoardMarks;
  /** Absent until work was told. */
  readonly work?: WorkState;
  /** Up to when embodied emissions are booked; absent where they are switched off. */
  readonly embodied?: EmbodiedState;
  /** Absent until there is a factor, a figure of the hardware and work. */
  readonly sci?: SciState;
  /** Factors that rows have series of grams by; absent until there was one. */
  readonly factors?: HeldFactors;
  /** What the processes will share at the next pass. */
  readonly window: { readonly busy: Seconds; readonly dynamic: Joules };
}

export interface EnginePolicy {
  readonly metering: MeteringPolicy;
  readonly attribution: AttributionPolicy;
  /** Whether processes get series of their own. */
  readonly processMetrics: boolean;
  /** What the hardware took to make; left out: switched off. */
  readonly embodied?: EmbodiedPolicy | undefined;
  /** Whether rows of the history are made; left out: yes. Not for simulated hosts, whose hours nobody keeps. */
  readonly history?: boolean;
}

export interface TickResult {
  readonly state: EngineState;
  readonly bookings: readonly Booking[];
  /** Whether an account's series ends now. */
  readonly retires: (account: Pick<Account, 'metric' | 'labels'>) => boolean;
  /** What is added to the rows of the history. */
  readonly usage: readonly Usage[];
  /** What is added to the lives of the workloads. */
  readonly lived: LivesTick;
  readonly view: TickView;
}

export const initialEngine = (bootId: string): EngineState => ({
  bootId,
  metering: initialMetering,
  attribution: initialAttribution,
  processRows: new Map(),
  window: { busy: seconds(0), dynamic: joules(0) },
});

/** State as the next boot may use it: hardware counters and clocks began anew, what was learnt holds. */
const afterReboot = (state: EngineState, { bootId, at }: Sample): EngineState => ({
  ...initialEngine(bootId),
  metering: {
    ...initialMetering,
    floors: state.metering.floors,
    ...keep('calibration', state.metering.calibration),
  },
  // Counters of work are the applications' own: each tells by itself whether it began anew.
  ...keep('work', state.work),
  // The host existed while it was down.
  ...keep('embodied', state.embodied),
  ...keep('sci', state.sci),
  // Times of the clock of another boot mean nothing in this one.
  ...keep('factors', state.factors && new Map([...state.factors.keys()].map((id) => [id, at]))),
});

/**
 * One tick: what was read, to what is booked. Pure: the same state, sample, factors and policy give the same result.
 *
 * The order of the stages is all that stands here: CPU time, energy of the components and of the host, shares of the
 * workloads, processes, work, emissions, what the hardware took to make.
 */
export const tick = (
  before: EngineState,
  sample: Sample,
  carbonAt: CarbonAt,
  policy: EnginePolicy,
): TickResult => {
  const state = before.bootId === sample.bootId ? before : afterReboot(before, sample);
  const cpu = cpuBetween(state.cpu, sample.cpu);
  const metered = meter(
    state.metering,
    {
      meters: sample.meters,
      readings: sample.readings,
      cpu,
      gpus: sample.gpus,
      now: sample.at,
      day: Math.floor(sample.wall / 86_400_000),
    },
    policy.metering,
  );
  const duration = seconds(state.at === undefined ? 0 : sample.at - state.at);
  const hasCpuMeter =
    metered.components.some(({ resource }) => resource === 'cpu') ||
    metered.placed.some(({ resource }) => resource === 'cpu');
  const naming = namingOf(sample.facts, policy.attribution.naming?.rules);
  const { groups } = state.attribution;
  const attributed = attribute(
    state.attribution,
    {
      at: sample.at,
      duration,
      busy: cpu?.busy,
      groups: sample.groups,
      processors: sample.cpu?.processors,
      memory: sample.memory,
      gpus: sample.gpus,
      components: metered.components,
      awaited: metered.awaited,
      hasCpuMeter,
    },
    { ...policy.attribution, naming },
  );

  const followsCpu = metered.components.filter(
    ({ resource }) => resource === 'cpu' || (resource === 'other' && !hasCpuMeter),
  );
  const dynamic = sum(followsCpu.map((component) => component.dynamic));
  const window = {
    busy: add(state.window.busy, cpu?.busy ?? seconds(0)),
    dynamic: add(state.window.dynamic, dynamic),
  };
  const processes =
    sample.processes === undefined ? undefined : processUse(state.processes, sample.processes, window);
  const chosen =
    processes === undefined || !policy.processMetrics
      ? { rows: state.processRows, retired: [] }
      : chooseProcesses(state.processRows, processes.processes, {
          at: sample.at,
          most: policy.attribution.top,
          retention: policy.attribution.retention,
        });
  const self = selfEnergy(
    state.selfCpu,
    sample,
    dynamic,
    cpu,
    divisorOf({ whole: cpu?.busy ?? 0, rows: attributed.uses }),
  );
  const work = workOf(state.work, sample, metered, attributed, policy);
  const boards = boardTimes(state.boards, sample.gpus);
  const span = spanOf(metered, sample, duration);
  const course = courseOf(carbonAt, ...span);
  const factors = heldFactors(state.factors ?? new Map(), course, sample.at, policy.attribution.retention);
  const embodied =
    policy.embodied === undefined
      ? undefined
      : embodiedStep(state.embodied, embodiedInput(sample, metered, attributed), policy.embodied);
  const bookings = bookingsOf({
    sample,
    duration,
    metered,
    attributed,
    boards: boards.times,
    course,
    processes: processesOf(processes, chosen.rows, policy),
    self,
    work: work.done,
    embodied,
    bookedUntil: state.metering.host.bookedUntil,
  });
  const sci =
    embodied === undefined
      ? undefined
      : sciStep(
          state.sci,
          sciInput({
            before: state.sci,
            work,
            bookings,
            metered,
            embodied,
            pue: carbonAt(sample.wall).pue,
            duration,
          }),
        );
  const rawProcesses = sample.processes;
  return {
    state: {
      bootId: sample.bootId,
      at: sample.at,
      ...keep('cpu', sample.cpu ?? state.cpu),
      ...keep('selfCpu', sample.self?.cpu ?? state.selfCpu),
      ...keep('processes', processes?.state ?? state.processes),
      metering: metered.state,
      attribution: attributed.state,
      processRows: chosen.rows,
      ...(boards.marks.size === 0 ? {} : { boards: boards.marks }),
      ...keep('work', work.state),
      ...keep('embodied', embodied?.state),
      ...keep('sci', sci?.state),
      factors,
      window: rawProcesses === undefined ? window : { busy: seconds(0), dynamic: joules(0) },
    },
    bookings,
    retires: retirement(
      attributed.retired,
      new Set(chosen.retired.map(({ pid, startTicks }) => `${pid}/${startTicks}`)),
      work.retired,
      factors,
    ),
    usage:
      policy.history === false
        ? []
        : usageOf({
            sample,
            duration,
            cpu,
            metered,
            attributed,
            boards: boards.times,
            work: work.done,
            scores: sci?.tick,
            carbonAt,
            course,
            span,
          }),
    lived: livedIn({ sample, duration, metered, attributed, work: work.done, course, groups, naming }),
    view: {
      sample,
      duration,
      ...keep('cpu', cpu),
      metered,
      attributed,
      ...keep('processes', processes),
      carbon: carbonAt(sample.wall),
      course,
      work,
      ...keep('embodied', embodied),
      ...keep('sci', sci),
    },
  };
};

const keep = <K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } =>
  (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: T };

const cpuBetween = (before: CpuTimes | undefined, now: CpuTimes | undefined): CpuUse | undefined =>
  before === undefined || now === undefined || now.at <= before.at ? undefined : cpuUseBetween(before, now);

const processesOf = (
  use: ProcessUse | undefined,
  rows: ProcessRows,
  policy: EnginePolicy,
): { readonly use: ProcessUse; readonly rows: ProcessRows } | undefined =>
  use === undefined || !policy.processMetrics ? undefined : { use, rows };

/** A host meter that is silent for longer is not awaited: what is done meanwhile has no energy beside it. */
const LONGEST_WAIT = seconds(120);

const workOf = (
  before: WorkState | undefined,
  sample: Sample,
  { host, state }: MeteringStep,
  { shares, state: { top } }: AttributionStep,
  { attribution }: EnginePolicy,
): WorkStep => {
  const isAwaited = state.host.source !== undefined && sample.at - state.host.bookedUntil <= LONGEST_WAIT;
  const known = function* (): Iterable<Workload> {
    yield* top.exported.values();
    yield* top.standings.roster;
  };
  const exported = (): ReadonlySet<string> => new Set([...top.exported.values()].map(({ id }) => id));
  let ids: ReadonlySet<string> | undefined;
  return workStep(before, {
    at: sample.at,
    readings: sample.work ?? [],
    workloads: known,
    host: host?.energy ?? (isAwaited ? joules(0) : undefined),
    shares,
    isExported: (id) => {
      ids ??= exported();
      return ids.has(id);
    },
    retention: attribution.retention,
  });
};

/** Dynamic energy of the agent itself, by its share of the host's CPU time. */
const selfEnergy = (
  before: Seconds | undefined,
  sample: Sample,
  dynamic: Joules,
  cpu: CpuUse | undefined,
  divisor: number,
): Joules => {
  if (before === undefined || sample.self === undefined || cpu === undefined || divisor <= 0)
    return joules(0);
  const own = Math.max(0, sample.self.cpu - before);
  return joules(dynamic * Math.min(1, own / divisor));
};

const retirement =
  (
    rows: ReadonlySet<string>,
    processes: ReadonlySet<string>,
    work: ReadonlySet<string>,
    factors: HeldFactors,
  ): TickResult['retires'] =>
  ({ metric, labels }) => {
    const { workload, unit } = labels;
    if (metric === 'negawatt_workload_emissions_grams_total' && !factors.has(labels.factor ?? ''))
      return true;
    if (workload !== undefined && unit !== undefined) return work.has(pairKey({ workload, unit }));
    if (workload !== undefined) return rows.has(`${labels.kind} ${labels.workload}`);
    const pid = labels.process_pid;
    return pid !== undefined && processes.has(`${pid}/${labels.process_start_ticks}`);
  };

/** Wall clock times of what is booked for the host at this tick; without a booking, of the tick. */
const spanOf = (
  { host }: MeteringStep,
  sample: Sample,
  duration: Seconds,
): readonly [from: number, to: number] => [
  wallOf(sample, host?.from ?? seconds(sample.at - duration)),
  wallOf(sample, host?.to ?? sample.at),
];

/** The wall clock only says which hour, and which factor; the span itself is monotonic. */
const wallOf = (sample: Sample, at: Seconds): number => sample.wall - (sample.at - at) * 1000;
