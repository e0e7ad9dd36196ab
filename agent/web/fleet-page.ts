import type { MeasureStandingJson } from '../../src/index.ts';
import type { FleetHealth } from '../fleet.ts';
import { utcTime } from '../utc-time.ts';
import { type Html, html } from './html.ts';

const VERDICTS = {
  verified: 'VERIFIED',
  indicative: 'INDICATIVE',
  not_verified: 'NOT SHOWN',
  increase: 'INCREASE',
  refused: 'CANNOT TELL',
} as const;

const percent = (ratio: number | undefined): string =>
  ratio === undefined ? '' : ` (${(100 * ratio).toFixed(1)} %)`;
const kilowattHours = (joules: number): string =>
  (joules / 3.6e6).toLocaleString('en', { maximumSignificantDigits: 4 });

const avoidedText = ({ avoided }: MeasureStandingJson): string =>
  avoided === undefined
    ? 'not known'
    : `${kilowattHours(avoided.joules)} kWh${percent(avoided.ratio)}, ${Math.round(100 * avoided.level)} %: ${kilowattHours(avoided.lowJoules)} to ${kilowattHours(avoided.highJoules)}`;

const row = (one: MeasureStandingJson): Html => html`<tr>
<th scope="row"><a href="/measures/${one.name}">${one.name}</a></th>
<td>${one.verdict === undefined ? 'nothing to report yet' : VERDICTS[one.verdict]}${one.state === 'provisional' ? ' (provisional)' : ''}</td>
<td>${one.grade ?? ''}</td>
<td>${avoidedText(one)}</td>
<td>${one.hosts.length}</td>
<td>${one.start}</td>
<td>${one.asOf ?? ''}</td>
<td>${one.plan.registration}</td>
<td>${one.problem === undefined ? (one.evaluatedAt ?? '') : `${one.evaluatedAt ?? 'never'}; failed since: ${one.problem.reason}; ${one.problem.fix}`}</td>
</tr>
`;

const standingLine = ({ problem, succeededAt, isRunning }: FleetHealth): Html => {
  const last = succeededAt === undefined ? 'not since the start' : utcTime(succeededAt * 1000);
  if (problem !== undefined)
    return html`<p role="alert"><strong>The last evaluation failed: ${problem.reason}</strong>; ${problem.fix}. What stands here is older; last success: ${last}.</p>`;
  return html`<p>Last evaluation: ${last}${isRunning ? '; one is running' : ''}.</p>`;
};

/** The measures of a fleet on one page, without a script. */
export const fleetPage = (
  standings: readonly MeasureStandingJson[],
  health: FleetHealth,
  { telemetryPath, version }: { readonly telemetryPath: string; readonly version: string },
): string =>
  html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="60">
<title>negawatt fleet</title><link rel="stylesheet" href="/style.css"></head>
<body><main>
<h1>Measures of the fleet</h1>
${standingLine(health)}
<table>
<thead><tr><th scope="col">Measure</th><th scope="col">Verdict</th><th scope="col">Grade</th><th scope="col">Energy avoided</th><th scope="col">Hosts</th><th scope="col">Start</th><th scope="col">As of</th><th scope="col">Plan</th><th scope="col">Evaluated</th></tr></thead>
<tbody>
${standings.length === 0 ? html`<tr><td colspan="9">no measure was evaluated yet</td></tr>` : standings.map(row)}
</tbody></table>
<p><a href="/api/v1/measures">JSON</a> <a href="${telemetryPath}">metrics</a></p>
<footer>negawatt ${version}</footer>
</main></body></html>
`.markup;
