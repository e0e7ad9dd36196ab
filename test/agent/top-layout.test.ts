import { describe, expect, it } from 'vitest';
import { textWidth } from '../../agent/text-width.ts';
import { layout, type Size } from '../../agent/top/layout.ts';
import { paint, wantsColour } from '../../agent/top/paint.ts';
import { nextShown, type Shown } from '../../agent/top/shown.ts';
import { START, type View } from '../../agent/top/view.ts';
import { hostJson } from '../../src/exporters/index.ts';
import type { HostJson } from '../../src/index.ts';
import { bytes, celsius, ratio, watts } from '../../src/units.ts';
import { gpuHost } from '../fixtures/gpu-host.ts';
import { carbon, type DrivenHost, drivenHost, NO_CARBON } from '../fixtures/samples.ts';

const shownOf = (driven: DrivenHost, inForce = carbon()): Shown => {
  driven.step(undefined, inForce);
  const before = hostJson(driven.step(undefined, inForce), 'booked');
  return nextShown(nextShown(undefined, before), hostJson(driven.step(undefined, inForce), 'booked'));
};
const linesOf = (
  shown: Shown | undefined,
  size: Size,
  view: Partial<View> = {},
  problem?: string,
): readonly string[] =>
  layout({ shown, view: { ...START, ...view }, from: 'agent at http://node-17', problem }, size).lines.map(
    ({ text }) => text,
  );
/** The same host, its rows renamed or replaced. */
const withRows = (
  { host, use, trends }: Shown,
  rows: (rows: Shown['use']['rows']) => Shown['use']['rows'],
): Shown => ({
  host,
  trends,
  use: { ...use, rows: rows(use.rows) },
});

describe('the screen of a host with GPUs and work', () => {
  const shown = shownOf(gpuHost());
  const wide = linesOf(shown, { width: 200, height: 40 });
  const text = wide.join('\n');

  it("says the host's power, its parts, its emissions and where all that comes from", () => {
    expect(wide[0]).toMatch(/^node-17, 2026-01-01 \d\d:\d\d:\d\d UTC, agent at http:\/\/node-17$/);
    expect(text).toMatch(
      /^power {4}280 W \(derived, from components, without board and supply\), idle floor [\d.]+ W, processors 50 % busy$/m,
    );
    // 280 W x 400 g/kWh x 1.25.
    expect(text).toMatch(/^CO2e {5}140 g\/h \(location-based, DE\/direct\/2023, PUE 1\.25\)$/m);
    expect(text).toMatch(/^parts {4}cpu 180 W, gpu 100 W$/m);
    expect(text).toMatch(/^work {5}1\.\d+ kJ each of \d+ jobs$/m);
    expect(text).toMatch(/^sources {2}cpu$/m);
    expect(text).toMatch(/^to mend {2}rapl is unreadable: energy_uj of 2 packages/m);
  });

  it('says all of the power on a terminal of 80 columns too', () => {
    const narrow = linesOf(shown, { width: 80, height: 24 });
    const at = narrow.findIndex((line) => line.startsWith('power'));
    expect(narrow[at]).toMatch(/without board and supply\)/);
    expect(narrow.slice(at, at + 2).join('\n')).toMatch(/idle floor [\d.]+ W, processors 50 % busy$/);
  });

  it('says of each board what its driver tells, and nothing that it does not', () => {
    expect(text).toMatch(
      /^gpu {6}gpu-0 \(AMD Instinct MI210\): 60\.0 of 560 W, 50 % busy, 40\.0 of 64\.0 GiB, 61 C, clocks held down: power$/m,
    );
    expect(text).toMatch(/^gpu {6}gpu-2 \(AMD Instinct MI210\): tells nothing$/m);
  });

  it('has a table whose watts sum to the power, by resource too', () => {
    const head = wide.find((line) => line.includes('WATTS')) ?? '';
    expect(
      head
        .trimEnd()
        .split(/ {2,}/)
        .map((title) => title.trim())
        .filter(Boolean),
    ).toEqual([
      ...['WATTS', 'CPU W', 'GPU W', 'SHARE', 'CPUS', 'gCO2e/h', 'KIND', 'CLASS', 'ENERGY PER UNIT', 'NAME'],
    ]);
    const rows = wide.slice(wide.indexOf(head) + 1, -1).filter((line) => line !== '');
    const column = (index: number): number =>
      rows.reduce((sum, row) => sum + Number(row.trim().split(/ +/)[index]), 0);
    expect(rows).toHaveLength(shown.use.rows.length);
    expect(column(0)).toBeCloseTo(280, 0);
    expect(column(1)).toBeCloseTo(180, 0);
    expect(column(2)).toBeCloseTo(100, 0);
    expect(text).toMatch(/unit +unclassified +\d+ mJ \(requests\) +nginx\.service/);
  });

  it.each([40, 80, 200])('keeps to %i columns and to its lines, whatever the height', (width) => {
    for (const height of [1, 2, 5, 12, 24, 50]) {
      const lines = linesOf(shown, { width, height });
      expect(lines).toHaveLength(height);
      for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(width);
      expect(lines.at(-1)).toContain('q quit');
    }
  });

  it('gives up columns before names where it is narrow', () => {
    const lines = linesOf(shown, { width: 40, height: 30 });
    const head = lines.find((line) => line.includes('WATTS')) ?? '';
    expect(head.trim().split(/ +/)).toEqual(['WATTS', 'SHARE', 'KIND', 'NAME']);
    expect(lines.some((line) => line.endsWith('unit       nginx.service'))).toBe(true);
  });

  it('shows rows before facts where it is low', () => {
    const low = linesOf(shown, { width: 80, height: 8 });
    expect(low[0]).toContain('node-17');
    expect(
      low.filter((line) => /^ *[\d.]+ .* (unit|container|idle|other) /.test(line)).length,
    ).toBeGreaterThanOrEqual(3);
    const lines = linesOf(shown, { width: 80, height: 16 });
    expect(lines.filter((line) => /^ *[\d.]+ .* (unit|container|idle|other) /.test(line))).toHaveLength(4);
    expect(lines).toContain('and 3 lines more on a higher screen');
  });
});

