import type { HostJson } from '../../src/index.ts';
import { duration, figure, mass, together } from '../figures.ts';
import { type Html, html } from './html.ts';
import { basisText, statusText } from './words.ts';

type Emissions = HostJson['emissions']['location'];

const WAYS = html`
  <ul class="ways">
    <li>flag <code>--grid.zone XX</code></li>
    <li>environment <code>NEGAWATT_GRID_ZONE=XX</code></li>
    <li>configuration <code>grid: { zone: XX }</code></li>
  </ul>
  <p class="fine"><code>XX</code> is a country (<code>FR</code>), a state or province (<code>CN-GD</code>) or an eGRID
    subregion (<code>EGRID:CAMX</code>).</p>`;

/** Loud while CO2e rests on an example; nothing otherwise. */
export const exampleBanner = ({ example }: HostJson): Html | undefined =>
  example === undefined
    ? undefined
    : html`
  <aside class="banner" aria-labelledby="example">
    <h2 id="example">${example} \u2013 these grams are not your host\u2019s</h2>
    <p>Every CO<sub>2</sub>e figure here and in the metrics is computed with the grid of an example. Set the zone that this
      host draws from, in one of these ways:</p>
    ${WAYS}
  </aside>`;

const PROVIDER: Readonly<Record<string, string>> = {
  table: 'from the tables of this release',
  user: 'from your configuration',
};

/** What the grid emits now for each kWh, whose word that is and how old. */
export const gridSection = ({ emissions: { location }, example }: HostJson): Html | undefined => {
  if (!location.available) return undefined;
  const { gramsPerKwh, provider, zone, zoneName, status, ageSeconds, year } = location.factor;
  const age =
    ageSeconds === undefined
      ? `a mean of ${year}`
      : ageSeconds === 0
        ? 'holds now'
        : `${duration(ageSeconds)} old`;
  return html`
  <section class="card" aria-labelledby="grid">
    <h2 id="grid">Grid intensity${example === undefined ? undefined : html` <span class="pill example">example</span>`}</h2>
    <p class="big">${figure(gramsPerKwh)} <span class="unit">g/kWh</span></p>
    <p>${zone}${zoneName === zone ? '' : `, ${zoneName}`}: ${age}</p>
    <p class="fine">${statusText(status)}; ${PROVIDER[provider] ?? `from ${provider}`}</p>
  </section>`;
};

/** CO2e by both accounting methods, side by side and never added. */
export const emissionsSection = ({ host, emissions: { location, market }, example }: HostJson): Html => {
  const isKnown = host.energyKwh > 0;
  if (!location.available && !market.available) return missing(location);
  const tag = example === undefined ? undefined : html` <span class="pill example">example</span>`;
  return html`
  <section class="card" aria-labelledby="location">
    <h2 id="location">${gasOf(location)}, location-based${tag}</h2>
    <p class="fine">By the grid that the host stands in.</p>
    ${card(location, isKnown)}
  </section>
  <section class="card" aria-labelledby="market">
    <h2 id="market">${gasOf(market)}, market-based${tag}</h2>
    <p class="fine">By what its operator buys. Never added to the other.</p>
    ${card(market, isKnown)}
  </section>`;
};

const missing = (emissions: Emissions): Html => {
  if (emissions.available) return html``;
  return html`
  <section class="card wide" aria-labelledby="carbon">
    <h2 id="carbon">CO<sub>2</sub>e</h2>
    <p>Not computed: ${emissions.reason}. Energy is counted all the same.</p>
    ${emissions.fix.includes('--grid.zone') ? html`<p>To see emissions, set the zone of the grid that this host draws from:</p>${WAYS}` : html`<p>To see emissions: ${emissions.fix}.</p>`}
  </section>`;
};

const gasOf = (emissions: Emissions): Html =>
  emissions.available && emissions.factor.gases === 'CO2' ? html`CO<sub>2</sub>` : html`CO<sub>2</sub>e`;

const card = (emissions: Emissions, isKnown: boolean): Html => {
  if (!emissions.available) return html`<p>Not computed: ${emissions.reason}.</p><p>${emissions.fix}</p>`;
  const { grams, factor, pue, overheadGrams } = emissions;
  const { value, unit } = mass(grams);
  const gwp = factor.gwp === 'none' || factor.gwp === 'unstated' ? '' : ` (${factor.gwp})`;
  const age = factor.ageSeconds === undefined ? '' : `, ${duration(factor.ageSeconds)} old`;
  const overhead = !isKnown
    ? 'no energy yet'
    : pue === undefined
      ? 'not counted: no PUE is set (site.pue)'
      : `${together(mass(overheadGrams))} of it, at a PUE of ${pue}`;
  return html`
    <p class="big">${isKnown ? value : '\u2013'} <span class="unit">${unit}</span></p>
    <dl class="facts">
      <div><dt>Factor</dt><dd>${figure(factor.gramsPerKwh)} g/kWh, ${factor.gases}${gwp}, ${basisText(factor.basis)}</dd></div>
      <div><dt>Zone</dt><dd>${factor.zone}${factor.zoneName === factor.zone ? '' : `, ${factor.zoneName}`}</dd></div>
      <div><dt>Year</dt><dd>${factor.year} \u2013 ${statusText(factor.status)}${age}</dd></div>
      <div><dt>Building</dt><dd>${overhead}</dd></div>
      <div><dt>From</dt><dd>${factor.source}</dd></div>
    </dl>`;
};
