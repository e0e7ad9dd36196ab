import type { Factor } from '../model/factor.ts';
import type { Pue } from './emissions.ts';

/** Factors that hold at one tick. Without a zone energy is booked and CO2e is not. */
export interface CarbonInForce {
  readonly zone: string | undefined;
  readonly location: Factor | undefined;
  readonly market: Factor | undefined;
  /** Absent: the operator did not say; then no overhead is counted. */
  readonly pue: Pue | undefined;
  /** The zone is an example: its grams are shown and go nowhere else. */
  readonly example: boolean;
  /** Why a factor is missing and what to do, one line each. */
  readonly problems: readonly { readonly reason: string; readonly fix: string }[];
}