describe('the screen of a host with eight boards and a source that is broken', () => {
  const { host, use, trends } = shownOf(gpuHost());
  type Gpu = NonNullable<HostJson['gpus']>[number];
  /** As NVIDIA's driver tells them: an id of 40 letters, and a model. */
  const boards = (more: (i: number) => Partial<Gpu> = () => ({})): readonly Gpu[] =>
    Array.from({ length: 8 }, (_, i) => ({
      hwId: `GPU-${String(i).repeat(8)}-8c2e-4d1f-9a70-1b2c3d4e5f60`,
      ...{ vendor: 'nvidia', model: 'NVIDIA H100 80GB HBM3', pciAddress: `0000:${i + 1}b:00.0` },
      ...{ powerWatts: watts(601 + i), powerLimitWatts: watts(700), utilization: ratio(0.91 + i / 100) },
      ...{ memoryUsedBytes: bytes(40 * 2 ** 30), memoryTotalBytes: bytes(80 * 2 ** 30) },
      ...{ temperatureCelsius: celsius(60 + i), throttled: [] },
      ...more(i),
    }));
  const screen = (gpus: readonly Gpu[], size: Size, ill = 1, copies = 5): readonly string[] => {
    const broken = { name: 'redfish', state: 'failing', why: 'the BMC does not answer' } as const;
    const sources = [
      ...host.sources.filter(({ state }) => state === 'up' || state === 'absent'),
      ...Array.from(
        { length: ill },
        () => ({ ...host.sources[0], ...broken }) as HostJson['sources'][number],
      ),
    ];
    const rows = Array.from({ length: copies }, () => use.rows).flat();
    const shown: Shown = {
      ...{ host: { ...host, gpus, sources }, use: { ...use, rows } },
      trends: { ...trends, host: [200, 280, 260] },
    };
    const from = 'agent at http://node-17';
    return layout({ shown, view: START, from, problem: undefined, blocks: true }, size).lines.map(
      ({ text }) => text,
    );
  };

  it.each([1, 2])('shows all boards, what is ill and rows, on 80 columns and 24 lines: %i ill', (ill) => {
    const lines = screen(boards(), { width: 80, height: 24 }, ill);
    const text = lines.join('\n');
    const powerAt = lines.findIndex((line) => line.startsWith('power'));
    const illAt = lines.indexOf('to mend  redfish is failing: the BMC does not answer');
    expect(illAt).toBeGreaterThan(powerAt);
    expect(illAt).toBeLessThanOrEqual(powerAt + 2);
    // 601 + ... + 608 W; the mean of 91 to 98 %.
    expect(text).toContain('gpu      8 x NVIDIA H100 80GB HBM3: 4,836 of 5,600 W, 95 % busy, 320 of 640 GiB');
    for (let i = 0; i < 8; i += 1)
      expect(text).toContain(` ${i + 1}b:00 ${601 + i} W ${91 + i} % ${60 + i} C`);
    expect(lines.filter((line) => /^ *\d+\.\d\d /.test(line))).toHaveLength(9);
    for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(80);
  });

  it('gives the facts what few rows leave empty', () => {
    const lines = screen(boards(), { width: 80, height: 24 }, 1, 1);
    expect(lines.some((line) => line.startsWith('sources  '))).toBe(true);
    expect(lines.join('\n')).not.toContain('on a higher screen');
    expect(lines.filter((line) => /^ *\d+\.\d\d /.test(line))).toHaveLength(use.rows.length);
  });

  it('says all of each board on a line of its own where there is room for it', () => {
    const text = screen(boards(), { width: 200, height: 50 }).join('\n');
    for (let i = 0; i < 8; i += 1)
      expect(text).toMatch(
        new RegExp(
          `^gpu      GPU-${i}{8}-\\S+ \\(NVIDIA H100 80GB HBM3\\): ${601 + i} of 700 W, ${91 + i} % busy, 40\\.0 of 80\\.0 GiB, ${60 + i} C$`,
          'm',
        ),
      );
  });

  it('has no sum where one of them tells nothing, and says which clocks are held down', () => {
    const { model } = boards()[0] as Gpu;
    const silent = (i: number): Partial<Gpu> =>
      i === 6
        ? ({ powerWatts: undefined, utilization: undefined, temperatureCelsius: undefined } as never)
        : {};
    const text = screen(
      boards((i) => ({ ...silent(i), ...(i === 2 ? { throttled: ['power', 'thermal'] } : {}) })),
      { width: 80, height: 24 },
    ).join('\n');
    expect(text).toContain(`8 x ${model}: 320 of 640 GiB`);
    expect(text).toContain('clocks of 3b:00 held down: power, thermal');
    expect(text).toContain(' 7b:00 tells nothing');
  });

  it('says all of a board that is alone, on as many lines as that takes', () => {
    const lines = screen(boards().slice(0, 1), { width: 80, height: 24 });
    const at = lines.findIndex((line) => line.startsWith('gpu'));
    expect(lines.slice(at, at + 2)).toEqual([
      'gpu      1b:00 (NVIDIA H100 80GB HBM3): 601 of 700 W, 91 % busy',
      'gpu      40.0 of 80.0 GiB, 60 C',
    ]);
  });

  it('keeps models apart, and tells whole ids where addresses would be mistaken', () => {
    const mixed = boards((i) => (i > 5 ? { model: 'NVIDIA L4', powerWatts: watts(50) } : {}));
    const text = screen(mixed, { width: 80, height: 24 }).join('\n');
    expect(text).toContain('6 x NVIDIA H100 80GB HBM3: 3,621 of 4,200 W');
    expect(text).toContain('2 x NVIDIA L4: 100 of 1,400 W');
    const alike = screen(
      boards(() => ({ pciAddress: '0000:1b:00.0' })),
      { width: 80, height: 50 },
    ).join('\n');
    expect(alike).toContain(' GPU-33333333-8c2e-4d1f-9a70-1b2c3d4e5f60 604 W 94 % 63 C');
  });

  /** So many boards of each model, one model after the other; each has an address of its own. */
  const many = (...counts: readonly number[]): readonly Gpu[] => {
    const models = counts.flatMap((count, at) =>
      Array.from({ length: count }, () => `Model ${'AB'.charAt(at)}`),
    );
    return models.map((model, i) => {
      const pciAddress = `0000:${(16 + i).toString(16)}:00.0`;
      return { ...(boards()[0] as Gpu), hwId: `GPU-of-many-${i}`, model, pciAddress };
    });
  };
  const cellsOf = (text: string): number => text.match(/ [0-9a-f]{2}:00 601 W 91 % 60 C/g)?.length ?? 0;

  it('shows all of twenty boards where no model has more than sixteen, and says of none that it is left out', () => {
    const text = screen(many(10, 10), { width: 80, height: 60 }).join('\n');
    expect(text).toContain('10 x Model A: 6,010 of 7,000 W');
    expect(text).toContain('10 x Model B: 6,010 of 7,000 W');
    expect(cellsOf(text)).toBe(20);
    expect(text).not.toMatch(/and \d+ more$/m);
  });

  it('says below each model how many of its boards are left out, and shows models that come after them', () => {
    const text = screen(many(20, 2), { width: 80, height: 60 }).join('\n');
    expect(text).toMatch(/20 x Model A: (?:.*\n)+?gpu .* and 4 more\ngpu +2 x Model B: /);
    expect(cellsOf(text)).toBe(18);
    const [, rest = ''] = screen(many(18, 1), { width: 80, height: 60 }).join('\n').split('and 2 more\n');
    expect(rest).toMatch(/^gpu +22:00 \(Model B\): 601 of 700 W/);
  });

  it('counts those that have no line where each has one', () => {
    const text = screen(many(10, 10), { width: 200, height: 60 }).join('\n');
    expect(text.match(/^gpu +GPU-of-many-/gm)).toHaveLength(16);
    expect(text).toMatch(/^gpu +and 4 more$/m);
  });
});

