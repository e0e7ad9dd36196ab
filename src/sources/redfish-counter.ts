import { type Seconds, seconds } from '../units.ts';

/** An energy counter as it was seen to move. */
export interface Movement {
  readonly value: number;
  readonly changedAt: Seconds;
  /** Whether that change was seen, or is only the first reading. */
  readonly seen: boolean;
  /** Time between the last two changes that were seen. */
  readonly gap?: Seconds;
}

/** A counter that moves less often tells less than watts do (power reference 2.8). */
const SLOWEST = seconds(60);

/** One reading of the counter. Pure. @returns whether it moved, and whether it moves often enough to be used. */
export const follow = (
  state: Movement | undefined,
  value: number,
  at: Seconds,
  interval: Seconds,
): { readonly state: Movement; readonly moved: boolean; readonly usable: boolean } => {
  const moved = state === undefined || value !== state.value;
  const next: Movement = !moved
    ? state
    : state === undefined
      ? { value, changedAt: at, seen: false }
      : {
          value,
          changedAt: at,
          seen: true,
          ...(state.seen ? { gap: seconds(at - state.changedAt) } : {}),
        };
  // A change is noticed up to an interval late.
  const most = SLOWEST + interval;
  return {
    state: next,
    moved,
    usable: next.gap !== undefined && next.gap <= most && at - next.changedAt <= most,
  };
};
