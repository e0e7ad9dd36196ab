import type { MeasureStandingJson } from '../../src/index.ts';
import { energy } from '../figures.ts';
import { version } from '../version.ts';
import { type Html, html } from './html.ts';

export interface FleetPageInput {
  readonly standings: readonly MeasureStandingJson[];
  /** Measures that were not evaluated yet. */
  readonly waiting: readonly string[];
  readonly telemetryPath: string;
  /** Shown above all, where the figures are nobody's. */
  readonly notice: string | undefined;
  /** Why the last evaluation failed. */
  readonly problem: { readonly reason: string; readonly fix: string } | undefined;
}

/** As reports say it. */
const VERDICTS: Readonly<Record<NonNullable<MeasureStandingJson['verdict']>, string>> = {
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
const KWH = 3.6e6;

/** The page of the service: each measure with its evidence, verdict and what to do next. No script, nothing from elsewhere. */
export const fleetPage = ({ standings, waiting, telemetryPath, notice, problem }: FleetPageInput): string =>
  html`<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <meta http-equiv="refresh" content="300">
  <title>Energy-saving measures \u2013 negawatt</title>
  <link rel="stylesheet" href="/style.css">
  <link rel="icon" href="/icon.svg">
</head>
<body>
<header>
  <p class="brand">negawatt</p>
  <h1>Energy-saving measures</h1>
  <p class="fine">Expected without the change, less what was used. A figure counts with its interval, and with how often
    that interval was right when nothing changed.</p>
</header>
<main>
  ${notice === undefined ? undefined : html`<p class="banner" role="status">${notice}</p>`}
  ${problem === undefined ? undefined : html`<p class="bad" role="alert">The last evaluation failed: ${problem.reason}. What is shown is older. ${problem.fix}.</p>`}
  ${standings.length + waiting.length === 0 ? nothing : table(standings, waiting)}
  ${standings.map(details)}
</main>
<footer>
  <p class="fine">negawatt ${version} · <a href="${telemetryPath}">metrics</a> · <a href="/api/v1/measures">JSON</a></p>
</footer>
</body>
</html>
`.markup;

const nothing = html`<section><h2>No measure is declared</h2>
  <p>Write one with <code>negawatt measure draft NAME</code>, put it under <code>measures</code> in the configuration of
  this service before the change starts, and reload it.</p></section>`;

const table = (standings: readonly MeasureStandingJson[], waiting: readonly string[]): Html => html`<section>
  <h2>Verdicts</h2>
  <div class="scroll" tabindex="0" role="region" aria-label="Verdicts">
  <table>
    <thead><tr><th scope="col">Measure</th><th scope="col">Verdict</th><th scope="col">Evidence</th>
      <th scope="col" class="figure">Avoided</th><th scope="col" class="figure">90 % interval</th>
      <th scope="col">As of</th></tr></thead>
    <tbody>
    ${standings.map(row)}
    ${waiting.map((name) => html`<tr><th scope="row">${name}</th><td colspan="5">being evaluated</td></tr>`)}
    </tbody>
  </table>
  </div>
</section>`;

const row = (one: MeasureStandingJson): Html => html`<tr>
      <th scope="row">${one.asOf === undefined ? one.name : html`<a href="/measures/${one.name}">${one.name}</a>`}</th>
      <td>${verdictOf(one)}</td>
      <td>${one.grade ?? '\u2013'}</td>
      <td class="figure">${avoidedOf(one)}</td>
      <td class="figure">${intervalOf(one)}</td>
      <td>${one.asOf === undefined ? '\u2013' : day(one.asOf)}${one.state === 'provisional' ? ' (so far)' : ''}</td>
    </tr>`;

const day = (instant: string): string => instant.slice(0, 10);

const verdictOf = ({ verdict, state }: MeasureStandingJson): string =>
  verdict !== undefined
    ? VERDICTS[verdict]
    : state === 'failed'
      ? 'could not be evaluated'
      : 'nothing to report yet';

const words = (joules: number): string => {
  const { value, unit } = energy(joules / KWH);
  return `${value} ${unit}`;
};
const avoidedOf = ({ avoided }: MeasureStandingJson): string =>
  avoided === undefined ? 'no figure' : words(avoided.joules);
const intervalOf = ({ avoided }: MeasureStandingJson): string =>
  avoided === undefined ? '\u2013' : `${words(avoided.lowJoules)} to ${words(avoided.highJoules)}`;

const details = (one: MeasureStandingJson): Html => html`<section>
  <h2>${one.name}</h2>
  <dl>
    <dt>Kind</dt><dd>${one.kind}</dd>
    <dt>Hosts</dt><dd>${one.hosts.length}${one.controlHosts.length === 0 ? '' : `, and ${one.controlHosts.length} untouched ones`}</dd>
    <dt>Start</dt><dd>${day(one.start)}</dd>
    <dt>Report dates</dt><dd>${one.reportDates.map(day).join(', ')}</dd>
    <dt>Plan</dt><dd>${REGISTRATIONS[one.plan.registration]}, SHA-256 ${one.plan.sha256.slice(0, 12)}</dd>
    ${
      one.coverage === undefined
        ? undefined
        : html`<dt>How often this method was right when nothing changed</dt>
    <dd>${(one.coverage.ratio * 100).toFixed(0)} % of ${one.coverage.windows} windows</dd>`
    }
    ${one.evaluatedAt === undefined ? undefined : html`<dt>Evaluated</dt><dd>${one.evaluatedAt}</dd>`}
  </dl>
  ${one.problem === undefined ? undefined : html`<p class="bad">The last evaluation failed: ${one.problem.reason}. ${one.problem.fix}.</p>`}
  ${one.remarks.length === 0 ? undefined : html`<ul>${one.remarks.map(({ text, remedy }) => html`<li>${text}<br><span class="fine">${remedy}</span></li>`)}</ul>`}
</section>`;
