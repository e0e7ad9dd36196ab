import { other, rowKey, type Share, type Weight, type Workload } from '../model/workload.ts';
import { type Joules, joules, type Seconds, seconds } from '../units.ts';
import { aligned, positionsOf, type Uses, usedOf } from './uses.ts';

/** Recent use of each workload of a roster, exponentially forgotten. Processors; GPUs count as many of them. */
export interface Standings {
  readonly roster: readonly Workload[];
  readonly rates: readonly number[];
}

export interface TopState {
  readonly standings: Standings;
  /** Rows with series of their own, by key; the same object while the choice holds. */
  readonly exported: ReadonlyMap<string, Workload>;
  /** When the rows were last chosen. */
  readonly chosenAt?: Seconds;
}

export const NO_STANDINGS: Standings = { roster: [], rates: [] };
export const initialTop: TopState = { standings: NO_STANDINGS, exported: new Map() };

/** Time over which use counts: a short burst does not push a steady workload out. */
const MEMORY = seconds(300);
/** Rows are chosen anew at most this often, and a newcomer must beat a row by this much: series stay put. */
const CHOOSE_EVERY = seconds(60);
const INCUMBENT = 1.25;
/** Below one processor second a day nothing is worth remembering. */
const FORGOTTEN = 1e-5;

export const isReserved = ({ kind }: Workload): boolean => kind === 'idle' || kind === 'other';

/**
 * Chooses which workloads get series of their own: the largest users of CPU and GPU time. Pure.
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
    readonly uses: Uses;
    /** Keys of the workloads that exist; others hold no place. */
    readonly alive: ReadonlySet<string>;
  },
  limits: { readonly most: number; readonly taken: number; readonly displace: number },
): TopState => {
  const { alive } = interval;
  const { roster } = interval.uses;
  const standings = nextStandings(state.standings, interval);
  const known = positionsOf(roster);
  const weight = (key: string): number => standings.rates[known.get(key) ?? -1] ?? 0;
  const places = Math.max(0, limits.most - limits.taken);
  const contest = state.chosenAt === undefined || interval.at - state.chosenAt >= CHOOSE_EVERY;
  // A row that idles keeps its place until somebody contests it.
  const incumbents = [...state.exported.keys()].filter((key) => weight(key) > 0 || alive.has(key));
  const rows = (keys: readonly string[]): ReadonlyMap<string, Workload> => {
    if (roster === state.standings.roster && sameKeys(keys, state.exported)) return state.exported;
    const pairs = keys.map((key) => [key, roster[known.get(key) ?? -1] ?? state.exported.get(key)] as const);
    return new Map(pairs.filter((pair): pair is readonly [string, Workload] => pair[1] !== undefined));
  };
  if (!contest && incumbents.length >= places) {
    return { standings, exported: rows(incumbents), ...chosen(state.chosenAt) };
  }
  const byWeight = (a: string, b: string): number => weight(b) - weight(a) || (a < b ? -1 : 1);
  const held = [...incumbents].sort(byWeight);
  const holding = new Set(incumbents);
  const newcomers = roster
    .filter((workload, at) => (standings.rates[at] ?? 0) > 0 && !holding.has(rowKey(workload)))
    .map(rowKey)
    .sort(byWeight);
  while (held.length < places && newcomers.length > 0) held.push(newcomers.shift() ?? '');
  if (contest) displace(held, newcomers, limits.displace, weight);
  return { standings, exported: rows(held), ...chosen(contest ? interval.at : state.chosenAt) };
};

/** Use of this interval beside what is left of earlier ones; nothing for a workload that is gone. */
const nextStandings = (
  before: Standings,
  interval: { readonly duration: Seconds; readonly uses: Uses; readonly alive: ReadonlySet<string> },
): Standings => {
  const { duration, uses, alive } = interval;
  const { roster, amounts } = uses;
  const kept = duration > 0 ? Math.exp(-duration / MEMORY) : 1;
  const gain = duration > 0 ? (1 - kept) / duration : 0;
  const rates = aligned(before.roster, before.rates, roster).map((rate, at) => {
    const left = rate * kept;
    return (left > FORGOTTEN ? left : 0) + (amounts[at] ?? 0) * gain;
  });
  for (const at of absentFrom(roster, alive)) rates[at] = 0;
  return { roster, rates };
};

const absents = new WeakMap<
  readonly Workload[],
  { readonly alive: ReadonlySet<string>; readonly at: readonly number[] }
>();

/** Positions of workloads that are not there any more: those that left in this interval. */
const absentFrom = (roster: readonly Workload[], alive: ReadonlySet<string>): readonly number[] => {
  const known = absents.get(roster);
  if (known?.alive === alive) return known.at;
  const at = roster.flatMap((workload, i) =>
    workload.kind === 'ended' || alive.has(rowKey(workload)) ? [] : [i],
  );
  absents.set(roster, { alive, at });
  return at;
};

const sameKeys = (keys: readonly string[], rows: ReadonlyMap<string, Workload>): boolean => {
  if (keys.length !== rows.size) return false;
  let at = 0;
  for (const key of rows.keys()) if (key !== keys[at++]) return false;
  return true;
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

const endedRows = new Map<string, Workload>();
/** What began and ended without a row of its own, by class; one object for each. */
const ended = (workloadClass: string): Workload => {
  const held = endedRows.get(workloadClass);
  if (held !== undefined) return held;
  const made: Workload = { id: 'ended', kind: 'ended', class: workloadClass, labels: {} };
  endedRows.set(workloadClass, made);
  return made;
};

/** The row that a workload's joules are booked to: its own, or the remainder of its kind and class. */
export const rowOf = (exported: ReadonlyMap<string, Workload>, workload: Workload): Workload => {
  if (isReserved(workload)) return workload;
  const row = exported.get(rowKey(workload));
  if (row !== undefined) return row;
  return workload.kind === 'ended' ? ended(workload.class) : other(workload.class);
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

interface Fold {
  readonly exported: ReadonlyMap<string, Workload>;
  readonly rows: readonly Workload[];
  /** Position of each workload's row. */
  readonly rowAt: readonly number[];
}

const folds = new WeakMap<readonly Workload[], Fold>();

/** Which row each workload of a roster falls into: worked out once for a choice of rows. */
const foldOf = (exported: ReadonlyMap<string, Workload>, roster: readonly Workload[]): Fold => {
  const known = folds.get(roster);
  if (known?.exported === exported) return known;
  const rows: Workload[] = [];
  const places = new Map<string, number>();
  const rowAt = roster.map((workload) => {
    const row = rowOf(exported, workload);
    const key = `${rowKey(row)} ${row.class}`;
    const held = places.get(key);
    if (held !== undefined) return held;
    places.set(key, rows.length);
    return rows.push(row) - 1;
  });
  const made = { exported, rows, rowAt };
  folds.set(roster, made);
  return made;
};

/** Amounts by exported row; rows without any are left out. */
export const foldUses = (exported: ReadonlyMap<string, Workload>, uses: Uses): readonly Weight[] => {
  const { rows, rowAt } = foldOf(exported, uses.roster);
  const amounts: number[] = new Array(rows.length).fill(0);
  for (let at = 0; at < uses.amounts.length; at++) {
    const amount = uses.amounts[at] ?? 0;
    const row = rowAt[at] ?? 0;
    if (amount > 0) amounts[row] = (amounts[row] ?? 0) + amount;
  }
  return usedOf({ roster: rows, amounts });
};
