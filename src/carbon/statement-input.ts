import type { FactorRow } from '../model/factor.ts';
import type { HourOfRecord, WorkOfRecord } from '../model/hour-of-record.ts';
import type { SupplyRow } from '../model/supply.ts';
import type { UpstreamRow } from '../model/upstream.ts';
import type { FleetSource } from './fleet-source.ts';
import type { Line } from './statement.ts';
import type { Activity } from './statement-activity.ts';

/** A statement as it was closed: what later ones are held against. */
export interface ClosedYear {
  readonly year: number;
  readonly revision: number;
  readonly lines: readonly Line[];
}

/** All that a statement is made from. The same input gives the same statement: no clock, no file, no chance. */
export interface StatementInput {
  readonly activity: Activity;
  /** Hours of the agent's own store that lie in the year; empty: none was read. */
  readonly hours: readonly HourOfRecord[];
  /** Work of those hours, by host and class. */
  readonly work: readonly WorkOfRecord[];
  /** Where the energy of a fleet was read; its sums are entries of the activity. */
  readonly fleet?: FleetSource;
  /** What was booked is left aside for the factors of the year, as the operator asked (`grid.restate`). */
  readonly restated?: boolean;
  /** Rows that the factors of every zone in use are chosen from. */
  readonly rows: readonly FactorRow[];
  readonly supplies: readonly SupplyRow[];
  /** Losses and fuel supply of the zones in use; absent in evidence of versions that held none. */
  readonly upstreams?: readonly UpstreamRow[];
  readonly fallback: 'none' | 'country';
  /** Of the program that gathers the input, and the hash of the configuration in force. */
  readonly made: { readonly version: string; readonly config: string };
  readonly revision: number;
  /** The last revision, where this year is closed. */
  readonly closed?: ClosedYear;
  /** The year before, where that is closed. */
  readonly before?: ClosedYear;
  /** Hash of a text, for the factor list. */
  readonly hash: (text: string) => string;
}

/** First and last instant of a calendar year in UTC, milliseconds since 1970; half-open. */
export const yearSpan = (year: number): { readonly from: number; readonly to: number } => ({
  from: Date.UTC(year, 0),
  to: Date.UTC(year + 1, 0),
});

/** Whether an hour lies in a calendar year. */
export const isOfYear = (year: number): ((row: { readonly hour: number }) => boolean) => {
  const { from, to } = yearSpan(year);
  return ({ hour }) => hour * 1000 >= from && hour * 1000 < to;
};

export const HOUR_MS = 3_600_000;
