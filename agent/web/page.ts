import type { CalendarJson, HostJson, MeasureStandingJson } from '../../src/index.ts';
import { clock } from '../figures.ts';
import type { ArmJson } from '../switchback-route.ts';
import { emissionsSection, exampleBanner, gridSection } from './emissions-section.ts';
import { gpusSection } from './gpus-section.ts';
import { calendarSections, energySection, powerSection } from './host-section.ts';
import { type Html, html } from './html.ts';
import { measuresSection } from './measures-section.ts';
import {
  agentText,
  faultsLine,
  hardwareText,
  intervalText,
  processesSection,
  sourcesSection,
} from './tables.ts';
import { workloadsSection } from './workloads-section.ts';

/** What the page shows beside the snapshot. */
export interface PageData {
  /** Counters as booked. */
  readonly host: HostJson;
  /** Undefined where nothing is kept. */
  readonly calendar?: CalendarJson | { readonly problem: string } | undefined;
  /** Undefined where none is configured: then nobody need ask for them. */
  readonly measures?: readonly MeasureStandingJson[] | undefined;
  readonly arms?: readonly ArmJson[] | undefined;
}

export interface PageOptions {
  /** Path of the metrics, to link to. */
  readonly telemetryPath: string;
  readonly version: string;
}

export const titleOf = ({ example, host }: HostJson): string =>
  `${example === undefined ? '' : `${example} \u2013 `}${host.name} \u2013 negawatt`;

/** The parts of the page that change, by the id of their place. */
export const partsOf = ({ host, calendar, measures, arms }: PageData): Readonly<Record<string, Html>> => ({
  'part-now': html`${faultsLine(host)}${powerSection(host)}${calendarSections(calendar, host)}${gridSection(host)}`,
  'part-totals': html`${energySection(host)}${emissionsSection(host)}`,
  'part-details': html`${gpusSection(host)}${processesSection(host)}${measuresSection(measures ?? [], arms ?? [])}${sourcesSection(host)}`,
});

/**
 * The status page: complete without JavaScript, nothing from elsewhere. Every figure is the API's. `/page.js` draws the
 * chart and refreshes the parts from the API; without JavaScript the browser reloads the page.
 */
export const statusPage = (data: PageData, { telemetryPath, version }: PageOptions): string => {
  const { host } = data;
  const parts = partsOf(data);
  const asks = [data.measures && 'measures', data.arms && 'switchback'].filter(Boolean).join(' ');
  return html`<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>${titleOf(host)}</title>
  <link rel="stylesheet" href="/style.css">
  <link rel="icon" href="/icon.svg">
  <noscript><meta http-equiv="refresh" content="30"></noscript>
  <script src="/page.js" type="module"></script>
</head>
<body${asks === '' ? undefined : html` data-asks="${asks}"`}>
<a class="skip" href="#main">Skip to the figures</a>
<header>
  <p class="brand">negawatt</p>
  <h1>${host.host.name}</h1>
  <p class="fine">${hardwareText(host)}</p>
  <p class="fine" id="freshness">As of <time datetime="${host.time}">${clock(host.time)}</time>, ${intervalText(host)}.
    <span id="refresh"></span></p>
</header>
<main id="main" tabindex="-1">
  <p id="trouble" class="trouble" role="alert" hidden></p>
  ${exampleBanner(host)}
  <div class="tiles" id="part-now">${parts['part-now']}</div>
  <div id="chart"></div>
  <div id="part-workloads">${workloadsSection(host)}</div>
  <div class="grid" id="part-totals">${parts['part-totals']}</div>
  <div class="grid" id="part-details">${parts['part-details']}</div>
</main>
<footer>
  <nav aria-label="Data and health">
    <a href="${telemetryPath}">Metrics</a>
    <a href="/api/v1/snapshot">JSON</a>
    <a href="/api/v1/workloads">Workloads</a>
    <a href="/api/v1/sources">Sources</a>
    <a href="/api/v1/history">History</a>
    <a href="/-/healthy">Healthy</a>
    <a href="/-/ready">Ready</a>
  </nav>
  <p class="fine">${agentText(host, version)}</p>
</footer>
</body>
</html>
`.markup;
};
