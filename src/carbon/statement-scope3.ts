import { type Block, figureLine, gapLine, type Line } from './statement.ts';
import type { Scope3Entry } from './statement-activity.ts';
import type { Load } from './statement-energy.ts';
import type { FactorDesk } from './statement-factors.ts';
import type { StatementInput } from './statement-input.ts';
import { locationLines } from './statement-location.ts';
import { TONNE } from './statement-scope1.ts';
import { supplyChain } from './statement-supply-chain.ts';

/** Names of the categories (GHG Protocol Scope 3 Standard, table 5.3). */
const CATEGORIES: Readonly<Record<number, string>> = {
  1: 'purchased goods and services, cloud',
  2: 'capital goods, hardware of the year',
  3: 'fuel and energy outside of Scopes 1 and 2',
  4: 'upstream transport',
  5: 'waste',
  6: 'business travel',
  7: 'commuting',
  8: 'upstream leased assets, data centres',
  9: 'downstream transport',
  10: 'processing of sold products',
  11: 'use of sold products',
  12: 'end of life of sold products',
  13: 'downstream leased assets',
  14: 'franchises',
  15: 'investments',
};
/** What a data centre's statement has to answer for, entered or not. */
const EXPECTED = [1, 2, 3, 8];

export const categoryName = (category: number): string =>
  `Category ${category}, ${CATEGORIES[category] ?? ''}`;

/** Block 6. Categories have methods of their own: there is no total over them. */
export const scope3Block = (input: StatementInput, loads: readonly Load[], desk: FactorDesk): Block => {
  const { scope3 } = input.activity;
  const categories = [...new Set([...EXPECTED, ...scope3.map(({ category }) => category)])].sort(
    (a, b) => a - b,
  );
  const lines = categories.flatMap((category) => {
    const metered =
      category === 3 ? supplyChain(input, loads, desk, categoryName(3)) : meteredLines(category, loads, desk);
    const entered = scope3.filter((one) => one.category === category).map(enteredLine);
    if (metered.length + entered.length > 0) return [...metered, ...entered];
    return [
      gapLine(`scope3.${category}`, categoryName(category), 't', 'not entered and nothing of it was metered'),
    ];
  });
  return { number: 6, title: 'Scope 3, by category', lines };
};

const meteredLines = (category: number, loads: readonly Load[], desk: FactorDesk): readonly Line[] => {
  const own = loads.filter(({ scope }) => scope === `3.${category}`);
  return locationLines(own, desk, `scope3.${category}.metered`).lines.map((line) => ({
    ...line,
    label: `${categoryName(category)}: ${line.label}, location-based`,
  }));
};

const enteredLine = (one: Scope3Entry, at: number): Line => {
  const [id, label] = [
    `scope3.${one.category}.entered.${at + 1}`,
    `${categoryName(one.category)}: ${one.what}`,
  ];
  if (one.emissions === undefined)
    return gapLine(id, label, 't', `not estimated: ${one.reason ?? 'no reason given'}`);
  const note = one.working === undefined ? one.document : `${one.working}; ${one.document}`;
  return figureLine(id, label, one.emissions / TONNE, 't', note, { gases: one.gases });
};
