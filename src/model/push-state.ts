/** How pushes of metrics went since the agent started. */
export interface PushState {
  /** Exports that were taken whole. */
  readonly taken: number;
  /** Exports that were taken but for some points. */
  readonly partial: number;
  /** Attempts that were refused, or not answered. */
  readonly failed: number;
  /** Exports that were not made, as the one before was still on its way: their data is in the next. */
  readonly dropped: number;
  /** When one was last taken, milliseconds since 1970 UTC; undefined: never. */
  readonly lastTaken: number | undefined;
}

export const NO_PUSHES: PushState = { taken: 0, partial: 0, failed: 0, dropped: 0, lastTaken: undefined };
