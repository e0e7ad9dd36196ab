/** Columns of one series over a day of UTC, as they are kept. NaN is what was not known. */
export interface KeptDay {
  /** Intervals from the start of the day on. */
  readonly length: number;
  /** Whether late data was waited for: then it is never changed again. */
  readonly isClosed: boolean;
  /** What is no number, such as quality and meter; '' where there is none. */
  readonly about: string;
  /** Column after column. */
  readonly columns: readonly Float64Array[];
}

/** What can be said of a day without reading it. */
export interface DayMark {
  readonly length: number;
  readonly isClosed: boolean;
}

export interface HostDays {
  readonly host: string;
  /** Starts of the first and last day with energy, seconds since 1970 UTC. */
  readonly from: number;
  readonly to: number;
}

/** Where days are kept. Every function may throw HistoryError. */
export interface ArchiveDays {
  /** By series. */
  marks(day: number): ReadonlyMap<string, DayMark>;
  read(day: number, series: readonly string[]): ReadonlyMap<string, KeptDay>;
  /** All or nothing. @param hosts by series: the host whose energy it is, where it knows any. */
  write(day: number, days: ReadonlyMap<string, KeptDay>, hosts: ReadonlyMap<string, string>): void;
  /** Hosts with energy on days that begin in the window. @param source what all of their series begin with. */
  hosts(source: string, from: number, to: number): readonly HostDays[];
  close(): void;
}
