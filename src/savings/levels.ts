/** Level of every interval that is shown, two-sided (reference of the method: 90 % unless said otherwise). */
export const LEVEL = 0.9;

/** Re-draws of a randomisation test; with what was drawn 5,000, so that p is known to 0.0002 (reference, 5.1). */
export const REDRAWS = 4999;

/** 80 % of estimates lie above their mean less this many standard errors: power 0.8 (Bloom, Evaluation Review 19:5, 1995). */
export const POWER_QUANTILE = 0.841_621_233_572_914_3;

/** Arms of which so much more of one is known are not alike any more: the coverage of 90 % that is asked of samples. */
export const LARGEST_KNOWN_DIFFERENCE = 0.1;
