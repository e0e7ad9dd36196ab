import type { HostJson } from '../../src/index.ts';
import { count, perPiece, together } from '../figures.ts';
import { type Html, html } from './html.ts';

/** Energy of one unit of work, and over how many: 420 mJ a request says little without it. A dash where none is known. */
export const workText = (figures: HostJson['host']['energyPerWork']): Html | string =>
  figures === undefined
    ? '\u2013'
    : html`${figures.map(
        ({ unit, joulesPerUnit, workDone }) => html`<span class="work">${together(perPiece(joulesPerUnit))}
          <span class="fine">each of ${count(workDone)} ${unit}</span></span>`,
      )}`;
