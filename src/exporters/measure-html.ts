import type { Comparison, MeasureReport, OverlapOutcome, Side } from '../model/comparison.ts';
import {
  type Charted,
  changeWaterfall,
  chartedComparison,
  chartedMeasure,
  cumulativeAvoided,
  energyAgainstWork,
  expectedAgainstActual,
  meansOf,
  placeboHistogram,
  utilisationHistogram,
} from './comparison-charts.ts';
import { comparedRows } from './comparison-rows.ts';
import { isTwoScopes, scopeLine, sideNames } from './comparison-text.ts';
import { comparisonDetails } from './detail-lines.ts';
import { htmlText } from './markup.ts';
import { sidesOf } from './measure-text.ts';
import {
  coverageWords,
  DESIGNS,
  emissionsSentence,
  energyWithInterval,
  outcomeSentence,
  VERDICTS,
} from './measure-words.ts';
import { overlapNotes, overlapRows, overlapTitle } from './overlap-words.ts';
import { dateWords, percentWords } from './quantity-words.ts';

/** Light and dark, on paper too; no colour alone carries meaning (WCAG 2.2, 1.4.1). */
const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f1d; --soft: #4b544f; --line: #d5dbd7; --page: #fff;
  --actual: #1b6e4a; --expected: #8a5a00; --fill: #1b6e4a33; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ece9; --soft: #a9b3ad; --line: #3a423d; --page: #141816;
  --actual: #5fc795; --expected: #e0a94a; --fill: #5fc79533; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.5rem; max-width: 60rem; background: var(--page); color: var(--ink);
  font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  font-variant-numeric: tabular-nums; }
h1 { margin: 0; font-size: 1.6rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 2rem 0 .4rem; font-size: 1.05rem; }
p { margin: .4rem 0; } .soft, figcaption { color: var(--soft); font-size: .9rem; }
.verdict { display: inline-block; padding: .1em .6em; border: 2px solid var(--ink); border-radius: 6px; font-weight: 700; }
.said { font-size: 1.15rem; }
figure { margin: 1rem 0; } svg { width: 100%; height: auto; display: block; }
table { width: 100%; border-collapse: collapse; } th, td { padding: .3rem .75rem .3rem 0; border-top: 1px solid var(--line);
  text-align: right; font-weight: 400; vertical-align: top; } th:first-child, td:first-child { text-align: left; }
td.long, li.long { overflow-wrap: anywhere; text-align: left; }
.grid { stroke: var(--line); } .tick { fill: var(--soft); font: 12px system-ui, sans-serif; }
.line { fill: none; stroke-width: 1.8; } .line.actual, .line.avoided { stroke: var(--actual); }
.line.expected { stroke: var(--expected); stroke-dasharray: 6 3; } .band { fill: var(--fill); }
.rule { stroke: var(--soft); stroke-dasharray: 2 3; } .dot.before { fill: none; stroke: var(--expected); }
.dot.after { fill: var(--actual); } .bar.before, .bar.more { fill: none; stroke: var(--expected); stroke-width: 1.4; }
.bar.after, .bar.less { fill: var(--actual); }
li { margin: .3rem 0; }
.notice { margin: 0 0 1.5rem; padding: .5em 1em; border: 2px dashed var(--ink); font-weight: 700; }
@media (max-width: 40rem) { body { padding: 1rem .75rem; } svg { overflow: visible; } .tick { font-size: 20px; }
  ul { padding-left: 1.25rem; } th:last-child, td:last-child { padding-right: 0; }
  .pairs, .pairs tbody, .pairs tr, .pairs td { display: block; } .pairs td:last-child { border: 0; padding-top: 0; color: var(--soft); } }
@media print { body { padding: 0; max-width: none; font-size: 9.5pt; } figure, tr { break-inside: avoid; } }
@page { margin: 16mm 14mm; }
`;

const page = (title: string, content: readonly string[]): string =>
  [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${htmlText(title)}</title><style>${STYLE}</style></head><body><main>`,
    ...content,
    '</main></body></html>',
    '',
  ].join('\n');

const figure = (chart: string | undefined, caption: string): string =>
  chart === undefined ? '' : `<figure>${chart}<figcaption>${htmlText(caption)}</figcaption></figure>`;

const utilisationFigures = (before: Side, after: Side): readonly string[] =>
  (['cpu', 'gpu'] as const).map((of) =>
    figure(
      utilisationHistogram(before, after, of),
      `${of.toUpperCase()} use of powered-on hosts: outlined before, filled after.`,
    ),
  );

const comparedTable = (comparison: Comparison): string => {
  const headings = sideNames(comparison).map((name) => `<th scope="col">${htmlText(name)}</th>`);
  const rows = comparedRows(comparison).map(
    ({ label, before, after, change }) =>
      `<tr><th scope="row">${htmlText(label.trim())}</th>${[before, after, change].map((text) => `<td>${htmlText(text)}</td>`).join('')}</tr>`,
  );
  return `<table><thead><tr><td></td>${headings.join('')}<th scope="col">change</th></tr></thead><tbody>${rows.join('\n')}</tbody></table>`;
};

const pairs = (rows: readonly (readonly [string, string])[]): string =>
  `<table class="pairs"><tbody>${rows.map(([name, value]) => `<tr><td>${htmlText(name)}</td><td class="long">${htmlText(value)}</td></tr>`).join('\n')}</tbody></table>`;

const expectedFigure = (charted: Charted): string =>
  figure(
    expectedAgainstActual(charted),
    charted.outcome?.estimate?.expectedSeries === undefined
      ? `Power as it was used, means of ${meansOf(charted)}: nothing says what it would have been without the change.`
      : `Power, means of ${meansOf(charted)}: solid what was used, dashed what was expected without the change for the work that was done.`,
  );

