import type { MeasureStandingJson } from '../../src/index.ts';
import { clock } from '../figures.ts';
import { version } from '../version.ts';
import { avoidedText } from './avoided.ts';
import { type Html, html } from './html.ts';
import { VERDICT } from './measures-section.ts';
import { VERDICT_WORDS } from './verdict-words.ts';

export interface FleetPageInput {
  readonly standings: readonly MeasureStandingJson[];
  /** Measures that were not evaluated yet. */
  readonly waiting: readonly string[];
  /** What is said of a measure beforehand, by its name. */
  readonly claims?: ReadonlyMap<string, string> | undefined;
  /** Shown above all, where the figures are nobody's. */
  readonly notice: string | undefined;
  /** Why the last evaluation failed. */
  readonly problem: { readonly reason: string; readonly fix: string } | undefined;
  readonly place: ServedPage | PageFile;
}

/** The page as the service gives it. */
export interface ServedPage {
  /** Path of the metrics, to link to. */
  readonly telemetryPath: string;
}

/** The page as a file that stands by itself. */
export interface PageFile {
  readonly style: string;
  /** Path of the report of a measure, from the page. */
  readonly reportOf: (name: string) => string;
}

/** As reports say it. */
const WORDS: Readonly<Record<NonNullable<MeasureStandingJson['verdict']>, string>> = {
  verified: 'VERIFIED',
  indicative: 'INDICATIVE',
  not_verified: 'NOT SHOWN',
  increase: 'INCREASE',
  refused: 'CANNOT TELL',
};
const REGISTRATIONS: Readonly<Record<MeasureStandingJson['plan']['registration'], string>> = {
  'before-start': 'made before the start',
  'after-start': 'made after the start',
  'not-frozen': 'not frozen yet',
  edited: 'edited after the start',
};

/** The page of the service: each measure with its evidence, verdict and what to do next. No script, nothing from elsewhere. */
export const fleetPage = (input: FleetPageInput): string => {
  const { standings, waiting, notice, problem, place } = input;
  return html`<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>${notice === undefined ? undefined : `${notice} \u2013 `}Energy-saving measures \u2013 negawatt</title>
  ${
    'style' in place
      ? html`<style>${{ markup: place.style }}</style>`
      : html`<link rel="stylesheet" href="/style.css">
  <link rel="icon" href="/icon.svg">`
  }
</head>
<body>
<header>
  <p class="brand">negawatt</p>
  <h1>Energy-saving measures</h1>
  <p class="fine">Expected without the change, less what was used. A figure counts with its interval, and with how often
    that interval was right when nothing changed.</p>
</header>
<main>
  ${notice === undefined ? undefined : html`<p class="banner" role="status">${notice}.</p>`}
  ${problem === undefined ? undefined : html`<p class="trouble" role="alert">The last evaluation failed: ${problem.reason}. What is shown is older. ${sentence(problem.fix)}</p>`}
  ${standings.length + waiting.length === 0 ? NOTHING : verdicts(input)}
  <div class="grid">${standings.map(details)}</div>
</main>
<footer>
  ${
    'style' in place
      ? undefined
      : html`<nav aria-label="Data and health">
    <a href="${place.telemetryPath}">Metrics</a>
    <a href="/api/v1/measures">JSON</a>
    <a href="/-/healthy">Healthy</a>
    <a href="/-/ready">Ready</a>
  </nav>`
  }
  <p class="fine">negawatt ${version}${'style' in place ? undefined : '. All is as the last evaluation found it: load the page again for newer figures.'}</p>
</footer>
</body>
</html>
`.markup;
};

const NOTHING = html`<section class="card"><h2>No measure is declared</h2>
  <p>Write one with <code>negawatt measure draft NAME</code>, put it under <code>measures</code> in the configuration of
  this service before the change starts, and reload it.</p></section>`;

/** Reasons and fixes are written without their last stop, some with. */
const sentence = (text: string): string => {
  const begun = text.slice(0, 1).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
};

