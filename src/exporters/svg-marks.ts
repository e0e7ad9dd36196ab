import { type Frame, LETTER, px } from './svg-frame.ts';

export interface Points {
  readonly at: ArrayLike<number> & Iterable<number>;
  readonly values: ArrayLike<number> & Iterable<number>;
}

/** A line through the points; a value that is not known breaks it. */
export const line = ({ x, y }: Frame, { at, values }: Points, kind: string): string => {
  let path = '';
  let isOn = false;
  for (let i = 0; i < at.length; i += 1) {
    const [across = Number.NaN, value = Number.NaN] = [at[i], values[i]];
    if (Number.isFinite(value)) path += `${isOn ? 'L' : 'M'}${px(x(across))} ${px(y(value))}`;
    isOn = Number.isFinite(value);
  }
  return `<path class="line ${kind}" d="${path}"/>`;
};

/** The area between two lines. */
export const band = (
  { x, y }: Frame,
  at: ArrayLike<number>,
  low: ArrayLike<number>,
  high: ArrayLike<number>,
  kind: string,
): string => {
  const known = Array.from({ length: at.length }, (_, i) => i).filter(
    (i) => Number.isFinite(low[i]) && Number.isFinite(high[i]),
  );
  const point = (i: number, of: ArrayLike<number>): string => `${px(x(at[i] ?? 0))} ${px(y(of[i] ?? 0))}`;
  const there = known.map((i) => point(i, high));
  const back = known.toReversed().map((i) => point(i, low));
  return known.length === 0 ? '' : `<path class="band ${kind}" d="M${[...there, ...back].join('L')}Z"/>`;
};

export const dots = ({ x, y }: Frame, { at, values }: Points, kind: string): string => {
  const all: string[] = [];
  for (let i = 0; i < at.length; i += 1) {
    const [across = Number.NaN, value = Number.NaN] = [at[i], values[i]];
    if (Number.isFinite(across) && Number.isFinite(value))
      all.push(`<circle class="dot ${kind}" cx="${px(x(across))}" cy="${px(y(value))}" r="2"/>`);
  }
  return all.join('');
};

/** A bar from one value to another, between two places across. */
export const bar = (
  { x, y }: Frame,
  [from, to]: readonly [number, number],
  [low, high]: readonly [number, number],
  kind: string,
): string => {
  const [top, bottom] = [y(Math.max(low, high)), y(Math.min(low, high))];
  return `<rect class="bar ${kind}" x="${px(x(from))}" y="${px(top)}" width="${px(x(to) - x(from))}" height="${px(Math.max(bottom - top, 0.5))}"/>`;
};

/** A line from one edge to the other: 0, or an instant. */
export const across = ({ x, y, width }: Frame, from: number, value: number, kind: string): string =>
  `<line class="rule ${kind}" x1="${px(x(from))}" x2="${width - 16}" y1="${px(y(value))}" y2="${px(y(value))}"/>`;

/** What is said of it stands right of the line, and left of it where there is no room. */
export const upright = ({ x, width, height }: Frame, value: number, words: string): string => {
  const at = x(value);
  const place =
    at + words.length * LETTER > width ? `x="${px(at - 4)}" text-anchor="end"` : `x="${px(at + 4)}"`;
  return (
    `<line class="rule" x1="${px(at)}" x2="${px(at)}" y1="28" y2="${height - 40}"/>` +
    `<text class="tick" ${place} y="24">${words}</text>`
  );
};