/** What a reader looks up: each figure only where there is something to draw. */
const appendixFigures = (charted: Charted): readonly string[] => [
  figure(
    cumulativeAvoided(charted),
    'Avoided energy added up since the start, with the band of the 90 % interval.',
  ),
  figure(
    energyAgainstWork(charted),
    `Power against work, means of ${meansOf(charted)}: outlined before, filled after.`,
  ),
  figure(placeboHistogram(charted), charted.outcome === undefined ? '' : coverageWords(charted.outcome)),
  figure(
    changeWaterfall(charted),
    'The whole change of CO2e in steps (LMDI). The step of energy per work is not the measure: idle energy spread over more work is in it.',
  ),
];

const overlapSection = (overlap: OverlapOutcome): readonly string[] => [
  `<h2>${htmlText(overlapTitle(overlap))}</h2>`,
  pairs(overlapRows(overlap).map(({ label, figure: text }) => [label.trim(), text] as const)),
  `<ul>${overlapNotes(overlap)
    .map((note) => `<li>${htmlText(note)}</li>`)
    .join('')}</ul>`,
];

/** A comparison without a plan as one page: no script, nothing loaded. */
export const comparisonHtml = (comparison: Comparison): string => {
  const { before, after, sentence, next, remarks } = comparison;
  const charted = chartedComparison(comparison);
  return page('negawatt: before and after', [
    `<h1>A change, not yet a saving</h1><p>${htmlText(scopeLine(comparison))}</p>`,
    `<p class="said">${htmlText(sentence)}</p>`,
    ...(isTwoScopes(comparison) ? [] : [expectedFigure(charted)]),
    ...utilisationFigures(before, after),
    '<h2>Side by side</h2>',
    comparedTable(comparison),
    ...(remarks.length === 0
      ? []
      : [
          `<ul>${remarks.map(({ text, remedy }) => `<li>${htmlText(`${text} ${remedy}`.trim())}</li>`).join('')}</ul>`,
        ]),
    `<p class="soft">${htmlText(next)}</p>`,
    '<h2>Appendix</h2>',
    ...(isTwoScopes(comparison) ? [] : appendixFigures(charted)),
    `<ul>${comparisonDetails(comparison)
      .map((text) => `<li class="long">${htmlText(text)}</li>`)
      .join('')}</ul>`,
  ]);
};

/**
 * The report of a measure as one page: the answer on the first screen, what it rests on below.
 *
 * @param notice stands above all and in the title, where the figures are nobody's.
 */
export const measureHtml = (report: MeasureReport, notice?: string): string => {
  const { plan, outcome, registration, before, after, history, inputs, seed, version, asOf, isFinal } =
    report;
  const { estimate, flags, refusals, gradeReasons } = outcome;
  const said = [...refusals, ...flags, ...gradeReasons];
  const co2e = emissionsSentence(outcome);
  const charted = chartedMeasure(report);
  const title = `${plan.name}: ${VERDICTS[outcome.verdict]}`;
  return page(notice === undefined ? title : `${title} (${notice})`, [
    ...(notice === undefined ? [] : [`<p class="notice">${htmlText(notice)}</p>`]),
    `<h1>${htmlText(plan.name)}</h1>`,
    `<p><span class="verdict">${VERDICTS[outcome.verdict]}</span> evidence ${outcome.grade}, as of ${htmlText(dateWords(asOf))}${isFinal ? '' : ', provisional: no report date yet'}</p>`,
    `<p class="said">${htmlText(outcomeSentence(report))}</p>`,
    ...(co2e === undefined ? [] : [`<p>${htmlText(co2e)}.</p>`]),
    expectedFigure(charted),
    ...utilisationFigures(before, after),
    ...(said.length === 0
      ? []
      : [
          '<h2>To know before you quote it</h2>',
          `<ul>${said.map(({ text, remedy }) => `<li>${htmlText(`${text} ${remedy}`.trim())}</li>`).join('')}</ul>`,
        ]),
    ...(report.overlap === undefined ? [] : overlapSection(report.overlap)),
    '<h2>Before and after</h2>',
    comparedTable(sidesOf(report)),
    '<h2>Appendix</h2>',
    ...appendixFigures(charted),
    '<h2>What it rests on</h2>',
    pairs([
      ...(estimate === undefined ? [] : ([['design', DESIGNS[estimate.design]]] as const)),
      ...(estimate?.intervals ?? []).map(
        (one) => [`interval: ${one.method}`, energyWithInterval(estimate?.avoided ?? 0, one)] as const,
      ),
      ['coverage', coverageWords(outcome)],
      ...(outcome.detectable === undefined
        ? []
        : ([['smallest saving that could be shown', percentWords(outcome.detectable)]] as const)),
      ...Object.entries(estimate?.diagnostics ?? {}).map(
        ([name, value]) => [name, String(Number(value.toPrecision(6)))] as const,
      ),
      ['hosts', plan.hosts.join(', ')],
      ...(plan.control.length === 0 ? [] : ([['untouched hosts', plan.control.join(', ')]] as const)),
      ['plan', registration.hashNow],
      ['plan at the start', registration.hashAtStart ?? 'not registered'],
      ['history', `${history.engine}: ${history.where} (${history.method})`],
      ...(history.archive === undefined ? [] : [['archive', history.archive] as const]),
      ...Object.entries(history.queries).map(([name, query]) => [`query: ${name}`, query] as const),
      ...Object.entries(inputs).map(([name, hash]) => [`SHA-256: ${name}`, hash] as const),
      ['seed', seed],
      ['negawatt', version],
    ]),
    '<p class="soft">Avoided emissions are no part of an inventory: they are measured against what would have happened, the inventory is what did.</p>',
  ]);
};
