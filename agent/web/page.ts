import { hostJson, type Snapshot } from '../../src/index.ts';
import { clock } from '../figures.ts';
import { emissionsSection, exampleBanner } from './emissions-section.ts';
import { gpusSection } from './gpus-section.ts';
import { hostSection } from './host-section.ts';
import { html } from './html.ts';
import {
  agentText,
  hardwareText,
  intervalText,
  processesSection,
  sourcesSection,
  workloadsSection,
} from './tables.ts';

export interface PageOptions {
  /** Path of the metrics, to link to. */
  readonly telemetryPath: string;
  readonly version: string;
}

/**
 * The status page of one snapshot: complete without JavaScript, nothing from elsewhere. Every figure is the API's.
 * `/page.js` refreshes it in place; without JavaScript the browser reloads it.
 */
export const statusPage = (snapshot: Snapshot, { telemetryPath, version }: PageOptions): string => {
  const host = hostJson(snapshot);
  const title = `${host.example === undefined ? '' : `${host.example} \u2013 `}${host.host.name} \u2013 negawatt`;
  return html`<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>${title}</title>
  <link rel="stylesheet" href="/style.css">
  <link rel="icon" href="/icon.svg">
  <noscript><meta http-equiv="refresh" content="30"></noscript>
  <script src="/page.js" defer></script>
</head>
<body>
<header>
  <p class="brand">negawatt</p>
  <h1>${host.host.name}</h1>
  <p class="fine">${hardwareText(host)}</p>
  <p class="fine" id="freshness">As of <time datetime="${host.time}">${clock(host.time)}</time>, ${intervalText(host)}.
    <span id="refresh"></span></p>
</header>
<main>
  ${exampleBanner(host)}
  <div class="grid">
  ${hostSection(host)}
  ${emissionsSection(host)}
  ${workloadsSection(host)}
  ${gpusSection(host)}
  ${processesSection(host)}
  ${sourcesSection(host)}
  </div>
</main>
<footer>
  <nav aria-label="Data and health">
    <a href="${telemetryPath}">Metrics</a>
    <a href="/api/v1/snapshot">JSON</a>
    <a href="/api/v1/workloads">Workloads</a>
    <a href="/api/v1/sources">Sources</a>
    <a href="/-/healthy">Healthy</a>
    <a href="/-/ready">Ready</a>
  </nav>
  <p class="fine">${agentText(host, version)}</p>
</footer>
</body>
</html>
`.markup;
};
