import type { CalendarJson, CalendarSpanJson, HostJson } from '../../src/index.ts';
import { clock, duration, energy, figure, mass, percent, together } from '../figures.ts';
import { type Html, html } from './html.ts';
import { qualityText } from './words.ts';
import { workText } from './work-text.ts';

type Host = HostJson['host'];

/** Power now. */
export const powerSection = ({ host, tick }: HostJson): Html => {
  const { powerWatts, quality, busy, curve } = host;
  const none = tick === 0 ? 'first figures in a few seconds: power needs two samples' : qualityText(host);
  return html`
  <section class="card" id="power-card" aria-labelledby="power">
    <h2 id="power">Power now</h2>
    <p class="big"><span id="watts">${powerWatts === undefined ? '\u2013' : figure(powerWatts)}</span> <span class="unit">W</span></p>
    <p>${quality === undefined ? none : html`<span class="pill ${quality}">${quality}</span> ${qualityText(host)}`}</p>
    ${curve === undefined ? undefined : html`<p class="fine">Curve: ${curve.name}. <a href="#sources">How to measure it instead</a></p>`}
    ${busy === undefined ? undefined : html`<p class="fine">Processors <span id="busy">${percent(busy)}</span> busy</p>`}
  </section>`;
};

/** Energy and CO2e of today and of this month, or why they are not known. */
export const calendarSections = (
  calendar: CalendarJson | { readonly problem: string } | undefined,
  { emissions, example }: HostJson,
): Html | undefined => {
  if (calendar === undefined) return undefined;
  if ('problem' in calendar)
    return html`
  <section class="card" aria-labelledby="today">
    <h2 id="today">Today and this month</h2>
    <p>Not known: ${calendar.problem}</p>
  </section>`;
  const why =
    example !== undefined
      ? 'grams of an example zone are never kept'
      : emissions.location.available
        ? 'no factor held for it'
        : emissions.location.reason;
  const zone = calendar.timeZone === 'UTC' ? 'UTC' : calendar.timeZone;
  return html`
  ${spanSection('today', `Today (${zone})`, calendar.today, why)}
  ${spanSection('month', `This month (${zone})`, calendar.month, why)}`;
};

const spanSection = (id: string, title: string, span: CalendarSpanJson, why: string): Html => {
  const {
    energyKwh,
    quality,
    locationGrams,
    marketGrams,
    withoutLocationJoules,
    withoutMarketJoules,
    coveredSeconds,
  } = span;
  const { value, unit } = energy(energyKwh);
  const isKnown = coveredSeconds > 0;
  const gap = span.watchedSeconds - coveredSeconds;
  return html`
  <section class="card" aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    <p class="big">${isKnown ? value : '\u2013'} <span class="unit">${isKnown ? unit : 'Wh'}</span></p>
    <p>${quality === undefined ? 'nothing was metered yet' : html`<span class="pill ${quality}">${quality}</span>`}</p>
    <dl class="pair">
      <div><dt>CO<sub>2</sub>e, location-based</dt><dd>${locationGrams === undefined ? '\u2013' : together(mass(locationGrams))}</dd></div>
      ${marketGrams === undefined ? undefined : html`<div><dt>market-based</dt><dd>${together(mass(marketGrams))}</dd></div>`}
    </dl>
    ${locationGrams === undefined ? html`<p class="fine">No CO<sub>2</sub>e: ${why}.</p>` : withoutLocationJoules > 0 ? html`<p class="fine">Without ${together(energy(withoutLocationJoules / 3.6e6))} for which no factor held.</p>` : undefined}
    ${marketGrams !== undefined && withoutMarketJoules > 0 ? html`<p class="fine">Market-based without ${together(energy(withoutMarketJoules / 3.6e6))} for which no factor held.</p>` : undefined}
    ${span.knownFrom === undefined ? undefined : html`<p class="fine">Counting since ${clock(span.knownFrom).slice(0, 16)} UTC.</p>`}
    ${gap > 60 ? html`<p class="fine">${duration(gap)} of it were not metered: that energy is missing, not zero.</p>` : undefined}
  </section>`;
};

/** Energy since counting began, split into idle floor and dynamic. */
export const energySection = ({ host, site }: HostJson): Html => html`
  <section class="card" aria-labelledby="energy">
    <h2 id="energy">Energy since counting began</h2>
    ${energyOf(host, site)}
  </section>`;

const energyOf = (host: Host, site: HostJson['site']): Html => {
  const { energyKwh, staticKwh, dynamicKwh, watchedSeconds, unmeteredSeconds, energyPerWork } = host;
  const { value, unit } = energy(energyKwh);
  const isKnown = energyKwh > 0;
  const missed =
    unmeteredSeconds > 0
      ? html`<p class="fine">Nothing metered ${duration(unmeteredSeconds)} of it: that energy is missing, not zero.</p>`
      : undefined;
  return html`
    <p class="big">${isKnown ? value : '\u2013'} <span class="unit">${unit}</span></p>
    ${isKnown ? split(staticKwh, dynamicKwh) : html`<p>First figures in a few seconds: energy needs two samples.</p>`}
    ${unit === 'kWh' || !isKnown ? undefined : html`<p class="fine">That is ${figure(energyKwh)} kWh.</p>`}
    ${energyPerWork === undefined ? undefined : html`<dl class="pair"><div><dt>Energy per unit of work</dt><dd>${workText(energyPerWork)}</dd></div></dl>`}
    ${costText(site)}
    <p class="fine">Watched for ${duration(watchedSeconds)}, restarts included. Metrics hold a new counter at 0 for up
      to two minutes, so that no scraper misses its first joules; here all of it shows at once.</p>
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
