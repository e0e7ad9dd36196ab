/** Days of a history that were kept for good. A shape is what was asked for, without the time. */
export interface DayArchive {
  /** Where it is, for messages. */
  readonly where: string;
  /** Starts of the days that are kept of a shape within `from <= start < to`, seconds since 1970 UTC, in order. */
  days(shape: string, from: number, to: number): readonly number[];
  /** Every shape with its first and the end of its last day. */
  shapes(): readonly { readonly shape: string; readonly from: number; readonly to: number }[];
  /** Undefined: not kept. Throws HistoryError where what stands there is not what was kept. */
  read(shape: string, day: number): string | undefined;
  /** Keeps a day, whole or not at all. One that is kept already stays as it is: a baseline may rest on it. */
  keep(shape: string, day: number, text: string): void;
  /** Lets go of days before an instant. */
  prune(before: number): void;
  close(): void;
}
