import type { Block, Equivalence, Statement } from '../carbon/statement.ts';
import { htmlText } from './markup.ts';
import { GROSS, type ShownLine, shownLine, titleOf } from './statement-shown.ts';
import { signed } from './statement-table.ts';

/** Reads on paper as on a screen: black on white, no colour alone carries meaning (WCAG 2.2, 1.4.1). */
const STYLE = `
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.5rem; max-width: 64rem; background: #fff; color: #1b1f1d;
  font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  font-variant-numeric: tabular-nums; }
h1 { margin: 0; font-size: 1.6rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 0 0 .4rem; font-size: 1rem; }
p { margin: .3rem 0 0; color: #4b544f; }
section { margin-top: 1.75rem; }
.open { padding: 1rem 1.25rem; border: 2px solid #1b1f1d; border-radius: 6px; }
dl { display: flex; flex-wrap: wrap; gap: .75rem 2.5rem; margin: 0; }
dt { color: #4b544f; font-size: .85rem; }
dd { margin: 0; font-size: 1.35rem; font-weight: 650; }
dd.note { font-size: .85rem; font-weight: 400; color: #4b544f; max-width: 26rem; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; }
col.label { width: 32%; } col.figure { width: 15%; } col.unit { width: 10%; }
th, td { padding: .35rem .75rem .35rem 0; border-top: 1px solid #d5dbd7; text-align: left; vertical-align: top;
  overflow-wrap: anywhere; font-weight: 400; }
tbody th { font-weight: 600; }
td.figure { text-align: right; font-weight: 650; }
td.gap { font-weight: 400; font-style: italic; }
td.note { color: #4b544f; font-size: .87rem; }
.verdict { display: inline-block; padding: 0 .45em; border: 1px solid #1b1f1d; border-radius: 4px; font-size: .8rem;
  font-weight: 600; white-space: nowrap; }
@media (max-width: 44rem) {
  table, tbody, tr { display: block; } colgroup { display: none; }
  tr { display: flex; flex-wrap: wrap; gap: 0 .5rem; border-top: 1px solid #d5dbd7; padding: .4rem 0; }
  th, td { border: 0; padding: 0; } tbody th, td.note { flex: 1 0 100%; } td.words { flex: 1 0 100%; }
}
@media print {
  body { padding: 0; max-width: none; font-size: 9.5pt; }
  section { break-inside: auto; } h2 { break-after: avoid; } tr { break-inside: avoid; }
}
@page { margin: 16mm 14mm; }
`;

const rowOf = ({ label, value, unit, note, verdict, isGap }: ShownLine): string => {
  const mark = verdict === '' ? '' : ` <span class="verdict">${htmlText(verdict)}</span>`;
  if (value === '')
    return `<tr><th scope="row">${htmlText(label)}${mark}</th><td class="words" colspan="3">${htmlText(note)}</td></tr>`;
  return (
    `<tr><th scope="row">${htmlText(label)}${mark}</th><td class="figure${isGap ? ' gap' : ''}">${htmlText(value)}</td>` +
    `<td>${htmlText(unit)}</td><td class="note">${htmlText(note)}</td></tr>`
  );
};

const tableOf = (rows: readonly string[]): string =>
  `<table><colgroup><col class="label"><col class="figure"><col class="unit"><col></colgroup><tbody>\n${rows.join('\n')}\n</tbody></table>`;

const section = (title: string, content: string, kind = ''): string =>
  `<section${kind === '' ? '' : ` class="${kind}"`}><h2>${htmlText(title)}</h2>\n${content}</section>`;

/** The opening stands out: what a statement leaves out is read first. */
const opening = ({ title, lines }: Block): string =>
  section(
    title,
    `<dl>${lines
      .map(shownLine)
      .map(
        ({ label, value, unit, note }) =>
          `<div><dt>${htmlText(label)}</dt><dd>${htmlText(`${value} ${unit}`.trim())}</dd>${
            note === '' ? '' : `<dd class="note">${htmlText(note)}</dd>`
          }</div>`,
      )
      .join('')}</dl>`,
    'open',
  );

const blockOf = (block: Block): string =>
  block.number === 0
    ? opening(block)
    : section(`${block.number}. ${block.title}`, tableOf(block.lines.map((line) => rowOf(shownLine(line)))));

/** The statement as one page: no script, nothing loaded, all text escaped. */
export const statementHtml = (statement: Statement, equivalences: readonly Equivalence[]): string => {
  const title = htmlText(titleOf(statement));
  const deltas = statement.deltas.map(({ label, before, after, change, unit }) =>
    rowOf({
      label,
      value: change === undefined ? 'changed' : signed(change),
      unit: change === undefined ? '' : unit,
      note: `${before}, now ${after}`,
      verdict: '',
      isGap: false,
    }),
  );
  const equal = equivalences.map(({ label, words }) =>
    rowOf({ label, value: '', unit: '', note: words, verdict: '', isGap: false }),
  );
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${title}</title><style>${STYLE}</style></head><body>`,
    `<header><h1>${title}</h1><p>${htmlText(GROSS)}</p></header>`,
    ...statement.blocks.map(blockOf),
    ...(deltas.length === 0 ? [] : [section('Changes since the last revision', tableOf(deltas))]),
    ...(equal.length === 0 ? [] : [section('Equivalences, as asked for', tableOf(equal))]),
    '</body></html>',
    '',
  ].join('\n');
};
