import type { GpuReading } from '../model/gpu.ts';
import type { GroupSample } from '../model/group.ts';
import type { MemoryUse } from '../model/host.ts';
import { LONGEST_UNSEEN } from '../model/sample.ts';
import { other, type Resource, rowKey, type Share, type Weight, type Workload } from '../model/workload.ts';
import { type Joules, type Seconds, seconds } from '../units.ts';
import { claimsOf, type StaticPolicy } from './claims.ts';
import { type Naming, NO_NAMING } from './classes.ts';
import {
  type Driver,
  type Drivers,
  driverFor,
  driversOf,
  lastSeen,
  NOBODY,
  NOT_SEEN,
  type Seen,
} from './drivers.ts';
import { heldGpus } from './gpu-held.ts';
import type { GpuUse } from './gpu-use.ts';
import { presentIn, reservedByOwner, reservedGpusByOwner } from './levels.ts';
import { amountOf, discrepancyOf, partition } from './partition.ts';
import { chooseTop, foldShares, foldUses, initialTop, type TopState } from './top.ts';
import { type GroupState, groupUse } from './use.ts';
import { addUses, NO_USES, scaled, type Uses, usedOf } from './uses.ts';

/** What was used since a component last reported. */
interface Pending extends Driver {
  readonly since: Seconds;
}

/** A component that is silent for longer has failed: what was gathered for it is let go. */
const LONGEST_SILENCE = seconds(3600);

/** A row whose workload is gone or lost its place: its series stay for the retention, and so does its name. */
export interface EndedRow {
  readonly since: Seconds;
  readonly workload: Workload;
}

export interface AttributionState {
  readonly groups?: GroupState;
  readonly top: TopState;
  readonly pending: ReadonlyMap<string, Pending>;
  /** Rows with series whose workload is gone, and since when. */
  readonly ended: ReadonlyMap<string, EndedRow>;
  readonly seen: Seen;
}

export const initialAttribution: AttributionState = {
  top: initialTop,
  pending: new Map(),
  ended: new Map(),
  seen: NOT_SEEN,
};

/**
 * Processors that a whole GPU counts as where the largest rows are chosen: an H100 draws 700 W, a hardware thread of a
 * Xeon 6338 205 W / 64 (data sheets). Without it a job on eight boards and one processor would go under in `other`.
 */
const PROCESSORS_PER_GPU = 200;

/** Places for ended rows beside the living, as a share of `top`: the budget of series is hard, churn or not. */
const ENDED_ROOM = 0.25;

export interface AttributionPolicy {
  readonly staticShare: StaticPolicy;
  /** Rows with series of their own; ended ones have a quarter of this beside them, then they hold places. */
  readonly top: number;
  /** How long an ended row stays exposed. */
  readonly retention: Seconds;
  /** Names and classes of workloads. */
  readonly naming?: Naming;
}

export interface AttributionInput {
  readonly at: Seconds;
  readonly duration: Seconds;
  /** Undefined where CPU time could not be read: then nothing can be shared out. */
  readonly busy: Seconds | undefined;
  readonly groups: GroupSample | undefined;
  /** Processors of the host; undefined where they could not be read. */
  readonly processors?: number | undefined;
  readonly memory?: MemoryUse | undefined;
  readonly gpus?: readonly GpuReading[] | undefined;
  /** Components that reported at this tick. */
  readonly components: readonly {
    readonly id: string;
    readonly resource: Resource;
    readonly fixed: Joules;
    readonly dynamic: Joules;
  }[];
  /** Components that are slower than the tick and will report later. */
  readonly awaited: readonly { readonly id: string; readonly resource: Resource }[];
  /** Whether a component of its own meters the processors: if not, the rest of the host follows CPU time. */
  readonly hasCpuMeter: boolean;
}

export interface AttributionStep {
  readonly state: AttributionState;
  /** Energy by exported row; sums to the energy of the components. */
  readonly shares: readonly Share[];
  /** Processor seconds by exported row. */
  readonly uses: readonly Weight[];
  /** Seconds of a whole GPU that each exported row used. */
  readonly gpuSeconds: readonly Weight[];
  /** Processors that are kept for each exported row. */
  readonly reserved: readonly Weight[];
  /** GPUs that are kept for exported rows; a row without one is not among them. */
  readonly reservedGpus: readonly Weight[];
  /** GPUs that are kept for each exported row, in boards: as stated, else by whose processes are on them. */
  readonly heldGpus: readonly Weight[];
  /** The same before rows were folded into `other`: for the one-shot report. */
  readonly detail: () => { readonly shares: readonly Share[]; readonly uses: readonly Weight[] };
  /** Rows whose retention is over: their series end now. */
  readonly retired: ReadonlySet<string>;
  /** CPU time that the groups counted beyond the host's own figure. */
  readonly discrepancy: Seconds;
  /** Workloads that exist now. */
  readonly alive: number;
  /** Their row keys; undefined where the groups could not be read. */
  readonly there: ReadonlySet<string> | undefined;
}

