/** How pushes of metrics went since the agent started. */
export interface PushState {
  /** Exports that were taken whole. */
  readonly taken: number;
  /** Exports that were taken but for some points. */
  readonly partial: number;
  /** Attempts that were refused, or not answered. */
  readonly failed: number;
  /** Exports that no receiver will get: refused, pushed out of a full queue by later ones, or not made. */
  readonly dropped: number;
  /** Exports that wait for the receiver. */
  readonly waiting: number;
  /** When one was last taken, milliseconds since 1970 UTC; undefined: never. */
  readonly lastTaken: number | undefined;
}

export const NO_PUSHES: PushState = {
  taken: 0,
  partial: 0,
  failed: 0,
  dropped: 0,
  waiting: 0,
  lastTaken: undefined,
};
