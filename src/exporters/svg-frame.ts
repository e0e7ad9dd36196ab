import { htmlText } from './markup.ts';

/** The frame of a chart: axes with round numbers, as text that needs nothing else. All coordinates are pixels. */

export interface Extent {
  readonly low: number;
  readonly high: number;
}

export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly svg: string;
}

export interface Axis {
  readonly extent: Extent;
  readonly label: string;
  readonly words: (value: number) => string;
  /** Where the ticks stand; left out: at round numbers. */
  readonly ticks?: readonly number[];
}

const MARGIN = { left: 64, right: 16, top: 28, bottom: 40 } as const;
const WIDTH = 720;

/** One decimal of a pixel is finer than any screen. */
export const px = (value: number): string => String(Math.round(value * 10) / 10);

/** Steps of 1, 2 or 5 times a power of ten, about `count` of them. */
export const roundTicks = ({ low, high }: Extent, count = 5): readonly number[] => {
  const rough = (high - low) / count;
  if (!(rough > 0) || !Number.isFinite(rough)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((one) => one * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step);
  const last = Math.floor(high / step);
  return Array.from({ length: last - first + 1 }, (_, at) => Number(((first + at) * step).toPrecision(12)));
};

/** Smallest extent that holds all finite values, with 0 where it is asked for and never of no height. */
export const extentOf = (values: Iterable<number>, withZero: boolean): Extent => {
  let [low, high] = withZero ? [0, 0] : [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (!Number.isFinite(low)) return { low: 0, high: 1 };
  if (low === high) return { low: Math.min(low, 0), high: high === 0 ? 1 : Math.max(high, 0) };
  const room = (high - low) * 0.05;
  return { low: withZero && low === 0 ? 0 : low - room, high: high + room };
};

/** On a phone letters are as wide as this against the picture: a date at an edge would run into the other axis. */
export const LETTER = 11;
const anchorOf = (at: number, words: string): 'start' | 'middle' | 'end' => {
  const half = (words.length * LETTER) / 2;
  if (words.length < 5) return 'middle';
  if (at - half < MARGIN.left - LETTER) return 'start';
  return at + half > WIDTH ? 'end' : 'middle';
};

export const frameOf = (across: Axis, up: Axis, height = 260): Frame => {
  const inner = { width: WIDTH - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
  const x = (value: number): number =>
    MARGIN.left + ((value - across.extent.low) / (across.extent.high - across.extent.low)) * inner.width;
  const y = (value: number): number =>
    MARGIN.top + (1 - (value - up.extent.low) / (up.extent.high - up.extent.low)) * inner.height;
  const bottom = MARGIN.top + inner.height;
  const rows = (up.ticks ?? roundTicks(up.extent)).map(
    (tick) =>
      `<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${px(y(tick))}" y2="${px(y(tick))}"/>` +
      `<text class="tick" x="${MARGIN.left - 8}" y="${px(y(tick) + 4)}" text-anchor="end">${htmlText(up.words(tick))}</text>`,
  );
  const columns = (across.ticks ?? roundTicks(across.extent, 6)).map(
    (tick) =>
      `<text class="tick" x="${px(x(tick))}" y="${bottom + 16}" text-anchor="${anchorOf(x(tick), across.words(tick))}">${htmlText(across.words(tick))}</text>`,
  );
  const labels = [
    `<text class="tick" x="${MARGIN.left}" y="14">${htmlText(up.label)}</text>`,
    `<text class="tick" x="${WIDTH - MARGIN.right}" y="${height - 6}" text-anchor="end">${htmlText(across.label)}</text>`,
  ];
  return { width: WIDTH, height, x, y, svg: [...rows, ...columns, ...labels].join('') };
};

/** The whole picture, with words for those who cannot see it. */
export const svgOf = ({ width, height, svg }: Frame, content: string, words: string): string =>
  `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${htmlText(words)}">${svg}${content}</svg>`;
