/** A chart of points over time with their straight line, as SVG: what a reader of the figures looks at. */
import type { Points, Slope } from '../fixtures/slope.ts';

export interface Panel {
  readonly title: string;
  readonly points: Points;
  readonly line: Slope;
  /** Digits after the point at the axis. */
  readonly digits: number;
}

const WIDTH = 720;
const HEIGHT = 150;
const LEFT = 70;
const RIGHT = 20;
const TOP = 34;
const BOTTOM = 26;
/** Points that are drawn; of more, evenly many are left out. */
const MOST = 600;
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

const panel = ({ title, points, line, digits }: Panel, index: number, unit: string): string => {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const [x0, x1] = [Math.min(...xs), Math.max(...xs)];
  // Never narrower than a tenth of the mean: noise is not to look like a mountain.
  const middle = (Math.min(...ys) + Math.max(...ys)) / 2;
  const reach = Math.max((Math.max(...ys) - Math.min(...ys)) / 2, Math.abs(middle) * 0.05, 10 ** -digits);
  const x = (value: number): string =>
    (LEFT + ((value - x0) / (x1 - x0)) * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const y = (value: number): string =>
    (TOP + ((middle + reach - value) / (2 * reach)) * (HEIGHT - TOP - BOTTOM)).toFixed(1);
  const onLine = (at: number): number => line.mean + line.slope * (at - line.meanX);
  const step = Math.ceil(points.length / MOST);
  const dots = points.filter((_, i) => i % step === 0).map(([px, py]) => `${x(px)},${y(py)}`);
  const text = (at: string, px: string | number, py: string | number, anchor: string): string =>
    `<text x="${px}" y="${py}" text-anchor="${anchor}">${escaped(at)}</text>`;
  return [
    `<g transform="translate(0 ${index * HEIGHT})">`,
    text(title, LEFT, 20, 'start'),
    ...[-1, 0, 1].flatMap((side) => {
      const value = middle + side * reach;
      return [
        `<path class="grid" d="M${LEFT} ${y(value)}H${WIDTH - RIGHT}"/>`,
        text(value.toFixed(digits), LEFT - 6, Number(y(value)) + 4, 'end'),
      ];
    }),
    text(`${x0.toFixed(0)} ${unit}`, LEFT, HEIGHT - 8, 'start'),
    text(`${x1.toFixed(0)} ${unit}`, WIDTH - RIGHT, HEIGHT - 8, 'end'),
    `<polyline class="points" points="${dots.join(' ')}"/>`,
    `<path class="line" d="M${x(x0)} ${y(onLine(x0))}L${x(x1)} ${y(onLine(x1))}"/>`,
    '</g>',
  ].join('\n');
};

/** @param unit of the time axis, as `min`. */
export const chart = (title: string, panels: readonly Panel[], unit: string): string => {
  const height = panels.length * HEIGHT;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}">
<title>${escaped(title)}</title>
<style>text{font:12px sans-serif;fill:#333}.grid{stroke:#ddd}.points{fill:none;stroke:#2a6f97}.line{stroke:#c1121f;stroke-width:2}</style>
<rect width="100%" height="100%" fill="#fff"/>
${panels.map((one, i) => panel(one, i, unit)).join('\n')}
</svg>
`;
};
