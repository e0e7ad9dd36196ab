/** Processor time over the number of workloads, both axes logarithmic, so that linear growth is a straight diagonal. */
/** Medians of processor time, milliseconds. */
export interface Size {
  readonly workloads: number;
  readonly tick: number;
  readonly scrape: number;
  readonly series: number;
}

const WIDTH = 640;
const HEIGHT = 380;
const LEFT = 70;
const RIGHT = 110;
const TOP = 40;
const BOTTOM = 50;

const SERIES = [
  { key: 'tick', name: 'tick', colour: '#0b6e4f' },
  { key: 'scrape', name: 'scrape', colour: '#8a4b08' },
] as const;

const decades = (values: readonly number[]): readonly [number, number] => [
  Math.floor(Math.log10(Math.min(...values))),
  Math.ceil(Math.log10(Math.max(...values))),
];

const label = (value: number): string => (value >= 1 ? String(value) : String(Number(value.toPrecision(1))));

export const growthChart = (sizes: readonly Size[]): string => {
  const [x0, x1] = decades(sizes.map(({ workloads }) => workloads));
  const [y0, y1] = decades(sizes.flatMap(({ tick, scrape }) => [tick, scrape]));
  const x = (value: number): number => LEFT + ((Math.log10(value) - x0) / (x1 - x0)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number): number =>
    HEIGHT - BOTTOM - ((Math.log10(value) - y0) / (y1 - y0)) * (HEIGHT - TOP - BOTTOM);
  const powers = (from: number, to: number): readonly number[] =>
    Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i));
  const grid = [
    ...powers(x0, x1).map(
      (at) =>
        `<line x1="${x(at)}" y1="${TOP}" x2="${x(at)}" y2="${HEIGHT - BOTTOM}" stroke="#ddd"/><text x="${x(at)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${label(at)}</text>`,
    ),
    ...powers(y0, y1).map(
      (at) =>
        `<line x1="${LEFT}" y1="${y(at)}" x2="${WIDTH - RIGHT}" y2="${y(at)}" stroke="#ddd"/><text x="${LEFT - 8}" y="${y(at) + 4}" text-anchor="end">${label(at)}</text>`,
    ),
  ];
  const lines = SERIES.flatMap(({ key, name, colour }) => {
    const points = sizes.map((size) => `${x(size.workloads).toFixed(1)},${y(size[key]).toFixed(1)}`);
    const last = sizes.at(-1);
    return [
      `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      ...points.map((at) => {
        const [cx, cy] = at.split(',');
        return `<circle cx="${cx}" cy="${cy}" r="3.5" fill="${colour}"/>`;
      }),
      ...(last === undefined
        ? []
        : [
            `<text x="${x(last.workloads) + 8}" y="${y(last[key]) + 4}" fill="${colour}">${name}, ${last[key].toFixed(1)} ms</text>`,
          ]),
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" fill="#222">`,
    `<title>Processor time of a tick and of a scrape by the number of workloads</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${LEFT}" y="22" font-size="14">Processor time by number of workloads (ms, both axes logarithmic)</text>`,
    ...grid,
    ...lines,
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 12}" text-anchor="middle">workloads</text>`,
    '</svg>',
    '',
  ].join('\n');
};
