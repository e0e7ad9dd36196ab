import uPlot from 'uplot';
import { duration, figure } from '../../figures.ts';
import { html } from '../html.ts';
import { type Point, RESOURCES, type Series } from './series.ts';

const NAMES = { cpu: 'Processors', memory: 'Memory', gpu: 'GPUs', other: 'Rest of the host' } as const;
const RANGES = [
  [900, '15 min'],
  [3 * 3600, '3 h'],
  [24 * 3600, '24 h'],
  [48 * 3600, '48 h'],
] as const;
const HEIGHT = 240;
const MOST_TABLE_ROWS = 30;

export interface Chart {
  redraw(): void;
}

/** A chart of power by resource with its legend, the choice of how far back, and the same as a table. */
export const openChart = (place: HTMLElement, series: Series, onRange: (seconds: number) => void): Chart => {
  place.innerHTML = html`
  <section class="card" aria-labelledby="history">
    <div class="bar-of-tools"><h2 id="history">Power over time</h2>
      <div role="group" aria-label="How far back" class="tools">${RANGES.map(
        ([seconds, label], i) =>
          html`<button type="button" data-range="${seconds}" aria-pressed="${i === 1 ? 'true' : 'false'}">${label}</button>`,
      )}</div></div>
    <ul class="legend" id="legend"></ul>
    <div id="plot" role="img" aria-label="Chart of power; the same as a table follows"></div>
    <p class="fine" id="chart-note"></p>
    <details id="chart-table"><summary>The same as a table</summary><div class="scroll" tabindex="0" role="region" aria-label="Power over time as a table"></div></details>
  </section>`.markup;
  const plotPlace = place.querySelector('#plot') as HTMLElement;
  const legend = place.querySelector('#legend') as HTMLElement;
  const note = place.querySelector('#chart-note') as HTMLElement;
  const table = place.querySelector('#chart-table') as HTMLDetailsElement;
  let range: number = RANGES[1][0];
  let plot: uPlot | undefined;
  let shown: readonly Point[] = [];
  let parts: readonly (typeof RESOURCES)[number][] = [];

  const draw = (): void => {
    const now = Date.now() / 1000;
    shown = thinned(series.points(now - range), plotPlace.clientWidth);
    const named = RESOURCES.filter((one) => shown.some((point) => (point.parts[one] ?? 0) > 0));
    if (named.join() !== parts.join()) {
      parts = named;
      plot?.destroy();
      plot = undefined;
    }
    const known = shown.filter(({ host }) => host !== null);
    note.textContent =
      known.length === 0
        ? 'First figures in a few seconds: power needs two samples.'
        : `From ${timeOf(shown[0]?.at ?? now)} to ${timeOf(shown.at(-1)?.at ?? now)}, local time of this browser. A gap: nothing was metered.`;
    tell(undefined);
    const data = dataOf(shown, parts);
    if (plot === undefined) {
      plotPlace.replaceChildren();
      plot = new uPlot(optionsOf(plotPlace.clientWidth, parts, tell), data, plotPlace);
      // Its canvas tells nothing to those who do not see it: the place around it has a name.
      for (const canvas of plotPlace.querySelectorAll('canvas')) canvas.setAttribute('aria-hidden', 'true');
    } else plot.setData(data);
    if (known.length > 0) {
      const powers = known.map(({ host }) => host ?? 0);
      const [low, high] = [Math.min(...powers), Math.max(...powers)].map(figure);
      plotPlace.setAttribute(
        'aria-label',
        `Power of the last ${duration(range)}: now ${figure(powers.at(-1) ?? 0)} W, between ${low} and ${high} W. The same as a table follows.`,
      );
    }
    if (table.open) fillTable();
  };

  /** The legend with the figures at a place of the chart; at its end without one. */
  const tell = (at: number | undefined): void => {
    const point = at === undefined ? shown.findLast(({ host }) => host !== null) : shown[at];
    const watts = (value: number | null | undefined): string =>
      value === null || value === undefined ? '\u2013' : `${figure(value)}\u00a0W`;
    legend.innerHTML = html`<li><span class="key line"></span>Host <b>${watts(point?.host)}</b></li>
      ${parts.toReversed().map((one) => html`<li><span class="key ${one}"></span>${NAMES[one]} <b>${watts(point?.parts[one])}</b></li>`)}
      <li class="fine">${point === undefined ? '' : `at ${timeOf(point.at)}`}</li>`.markup;
  };

  const fillTable = (): void => {
    const step = Math.max(1, Math.ceil(shown.length / MOST_TABLE_ROWS));
    const rows = shown.filter((_, i) => (shown.length - 1 - i) % step === 0).toReversed();
    const cell = (value: number | null | undefined): string =>
      value === null || value === undefined ? '\u2013' : figure(value);
    (table.querySelector('.scroll') as HTMLElement).innerHTML = html`
      <table><thead><tr><th scope="col">Time</th><th scope="col" class="number">Host, W</th>${parts.map((one) => html`<th scope="col" class="number">${NAMES[one]}, W</th>`)}</tr></thead>
      <tbody>${rows.map((point) => html`<tr><th scope="row">${timeOf(point.at)}</th><td class="number">${cell(point.host)}</td>${parts.map((one) => html`<td class="number">${cell(point.parts[one])}</td>`)}</tr>`)}</tbody></table>`.markup;
  };
  table.addEventListener('toggle', () => table.open && fillTable());

  place.addEventListener('click', ({ target }) => {
    const button = target instanceof Element ? target.closest<HTMLElement>('[data-range]') : null;
    if (button === null) return;
    for (const one of place.querySelectorAll('[data-range]'))
      one.setAttribute('aria-pressed', String(one === button));
    range = Number(button.dataset.range);
    onRange(range);
    draw();
  });
  new ResizeObserver(() => {
    if (plot !== undefined && plot.width !== plotPlace.clientWidth)
      plot.setSize({ width: plotPlace.clientWidth, height: HEIGHT });
  }).observe(plotPlace);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    plot?.destroy();
    plot = undefined;
    draw();
  });
  return { redraw: draw };
};

