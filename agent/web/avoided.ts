import type { MeasureStandingJson } from '../../src/index.ts';
import { energies, mass, percent, together } from '../figures.ts';
import { type Html, html } from './html.ts';

const KWH = 3.6e6;

/** What a measure avoided, with its interval in the same unit; undefined where there is no figure. */
export const avoidedText = ({
  avoided,
  avoidedGrams,
}: Pick<MeasureStandingJson, 'avoided' | 'avoidedGrams'>): Html | undefined => {
  if (avoided === undefined) return undefined;
  const { joules, lowJoules, highJoules, level, ratio } = avoided;
  const { values, unit } = energies(joules / KWH, lowJoules / KWH, highJoules / KWH);
  const [value = '', low = '', high = ''] = values;
  // Where 0 is in the interval nothing was shown, and grams of nothing are none.
  const isShown = lowJoules > 0 || highJoules < 0;
  const grams = isShown ? avoidedGrams?.energyEffect : undefined;
  return html`<span class="work">${together({ value, unit })}
          <span class="fine">${low} to ${together({ value: high, unit })} (${percent(level)})</span>${
            isShown && ratio !== undefined
              ? html`
          <span class="fine">${share(ratio)} of what was expected</span>`
              : undefined
          }${
            grams === undefined
              ? undefined
              : html`
          <span class="fine">${together(mass(grams))} CO<sub>2</sub>e</span>`
          }</span>`;
};

const share = (ratio: number): string => (ratio < 0 ? `-${percent(-ratio)}` : percent(ratio));
