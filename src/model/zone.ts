/** A grid zone that tables hold, under all names that they give it. */
export interface ZoneEntry {
  /** Code as in `FactorRow.zone`. */
  readonly zone: string;
  readonly names: readonly string[];
  /** Whether a row can serve Scope 2 there; a zone without one is known, and its factors are refused. */
  readonly usable: boolean;
}
