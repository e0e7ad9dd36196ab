/**
 * How much of a saving growth took up again, if the freed capacity is what let the load grow: 0 none of it, 1 all of it,
 * above 1 total energy rose although energy was avoided. `1 - (E_b - E_R) / S`.
 *
 * @param baseline J of the baseline, scaled to as many intervals as the reporting window has.
 * @param actual J of the reporting window. @param avoided J. @param low J, the least that was avoided by its interval.
 * @returns undefined where there is no saving to be taken up, or none that is shown: divided by what may as well be
 * nothing, any growth looks huge (the interval of such a quotient has no end).
 */
export const growthOffset = (
  baseline: number,
  actual: number,
  avoided: number,
  low: number,
): number | undefined =>
  avoided > 0 && low > 0 && Number.isFinite(baseline) && Number.isFinite(actual)
    ? 1 - (baseline - actual) / avoided
    : undefined;
