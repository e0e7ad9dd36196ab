import type { Remark } from '../model/estimate.ts';

/** What is wrong with a plan, why, and what to do: an error stands in the way of any saving, a warning weakens it. */
export interface PlanFinding extends Remark {
  readonly severity: 'error' | 'warning';
}
