/** What firmware writes for the vendors of the tables (SMBIOS type 1, manufacturer). */
const VENDORS: Readonly<Record<string, RegExp>> = {
  Dell: /^dell( inc\.?)?\s+/i,
  HPE: /^(hpe|hp|hewlett[- ]packard( enterprise)?)\s+/i,
};

/** Additions of the firmware behind the model: `-[7X06CTO1WW]-`, `(VRTX)`. */
const ADDITIONS = /\s*(-\[.*\]-|\(.*\))\s*$/;

/**
 * Whether the product that firmware states, maker and model in one text, is this model of this vendor. The whole model
 * must be the same: an R740xd is no R740, a Gen10 Plus no Gen10.
 */
export const isProduct = (product: string, vendor: string, model: string): boolean => {
  const maker = VENDORS[vendor];
  if (maker === undefined || !maker.test(product)) return false;
  const stated = product.replace(maker, '').replace(ADDITIONS, '').trim().replace(/\s+/g, ' ');
  return stated.toLowerCase() === model.toLowerCase();
};