it('an estimate is called one, with the error that is assumed or was measured', () => {
  const { host, use, trends } = shownOf(drivenHost({ modelled: true }));
  const lineOf = (shown: Shown): string | undefined =>
    linesOf(shown, { width: 200, height: 24 }).find((line) => line.startsWith('power'));
  expect(lineOf({ host, use, trends })).toMatch(/\d W \(estimated, from model, \+-\d+ % by assumption[,)]/);
  const curve = { name: 'own', citation: '-', calibrated: true };
  expect(lineOf({ host: { ...host, host: { ...host.host, curve } }, use, trends })).toMatch(
    /\+-\d+ % calibrated[,)]/,
  );
});

describe('what is not known', () => {
  it('is no figure: rows have none before the second snapshot', () => {
    const driven = drivenHost();
    const start = linesOf(nextShown(undefined, hostJson(driven.step(), 'booked')), { width: 80, height: 24 });
    expect(start).toContain('power    comes with the second sample');
    const one = nextShown(undefined, hostJson(driven.step(), 'booked'));
    const line = linesOf(one, { width: 80, height: undefined }).find((text) => text.includes('nginx'));
    expect(line?.trim()).toMatch(/^- +- +- +- +- +- +unit +nginx/);
  });

  it('has no column: no CO2e without a zone, no GPU and no work where there are none', () => {
    const text = linesOf(shownOf(drivenHost(), NO_CARBON), { width: 200, height: undefined }).join('\n');
    expect(text).not.toMatch(/CO2e|GPU|PER UNIT|^work/m);
  });

  it('is said in words: no sample, no row, no power', () => {
    expect(linesOf(undefined, { width: 80, height: 24 })[0]).toBe(
      'agent at http://node-17: the first sample is being taken',
    );
    const none = withRows(shownOf(drivenHost()), () => []);
    for (const width of [40, 80, 200])
      expect(linesOf(none, { width, height: 24 }).join('\n')).toMatch(/no row yet: the first one comes/);
    expect(linesOf(none, { width: 80, height: 24 }).at(-1)).toContain('0-0 of 0');
    const { host, use, trends } = shownOf(drivenHost());
    const { powerWatts: _power, source: _source, quality: _quality, ...rest } = host.host;
    const blind: Shown = { host: { ...host, host: rest } as HostJson, use, trends };
    expect(linesOf(blind, { width: 80, height: 24 }).join('\n')).toContain(
      'no source gives the power of this host',
    );
  });

  it('is said of the agent that no longer answers, above its last figures', () => {
    const lines = linesOf(
      shownOf(drivenHost()),
      { width: 80, height: 24 },
      {},
      'nothing listens at http://x',
    );
    expect(lines[1]).toBe('these are the last figures: nothing listens at http://x');
  });
});

