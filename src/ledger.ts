import { type Labels, METRIC_NAMES, type MetricName, metricOf, type Point } from './metrics.ts';
import { type Seconds, seconds } from './units.ts';

/** An amount added to one counter; never negative, never NaN. */
export interface Booking {
  readonly metric: MetricName;
  readonly labels: Labels;
  readonly amount: number;
}

/** One counter: its value with the rounding that addition lost, and when it was first shown. */
export interface Account {
  readonly metric: MetricName;
  readonly labels: Labels;
  readonly value: number;
  readonly lost: number;
  /** Undefined for a counter that an earlier run exported already. */
  readonly bornAt: Seconds | undefined;
}

/** All counters. Monotonic: an account only grows, or leaves the book. */
export type Ledger = ReadonlyMap<string, Account>;

export const emptyLedger: Ledger = new Map();

const keys = new WeakMap<Labels, { readonly metric: MetricName; readonly key: string }>();
/** Of counters without labels, whose label objects tell nothing. */
const plainKeys = new Map<MetricName, string>();

const isEmpty = (labels: Labels): boolean => {
  for (const _ in labels) return false;
  return true;
};

/** Name and labels as one key; labels in the order of the alphabet. Remembered for labels that come again. */
export const accountKey = (metric: MetricName, labels: Labels): string => {
  const known = keys.get(labels);
  if (known?.metric === metric) return known.key;
  const plain = plainKeys.get(metric);
  if (plain !== undefined && isEmpty(labels)) return plain;
  const pairs = Object.keys(labels)
    .sort()
    .map((label) => [label, labels[label]]);
  const key = JSON.stringify([metric, pairs]);
  if (pairs.length === 0) plainKeys.set(metric, key);
  else keys.set(labels, { metric, key });
  return key;
};

/** Adds bookings. A booking of 0 opens its account, so that the series is exposed before its first joule. */
export const book = (ledger: Ledger, bookings: readonly Booking[], at: Seconds): Ledger => {
  const next = new Map(ledger);
  for (const { metric, labels, amount } of bookings) {
    // What came from a damaged disk may be no number at all, whatever its type says.
    if (!Number.isFinite(amount) || amount < 0) {
      throw new RangeError(
        `${metric}: a booking of ${amount} would break the counter; this is a bug, please report it`,
      );
    }
    const key = accountKey(metric, labels);
    const account = next.get(key) ?? { metric, labels, value: 0, lost: 0, bornAt: at };
    // Neumaier's sum over the life of the account: years of small amounts lose nothing.
    const value = account.value + amount;
    const lost =
      account.lost +
      (account.value >= amount ? account.value - value + amount : amount - value + account.value);
    next.set(key, { metric, labels: account.labels, value, lost, bornAt: account.bornAt });
  }
  return next;
};

/** Takes accounts out of the book: their series end. */
export const close = (ledger: Ledger, ended: (account: Account) => boolean): Ledger => {
  let kept: Map<string, Account> | undefined;
  // By key: entries as pairs are thousands of short-lived objects a minute. The ledger is copied only if one ends.
  for (const key of ledger.keys()) {
    const account = ledger.get(key);
    if (account === undefined || !ended(account)) continue;
    kept ??= new Map(ledger);
    kept.delete(key);
  }
  return kept ?? ledger;
};

/**
 * The ledger as exported.
 *
 * A new series shows its starting value, 0, for some time: a scraper that meets it first at 0 computes its whole
 * increase, one that met it at 12 J would lose those 12.
 *
 * @param shownUpTo series that are younger than this time are held at 0. It never goes back: a series that was shown
 *   and stood at 0 again would be a reset, and counted twice.
 */
export const pointsOf = (ledger: Ledger, shownUpTo: Seconds): readonly Point[] => {
  const points: Point[] = [];
  for (const { metric, labels, value, lost, bornAt } of ledger.values()) {
    const hidden = bornAt !== undefined && bornAt > shownUpTo;
    points.push({ metric, labels, value: hidden ? 0 : value + lost });
  }
  return points;
};

/** Value of one counter; 0 where nothing was booked. */
export const balance = (ledger: Ledger, metric: MetricName, labels: Labels = {}): number => {
  const account = ledger.get(accountKey(metric, labels));
  return account === undefined ? 0 : account.value + account.lost;
};

/** Sum over all accounts of a metric whose labels fit. */
export const total = (ledger: Ledger, metric: MetricName, where: Labels = {}): number => {
  let result = 0;
  for (const account of ledger.values()) {
    if (account.metric !== metric) continue;
    if (Object.entries(where).every(([label, value]) => account.labels[label] === value)) {
      result += account.value + account.lost;
    }
  }
  return result;
};

/** What is kept over a restart: counters that the catalogue marks, by key. */
export const toPersisted = (ledger: Ledger): ReadonlyMap<string, number> => {
  const kept = new Map<string, number>();
  ledger.forEach(({ metric, value, lost }, key) => {
    if (metricOf(metric).persisted === true) kept.set(key, value + lost);
  });
  return kept;
};

/** Counters of an earlier run. A key that this version does not know is left out and named. */
export const fromPersisted = (
  counters: ReadonlyMap<string, number>,
): { readonly ledger: Ledger; readonly unknown: readonly string[] } => {
  const names: ReadonlySet<string> = new Set(METRIC_NAMES);
  const ledger = new Map<string, Account>();
  const unknown: string[] = [];
  for (const [key, value] of counters) {
    const parsed = parseKey(key);
    if (parsed === undefined || !names.has(parsed.metric) || !(value >= 0) || !Number.isFinite(value)) {
      unknown.push(key);
      continue;
    }
    const metric = parsed.metric as MetricName;
    const labels = inOrder(metric, parsed.labels);
    ledger.set(key, { metric, labels, value, lost: 0, bornAt: undefined });
  }
  return { ledger, unknown };
};

/** Labels as the catalogue lists them: a series reads the same before and after a restart. */
const inOrder = (metric: MetricName, labels: Labels): Labels => {
  const known = metricOf(metric).labels.flatMap((name) => {
    const value = labels[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(known), ...labels };
};

const parseKey = (key: string): { metric: string; labels: Labels } | undefined => {
  try {
    const parsed: unknown = JSON.parse(key);
    if (!Array.isArray(parsed) || typeof parsed[0] !== 'string' || !Array.isArray(parsed[1]))
      return undefined;
    const labels = Object.fromEntries(
      parsed[1].filter(
        (pair): pair is [string, string] => Array.isArray(pair) && pair.every((p) => typeof p === 'string'),
      ),
    );
    return { metric: parsed[0], labels };
  } catch {
    return undefined;
  }
};

/** Longest time that a new series is held at its starting value, whatever the scrape interval. */
export const LONGEST_EXPOSURE = seconds(120);
