import type { HostJson } from '../../src/index.ts';
import { duration, energy, figure, percent, together } from '../figures.ts';
import { type Html, html } from './html.ts';
import { qualityText } from './words.ts';
import { workText } from './work-text.ts';

type Host = HostJson['host'];

/** Power now and energy since counting began. */
export const hostSection = (snapshot: HostJson): Html => html`
  <section class="card" aria-labelledby="power">
    <h2 id="power">Power now</h2>
    ${power(snapshot.host)}
  </section>
  <section class="card" aria-labelledby="energy">
    <h2 id="energy">Energy since counting began</h2>
    ${energyOf(snapshot)}
  </section>`;

const power = (host: Host): Html => {
  const { powerWatts, quality, busy, curve } = host;
  const busyText =
    busy === undefined ? undefined : html`<p class="fine">Processors ${percent(busy)} busy</p>`;
  return html`
    <p class="big">${powerWatts === undefined ? '\u2013' : figure(powerWatts)} <span class="unit">W</span></p>
    <p>${quality === undefined ? undefined : html`<span class="pill ${quality}">${quality}</span> `}${qualityText(host)}</p>
    ${curve === undefined ? undefined : html`<p class="fine">Curve: ${curve.name}. ${curve.citation}</p>`}
    ${busyText}`;
};

const energyOf = ({ host, settling, site }: HostJson): Html => {
  const { energyKwh, staticKwh, dynamicKwh, watchedSeconds, unmeteredSeconds, energyPerWork } = host;
  const { value, unit } = energy(energyKwh);
  const missed =
    unmeteredSeconds > 0
      ? html`<p class="fine">Nothing metered ${duration(unmeteredSeconds)} of it: that energy is missing, not zero.</p>`
      : undefined;
  return html`
    <p class="big">${settling ? '\u2013' : value} <span class="unit">${unit}</span></p>
    ${settling ? SETTLING : split(staticKwh, dynamicKwh)}
    ${unit === 'kWh' || settling ? undefined : html`<p class="fine">That is ${figure(energyKwh)} kWh.</p>`}
    ${energyPerWork === undefined ? undefined : html`<dl class="pair"><div><dt>Energy per unit of work</dt><dd>${workText(energyPerWork)}</dd></div></dl>`}
    ${costText(site)}
    <p class="fine">Watched for ${duration(watchedSeconds)}, restarts included.</p>
    ${missed}`;
};

/** Money and water beside kWh, where the operator named a tariff or a WUE. */
const costText = (site: HostJson['site']): Html | undefined => {
  const { cost = [], waterLitres, pue } = site ?? {};
  if (cost.length === 0 && waterLitres === undefined) return undefined;
  const overhead = pue === undefined ? 'without the building' : `PUE ${pue} included`;
  return html`
    <dl class="pair">
      ${cost.map(({ currency, amount }) => html`<div><dt>Cost, ${overhead}</dt><dd>${amount.toFixed(2)} ${currency}</dd></div>`)}
      ${waterLitres === undefined ? undefined : html`<div><dt>Water</dt><dd>${figure(waterLitres)} L</dd></div>`}
    </dl>`;
};

const SETTLING = html`<p>Counting has begun. The figures show in less than two minutes: counters are held at 0
  until every scraper has seen them, so that none loses the first joules.</p>`;

/** Idle floor and dynamic energy as a bar and in figures. */
const split = (fixed: number, dynamic: number): Html => {
  const whole = fixed + dynamic;
  const share = whole > 0 ? fixed / whole : 0;
  const label = `idle floor ${percent(share)}, dynamic ${percent(1 - share)}`;
  return html`
    <svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label="${label}">
      <rect class="dynamic" width="100" height="6"/><rect class="idle" width="${(share * 100).toFixed(2)}" height="6"/>
    </svg>
    <dl class="pair">
      <div><dt><span class="key idle"></span>Idle floor</dt><dd>${together(energy(fixed))}</dd></div>
      <div><dt><span class="key dynamic"></span>Dynamic, caused by use</dt><dd>${together(energy(dynamic))}</dd></div>
    </dl>`;
};