describe('names that others chose', () => {
  it('reach the terminal without anything that steers it', () => {
    const nasty = 'a\u001b[2Jb\u009b31m\u202etxt\u0007\n\u200bc';
    const { host, use, trends } = shownOf(drivenHost());
    const evil: HostJson = {
      ...host,
      example: nasty,
      host: { ...host.host, name: nasty },
      sources: host.sources.map((source) => ({ ...source, name: nasty, why: nasty })),
      gpus: [{ hwId: nasty, model: nasty, throttled: [nasty] }],
    };
    const shown = withRows({ host: evil, use, trends }, (rows) =>
      rows.map((row) => ({ ...row, name: nasty, class: nasty })),
    );
    const { lines } = layout({ shown, view: START, from: nasty, problem: nasty }, { width: 300, height: 40 });
    for (const { text } of lines) expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(lines.filter(({ text }) => text.includes('a\ufffd[2Jb\ufffd31m\ufffdtxt')).length).toBeGreaterThan(
      5,
    );
  });

  it('take as many columns as they are wide: those beside them stand in line', () => {
    const long = '\u6570\u636e\u5e93'.repeat(40);
    const shown = withRows(shownOf(drivenHost()), (rows) =>
      rows.map((row, index) => (index === 0 ? { ...row, name: long, class: '\u6279\u5904\u7406' } : row)),
    );
    for (const width of [40, 80, 200]) {
      const lines = linesOf(shown, { width, height: 24 });
      const row = lines.find((line) => line.includes('\u6570')) ?? '';
      expect(textWidth(row)).toBeGreaterThan(width - 3);
      expect(textWidth(row)).toBeLessThanOrEqual(width);
      expect(row.endsWith('~')).toBe(true);
    }
    const lines = linesOf(shown, { width: 200, height: 24 });
    const at = (line: string, part: string): number => textWidth(line.slice(0, line.indexOf(part)));
    const head = lines.find((line) => line.includes('NAME')) ?? '';
    const row = lines.find((line) => line.includes('\u6570')) ?? '';
    expect(at(row, '\u6570')).toBe(at(head, 'NAME'));
  });
});

it('grams of an example are named as such, above all and in their column', () => {
  const shown = shownOf(drivenHost(), carbon({ example: true }));
  for (const width of [40, 80, 200]) {
    const lines = linesOf(shown, { width, height: 24 });
    expect(lines[1]).toMatch(/^EXAMPLE ZONE DE/);
    if (width > 80) expect(lines.join('\n')).toContain('EXAMPLE gCO2e/h');
  }
});

it('colours are an addition: the text is the same without, and NO_COLOR or a dumb terminal has none', () => {
  expect(paint({ text: 'x', tone: 'warning' }, true)).toBe('\u001b[33mx\u001b[0m');
  expect(paint({ text: 'x', tone: 'warning' }, false)).toBe('x');
  expect(wantsColour({ TERM: 'xterm' })).toBe(true);
  expect(wantsColour({ TERM: 'xterm', NO_COLOR: '' })).toBe(true);
  expect(wantsColour({ TERM: 'xterm', NO_COLOR: '0' })).toBe(false);
  expect(wantsColour({ TERM: 'dumb' })).toBe(false);
});
