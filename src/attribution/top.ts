import { other, rowKey, type Share, type Workload, type WorkloadUse } from '../model/workload.ts';
import { type Joules, joules, type Seconds, seconds } from '../units.ts';

/** A workload's place among the rows that are exported. */
interface Standing {
  readonly workload: Workload;
  /** Recent use, exponentially forgotten. Processor seconds per second. */
  readonly rate: number;
}

export interface TopState {
  readonly standings: ReadonlyMap<string, Standing>;
  /** Rows with series of their own, by key. */
  readonly exported: ReadonlyMap<string, Workload>;
  /** When the rows were last chosen. */
  readonly chosenAt?: Seconds;
}

export const initialTop: TopState = { standings: new Map(), exported: new Map() };

/** Time over which use counts: a short burst does not push a steady workload out. */
const MEMORY = seconds(300);
/** Rows are chosen anew at most this often, and a newcomer must beat a row by this much: series stay put. */
const CHOOSE_EVERY = seconds(60);
const INCUMBENT = 1.25;
/** Below one processor second a day nothing is worth remembering. */
const FORGOTTEN = 1e-5;

export const isReserved = ({ kind }: Workload): boolean => kind === 'idle' || kind === 'other';

/**
 * Chooses which workloads get series of their own: the largest users of CPU time. Pure.
 *
 * The choice holds for the joules of later intervals; what was booked never moves. A free place is taken at once, so
 * that a new host shows its workloads at the first interval; places are contested once a minute.
 *
 * @param limits `most` rows; places `taken` by rows that ended and are still shown; rows that a contest may `displace`,
 *   since each of them is shown for the retention too.
 */
export const chooseTop = (
  state: TopState,
  interval: {
    readonly at: Seconds;
    readonly duration: Seconds;
    readonly uses: readonly WorkloadUse[];
    /** Keys of the workloads that exist; others hold no place. */
    readonly alive: ReadonlySet<string>;
  },
  limits: { readonly most: number; readonly taken: number; readonly displace: number },
): TopState => {
  const kept = interval.duration > 0 ? Math.exp(-interval.duration / MEMORY) : 1;
  const standings = new Map<string, Standing>();
  const present = (key: string, { kind }: Workload): boolean => kind === 'ended' || interval.alive.has(key);
  const decayed = (key: string): number => {
    const rate = (state.standings.get(key)?.rate ?? 0) * kept;
    return rate > FORGOTTEN ? rate : 0;
  };
  for (const { workload, cpu } of interval.uses) {
    const key = rowKey(workload);
    if (!present(key, workload)) continue;
    const rate = interval.duration > 0 ? (cpu / interval.duration) * (1 - kept) : 0;
    const before = standings.get(key)?.rate ?? decayed(key);
    if (rate + before > 0) standings.set(key, { workload, rate: before + rate });
  }
  for (const key of state.standings.keys()) {
    const workload = standings.has(key) ? undefined : state.standings.get(key)?.workload;
    const rate = decayed(key);
    if (workload !== undefined && rate > 0 && present(key, workload)) standings.set(key, { workload, rate });
  }
  const places = Math.max(0, limits.most - limits.taken);
  const contest = state.chosenAt === undefined || interval.at - state.chosenAt >= CHOOSE_EVERY;
  // A row that idles keeps its place until somebody contests it.
  const incumbents = [...state.exported.keys()].filter(
    (key) => standings.has(key) || interval.alive.has(key),
  );
  const rows = (keys: readonly string[]): ReadonlyMap<string, Workload> => {
    const pairs = keys.map((key) => [key, standings.get(key)?.workload ?? state.exported.get(key)] as const);
    return new Map(pairs.filter((pair): pair is readonly [string, Workload] => pair[1] !== undefined));
  };
  const weight = (key: string): number => standings.get(key)?.rate ?? 0;
  const byWeight = (a: string, b: string): number => weight(b) - weight(a) || (a < b ? -1 : 1);
  if (!contest && incumbents.length >= places) {
    return { standings, exported: rows(incumbents), ...chosen(state.chosenAt) };
  }
  const held = [...incumbents].sort(byWeight);
  const newcomers = [...standings.keys()].filter((key) => !incumbents.includes(key)).sort(byWeight);
  while (held.length < places && newcomers.length > 0) held.push(newcomers.shift() ?? '');
  if (contest) displace(held, newcomers, limits.displace, weight);
  return { standings, exported: rows(held), ...chosen(contest ? interval.at : state.chosenAt) };
};

/** The weakest rows make room for newcomers that beat them clearly, no more of them than `most`. */
const displace = (
  held: string[],
  newcomers: readonly string[],
  most: number,
  weight: (key: string) => number,
): void => {
  for (const newcomer of newcomers.slice(0, most)) {
    const weakest = held.reduce((a, b) => (weight(b) < weight(a) ? b : a), held[0] ?? '');
    if (weight(newcomer) <= weight(weakest) * INCUMBENT) return;
    held[held.indexOf(weakest)] = newcomer;
  }
};

const chosen = (at: Seconds | undefined): { readonly chosenAt?: Seconds } =>
  at === undefined ? {} : { chosenAt: at };

/** The row that a workload's joules are booked to: its own, or the remainder of its kind and class. */
export const rowOf = (exported: ReadonlyMap<string, Workload>, workload: Workload): Workload => {
  if (isReserved(workload) || exported.has(rowKey(workload))) return workload;
  if (workload.kind === 'ended') return { id: 'ended', kind: 'ended', class: workload.class, labels: {} };
  return other(workload.class);
};

/** Folds shares into the exported rows: the sum over rows is unchanged. */
export const foldShares = (
  exported: ReadonlyMap<string, Workload>,
  shares: readonly Share[],
): readonly Share[] => {
  const folded = new Map<string, { share: Share; energy: number }>();
  for (const share of shares) {
    const workload = rowOf(exported, share.workload);
    const key = `${rowKey(workload)} ${workload.class} ${share.resource} ${share.part}`;
    const held = folded.get(key);
    if (held === undefined) folded.set(key, { share: { ...share, workload }, energy: share.energy });
    else held.energy += share.energy;
  }
  return [...folded.values()].map(
    ({ share, energy }): Share => ({ ...share, energy: joules(energy) as Joules }),
  );
};

export const foldUses = (
  exported: ReadonlyMap<string, Workload>,
  uses: readonly WorkloadUse[],
): readonly WorkloadUse[] => {
  const folded = new Map<string, { workload: Workload; cpu: number }>();
  for (const { workload, cpu } of uses) {
    const row = rowOf(exported, workload);
    const key = `${rowKey(row)} ${row.class}`;
    const held = folded.get(key);
    if (held === undefined) folded.set(key, { workload: row, cpu });
    else held.cpu += cpu;
  }
  return [...folded.values()].map(({ workload, cpu }) => ({ workload, cpu: seconds(cpu) }));
};