/**
 * Energy of the components to workloads. Pure. Law: the shares sum to the components' energy, row by row and in all.
 *
 * Dynamic energy goes by what its component was used for (drivers.ts), the idle floor by a policy (claims.ts).
 */
export const attribute = (
  state: AttributionState,
  input: AttributionInput,
  policy: AttributionPolicy,
): AttributionStep => {
  const { naming = NO_NAMING } = policy;
  const grouped = input.groups === undefined ? undefined : groupUse(state.groups, input.groups, naming);
  const uses = grouped?.uses ?? withoutUse(state.top);
  const busy = input.busy ?? seconds(0);
  const groups = grouped?.state ?? state.groups;
  const seen = lastSeen(state.seen, input, naming);
  const drivers = driversOf(input, { before: state.seen, seen }, { whole: busy, uses }, naming);
  const onGpus = (of: (gpu: GpuUse) => Uses): Uses =>
    [...drivers.gpus.values()].reduce<Uses>((all, gpu) => addUses(all, of(gpu)), NO_USES);
  const ranked =
    drivers.gpus.size === 0
      ? uses
      : addUses(
          scaled(
            onGpus((gpu) => gpu.uses),
            PROCESSORS_PER_GPU,
          ),
          uses,
        );
  const rows = nextRows(state, input, policy, ranked, grouped?.alive ?? lastKnown(state.top));
  // A row that loses its place at this tick still takes this tick's joules: a change applies to later ones.
  const open = withLate(withBoth(state.top.exported, rows.top.exported), seen, rows.ended, grouped?.alive);
  const folded = foldUses(open, uses);
  const standing = standingOf(input.groups, naming);
  const boards = boardsOf(input);
  const sharesBy = (rowsOf: (all: Uses) => readonly Weight[]): readonly Share[] =>
    input.components.flatMap((component) => {
      const use = together(state.pending.get(component.id), driverFor(component, drivers, input.hasCpuMeter));
      const drive = { whole: use.whole, rows: rowsOf(use.uses) };
      const claims = claimsOf(policy.staticShare, {
        used: drive.rows,
        reserved: rowsOf(component.resource === 'gpu' ? standing.gpus : standing.processors),
        present: rowsOf(standing.present),
        capacity: component.resource === 'gpu' ? boards : input.processors,
      });
      return partition(component, drive, claims);
    });
  return {
    state: {
      ...(groups === undefined ? {} : { groups }),
      top: rows.top,
      ended: rows.ended,
      pending: nextPending(state.pending, input, drivers),
      seen,
    },
    // Shares follow use in proportion, so the rows are folded before: it is the same, and far fewer shares.
    shares: foldShares(
      open,
      sharesBy((all) => (all === uses ? folded : foldUses(open, all))),
    ),
    uses: withUnseen(folded, busy),
    // How a board is shared now tells of the energy of a long time, for want of better, and not for how long it was used.
    gpuSeconds:
      input.duration > LONGEST_UNSEEN
        ? []
        : foldUses(
            open,
            onGpus((gpu) => gpu.seconds),
          ),
    reserved: foldUses(open, standing.processors),
    reservedGpus: foldUses(open, standing.gpus).filter(({ amount }) => amount > 0),
    heldGpus:
      input.groups === undefined || seen.gpus.size === 0
        ? []
        : foldUses(open, heldGpus(seen.gpus.values(), input.groups.tree, naming)),
    detail: () => ({ shares: sharesBy(usedOf), uses: withUnseen(usedOf(uses), busy) }),
    retired: rows.retired,
    discrepancy: seconds(discrepancyOf({ whole: busy, rows: folded })),
    alive: rows.alive,
    there: grouped?.alive,
  };
};

const standingOf = (groups: GroupSample | undefined, naming: Naming) =>
  groups === undefined
    ? { processors: NO_USES, gpus: NO_USES, present: NO_USES }
    : {
        processors: reservedByOwner(groups, naming),
        gpus: reservedGpusByOwner(groups, naming),
        present: presentIn(groups, naming),
      };