const verdicts = ({ standings, waiting, claims, place }: FleetPageInput): Html => {
  const reportOf = 'style' in place ? place.reportOf : (name: string): string => `/measures/${name}`;
  const heading = (name: string, path: string | undefined): Html => {
    const claim = claims?.get(name);
    return html`<th role="rowheader" scope="row">${path === undefined ? html`<span class="name">${name}</span>` : html`<a class="name" href="${path}">${name}</a>`}${claim === undefined ? undefined : html`<span class="fine">said of it: ${claim}</span>`}</th>`;
  };
  return html`<section class="card" aria-labelledby="verdicts">
  <h2 id="verdicts">Verdicts</h2>
  <table role="table" class="stack">
    <thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Measure</th><th role="columnheader" scope="col">Verdict</th><th role="columnheader" scope="col">Evidence</th><th role="columnheader" scope="col" class="number">Avoided energy</th><th role="columnheader" scope="col">As of</th></tr></thead>
    <tbody role="rowgroup">
    ${standings.map(
      (one) => html`
      <tr role="row">${heading(one.name, one.asOf === undefined ? undefined : reportOf(one.name))}
        <td role="cell" data-label="Verdict">${verdictOf(one)}</td>
        <td role="cell" data-label="Evidence" class="${one.grade === undefined ? 'unknown' : ''}">${one.grade ?? '\u2013'}</td>
        <td role="cell" data-label="Avoided energy" class="number">${avoidedText(one) ?? 'no figure'}</td>
        <td role="cell" data-label="As of" class="${one.asOf === undefined ? 'unknown' : 'date'}">${one.asOf === undefined ? '\u2013' : day(one.asOf)}${one.state === 'provisional' ? ' (so far)' : ''}</td>
      </tr>`,
    )}
    ${waiting.map((name) => html`<tr role="row">${heading(name, undefined)}<td role="cell" colspan="4">being evaluated</td></tr>`)}
    </tbody>
  </table>
  ${VERDICT_WORDS}
</section>`;
};

const day = (instant: string): string => instant.slice(0, 10);

const verdictOf = ({ verdict, state }: MeasureStandingJson): Html | string => {
  if (verdict !== undefined) return html`<span class="pill ${VERDICT[verdict][1]}">${WORDS[verdict]}</span>`;
  return state === 'failed'
    ? html`<span class="pill failing">could not be evaluated</span>`
    : 'nothing to report yet';
};

const details = (one: MeasureStandingJson): Html => {
  const { name, hosts, controlHosts, plan, coverage, evaluatedAt, problem, remarks } = one;
  const fact = (what: string, text: string): Html => html`<div><dt>${what}</dt><dd>${text}</dd></div>`;
  return html`<section class="card" aria-labelledby="of-${name}">
  <h2 id="of-${name}">${name}</h2>
  ${problem === undefined ? undefined : html`<p class="failing fix"><b>The last evaluation failed: ${problem.reason}.</b> ${sentence(problem.fix)}</p>`}
  <dl class="facts">
    ${fact('Kind', one.kind)}
    ${fact('Hosts', `${hosts.length}${controlHosts.length === 0 ? '' : `, and ${controlHosts.length} untouched ones`}`)}
    ${fact('Start', day(one.start))}
    ${fact('Reports', one.reportDates.map(day).join(', '))}
    ${fact('Plan', `${REGISTRATIONS[plan.registration]}, SHA-256 ${plan.sha256.slice(0, 12)}`)}
    ${coverage === undefined ? undefined : fact('Coverage', `when nothing changed, this method was right in ${(coverage.ratio * 100).toFixed(0)} % of ${coverage.windows} ${coverage.windows === 1 ? 'window' : 'windows'}`)}
    ${evaluatedAt === undefined ? undefined : fact('Evaluated', clock(evaluatedAt))}
  </dl>
  ${
    remarks.length === 0
      ? undefined
      : html`<ul class="ways">${remarks.map(
          ({ text, remedy }) =>
            html`<li>${text}${remedy === '' ? undefined : html` <span class="fine">${remedy}</span>`}</li>`,
        )}</ul>`
  }
</section>`;
};
