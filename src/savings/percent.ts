/** A share as a planner reads it: `12.3 %`. */
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