const timeOf = (at: number): string => {
  const date = new Date(at * 1000);
  const time = date.toLocaleTimeString('en-GB');
  return Date.now() / 1000 - at > 12 * 3600 ? `${date.toLocaleDateString('en-CA')} ${time}` : time;
};

/** Ticks are round: 50, 1,500 and 0.5 are whole as they are. */
const wattsOf = (tick: number): string =>
  Math.abs(tick) >= 100 ? figure(tick) : String(Number(tick.toPrecision(3)));

/** 14:30, with seconds where ticks are closer than a minute, and the day where one begins. @param step seconds between ticks. */
const tickOf = (at: number, step: number): string => {
  const date = new Date(at * 1000);
  if (step < 60) return date.toLocaleTimeString('en-GB');
  const time = date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  return time === '00:00' ? date.toLocaleDateString('en-CA').slice(5) : time;
};

/** More points than there are pixels cost time and show nothing: each stands for some, with their mean. */
const thinned = (points: readonly Point[], width: number): readonly Point[] => {
  const each = Math.ceil(points.length / Math.max(100, width));
  if (each <= 1) return points;
  const mean = (values: readonly (number | null | undefined)[]): number | null => {
    const known = values.filter((value) => value !== null && value !== undefined);
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
  };
  return Array.from({ length: Math.ceil(points.length / each) }, (_, i) => {
    const some = points.slice(i * each, (i + 1) * each);
    return {
      at: some.at(-1)?.at ?? 0,
      host: mean(some.map(({ host }) => host)),
      parts: Object.fromEntries(RESOURCES.map((one) => [one, mean(some.map(({ parts }) => parts[one]))])),
    };
  });
};

/** Times, then each resource on top of those below it, then the host. */
const dataOf = (
  points: readonly Point[],
  parts: readonly (typeof RESOURCES)[number][],
): uPlot.AlignedData => {
  const stacked = parts.map((_, i) =>
    points.map((point) =>
      point.host === null
        ? null
        : parts.slice(0, i + 1).reduce((sum, one) => sum + (point.parts[one] ?? 0), 0),
    ),
  );
  return [points.map(({ at }) => at), ...stacked.toReversed(), points.map(({ host }) => host)];
};

const optionsOf = (
  width: number,
  parts: readonly (typeof RESOURCES)[number][],
  onCursor: (at: number | undefined) => void,
): uPlot.Options => {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const axis = {
    stroke: colour('soft'),
    grid: { stroke: colour('line'), width: 1 },
    ticks: { stroke: colour('line'), width: 1 },
    font: '12px system-ui, sans-serif',
  };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, drag: { setScale: false } },
    scales: { y: { range: (_, __, high) => [0, high > 0 ? high * 1.1 : 1] } },
    axes: [
      { ...axis, values: (_, ticks, __, ___, step) => ticks.map((at) => tickOf(at, step)), space: 64 },
      { ...axis, size: 56, values: (_, ticks) => ticks.map((tick) => `${wattsOf(tick)} W`) },
    ],
    series: [
      {},
      ...parts.toReversed().map((one) => ({
        fill: colour(one),
        stroke: colour(one),
        width: 1,
        points: { show: false },
      })),
      { stroke: colour('text'), width: 1.5, points: { show: false } },
    ],
    hooks: {
      setCursor: [(plot) => onCursor(plot.cursor.idx ?? undefined)],
    },
  };
};