/** GPUs of the host that are metered: who keeps one of eight keeps an eighth of each. */
const boardsOf = ({ components, awaited }: AttributionInput): number =>
  new Set([...components, ...awaited].filter(({ resource }) => resource === 'gpu').map(({ id }) => id)).size;

/** While the groups cannot be read nothing is known to be used, and nothing to have ended. */
const withoutUse = ({ standings: { roster } }: TopState): Uses =>
  roster.length === 0 ? NO_USES : { roster, amounts: roster.map(() => 0) };
const lastKnown = ({ standings, exported }: TopState): ReadonlySet<string> =>
  new Set([
    ...standings.roster.filter((_, at) => (standings.rates[at] ?? 0) > 0).map(rowKey),
    ...exported.keys(),
  ]);

type Rows = ReadonlyMap<string, Workload>;
const withBoth = (before: Rows, now: Rows): Rows => (before === now ? now : new Map([...before, ...now]));

/** With the rows of jobs that ended before a slow board told of their last time: what it tells is still theirs. */
const withLate = (
  open: Rows,
  { owners }: Seen,
  ended: ReadonlyMap<string, EndedRow>,
  alive: ReadonlySet<string> | undefined,
): Rows => {
  const late = [...(owners?.values() ?? [])].flatMap((workload) => {
    const key = rowKey(workload);
    const row = open.has(key) || alive?.has(key) !== false ? undefined : ended.get(key);
    return row === undefined ? [] : [[key, row.workload] as const];
  });
  return late.length === 0 ? open : new Map([...open, ...late]);
};

/** The host's busy time that no group counted belongs to `other`, as its energy does. */
const withUnseen = (uses: readonly Weight[], busy: Seconds): readonly Weight[] => {
  const unseen = busy - amountOf(uses);
  if (!(unseen > 0)) return uses;
  const rest = other();
  const at = uses.findIndex(({ workload }) => workload === rest);
  if (at < 0) return [...uses, { workload: rest, amount: unseen }];
  return uses.map((use, i) => (i === at ? { ...use, amount: use.amount + unseen } : use));
};

const together = (held: Driver | undefined, now: Driver): Driver =>
  held === undefined ? now : { whole: held.whole + now.whole, uses: addUses(held.uses, now.uses) };

const nextPending = (
  pending: AttributionState['pending'],
  input: AttributionInput,
  drivers: Drivers,
): AttributionState['pending'] => {
  const next = new Map<string, Pending>();
  const read = new Set((input.gpus ?? []).map((reading) => reading.meter));
  for (const { id, resource } of input.awaited) {
    const held = pending.get(id);
    const kept = held !== undefined && input.at - held.since <= LONGEST_SILENCE ? held : undefined;
    // The last reading of a board is of the time before it: the next one tells of this tick, and comes with its energy.
    const driver =
      resource === 'gpu' && !read.has(id) ? NOBODY : driverFor({ id, resource }, drivers, input.hasCpuMeter);
    next.set(id, { since: kept?.since ?? input.at, ...together(kept, driver) });
  }
  return next;
};

/** Chooses the rows anew, and lets go of those whose retention is over. */
const nextRows = (
  state: AttributionState,
  input: AttributionInput,
  policy: AttributionPolicy,
  uses: Uses,
  alive: ReadonlySet<string>,
): {
  readonly alive: number;
  readonly top: TopState;
  readonly ended: ReadonlyMap<string, EndedRow>;
  readonly retired: ReadonlySet<string>;
} => {
  const ended = new Map(state.ended);
  const retired = new Set<string>();
  for (const [key, { since }] of state.ended) {
    if (input.at - since <= policy.retention) continue;
    retired.add(key);
    ended.delete(key);
  }
  // Rows whose workload is gone at this tick are shown on as well: they count before their places are given away.
  const leaving = [...state.top.exported.keys()].filter((key) => !alive.has(key)).length;
  const room = Math.floor(policy.top * ENDED_ROOM) - ended.size - leaving;
  const top = chooseTop(
    state.top,
    { at: input.at, duration: input.duration, uses, alive },
    { most: policy.top, taken: Math.max(0, -room), displace: Math.max(0, room) },
  );
  for (const [key, workload] of state.top.exported)
    if (!top.exported.has(key)) ended.set(key, { since: input.at, workload });
  for (const key of top.exported.keys()) {
    ended.delete(key);
    retired.delete(key);
  }
  return { alive: alive.size, top, ended, retired };
};
