/** `negawatt compare` as it is run: a table in, an answer out, and the same answer again from evidence alone. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freshDirectory, runCommand } from '../fixtures/agent-process.ts';

const HOUR = 3_600_000;
const START = Date.parse('2026-07-06T00:00Z');

/** Two hosts over 84 days, hour by hour; from day 56 on each uses so much less for the same work. */
const fleet = (saving: number, columns = 'time,host,energy_joules,work,cpu_utilization'): string => {
  const lines = [columns];
  for (let hour = 0; hour < 84 * 24; hour += 1)
    for (const [at, host] of ['node-1', 'node-2'].entries()) {
      const work = 400 + 150 * Math.sin(hour / 4 + at) + 20 * Math.sin(hour * 12.9898);
      const energy = (432_000 + 1116 * work) * (hour >= 56 * 24 ? 1 - saving : 1);
      const cells: Record<string, string | number> = {
        time: new Date(START + hour * HOUR).toISOString(),
        host,
        energy_joules: energy.toFixed(0),
        work: work.toFixed(2),
        cpu_utilization: (work / 1000).toFixed(4),
      };
      lines.push(
        columns
          .split(',')
          .map((name) => cells[name])
          .join(','),
      );
    }
  return `${lines.join('\n')}\n`;
};

const MEASURE = `measures:
  - {name: packing, hosts: [node-1, node-2], start: 2026-08-31, baseline: {from: 2026-07-06, to: 2026-08-31},
     work: [{unit: work}], report_at: [2026-09-28]}
`;

let directory: ReturnType<typeof freshDirectory>;
let csv: string;
let config: string;
beforeEach(() => {
  directory = freshDirectory();
  csv = join(directory.path, 'fleet.csv');
  config = join(directory.path, 'negawatt.yaml');
  writeFileSync(config, MEASURE);
});
afterEach(() => directory.remove());

const compare = (...args: readonly string[]) =>
  runCommand(['compare', `--config.file=${config}`, `--state.dir=${join(directory.path, 'state')}`, ...args]);
const given = (text: string): void => writeFileSync(csv, text);

describe('negawatt compare --at', () => {
  it('shows whole weeks before and after a date in at most 16 lines, and ends with the next step', async () => {
    given(fleet(0.1));
    const { code, stdout, stderr } = await compare('--at', '2026-08-31', '--csv', csv);
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(16);
    expect(lines[0]).toBe('2 hosts: 2026-08-03 to 2026-08-31 (28 d) and 2026-08-31 to 2026-09-28 (28 d)');
    expect(stdout).toMatch(/energy \(kWh\) +[\d,]+ +[\d,]+ +-\d+\.\d %/);
    expect(stdout).toMatch(/at the same work it is (9|10)\.\d % less than expected/);
    expect(lines.at(-1)).toMatch(/^For a verdict next time, before it starts: negawatt measure draft/);
  });

  it('has methods, the change in steps and a hash of every input under --details and in JSON', async () => {
    given(fleet(0.1));
    const args = ['--at', '2026-08-31', '--csv', csv, '--factor', '400'];
    const { stdout } = await compare(...args, '--details');
    expect(stdout).toMatch(/^method: before and after at the same work/m);
    expect(stdout).toMatch(/^interval newey-west: /m);
    expect(stdout).toMatch(/^sha256 of after_energy: [0-9a-f]{64}$/m);
    const json = JSON.parse((await compare(...args, '--json')).stdout);
    expect(json.inputs.before_work).toMatch(/^[0-9a-f]{64}$/);
    expect(json.history.engine).toBe('csv');
    expect(JSON.stringify(json)).not.toContain('expectedSeries');
    const page = (await compare(...args, '--format', 'html')).stdout;
    expect(page).toMatch(/dashed what was expected[\s\S]*Side by side[\s\S]*Power against work/);
    expect(page).not.toMatch(/<script|https?:\/\//);
  });

  it('reads a table packed by gzip, and one that comes by standard input, as it reads the file', async () => {
    const text = fleet(0.1);
    given(text);
    const plain = await compare('--at', '2026-08-31', '--csv', csv);
    const packed = join(directory.path, 'fleet.csv.gz');
    writeFileSync(packed, gzipSync(text));
    expect((await compare('--at', '2026-08-31', '--csv', packed)).stdout).toBe(plain.stdout);
    const evidence = join(directory.path, 'piped');
    const args = [
      'compare',
      `--config.file=${config}`,
      '--at',
      '2026-08-31',
      '--csv',
      '-',
      '--evidence',
      evidence,
    ];
    const piped = await runCommand(args, {}, undefined, text);
    expect(piped.stdout).toBe(plain.stdout);
    expect((await runCommand(['compare', '--from', evidence])).stdout).toBe(plain.stdout);
    writeFileSync(packed, gzipSync(text).subarray(0, 5000));
    const cut = await compare('--at', '2026-08-31', '--csv', packed);
    expect(cut.code).toBe(1);
    expect(cut.stderr).toMatch(
      /begins as gzip, and cannot be unpacked whole: unexpected end of file\. Pack it anew/,
    );
    const none = await runCommand(args.slice(0, -2), {}, undefined, '');
    expect(none.stderr).toMatch(/nothing comes by standard input: send a table to it/);
  });

  it('says of work that was never counted that there was none, in words and not in names of columns', async () => {
    given(fleet(0.1).replace(/,[\d.]+,([\d.]+)$/gm, ',0,$1'));
    const { stdout } = await compare('--at', '2026-08-31', '--csv', csv);
    expect(stdout).toMatch(
      /not a saving: .*No work \(work\) was counted|not a saving: Host time and work move together/,
    );
    expect(stdout).not.toMatch(/host_second/);
  });

  it.each([
    [
      ['--at', '2026-08-31', '--before', '2026-08-01/14d', '--after', '2026-09-01/14d'],
      /'--at <date>' cannot be used/,
    ],
    [['--measure', 'packing', '--hosts', 'node-1'], /'--measure <name>' cannot be used/],
  ] as const)('%j says two things, and is refused', async (args, words) => {
    given(fleet(0));
    const { code, stderr } = await compare(...args, '--csv', csv);
    expect(code).toBe(64);
    expect(stderr).toMatch(words);
  });

  it('without work says that it is no saving, and how to count work', async () => {
    given(fleet(0.1, 'time,host,energy_joules'));
    const { stdout } = await compare('--at', '2026-08-31', '--csv', csv);
    expect(stdout).toMatch(
      /not a saving, because nothing says how much work was done\.\nNext: say what work was done/,
    );
    expect(stdout).not.toMatch(/expected/);
  });

  it.each([
    [['--at', '2030-01-01'], /2030-01-01 is outside of what is known of these hosts/],
    [['--at', 'soon'], /"soon" is no time: write a date/],
    [[], /say what to compare: --at DATE/],
    [['--before', '2026-08-01/28d', '--after', '2026-09-01'], /is no range/],
    [['--at', '2026-08-31', '--hosts', 'node-9'], /no energy of these hosts is known|node-9|no host/],
    [['--measure', 'unknown'], /unknown/],
    [['--at', '2026-08-31', '--csv-interval', 'often'], /"often" is no duration/],
  ] as const)('%j is refused in words', async (args, words) => {
    given(fleet(0));
    const { code, stderr } = await compare(...args, '--csv', csv);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(words);
    expect(stderr).not.toMatch(/please report it|at .*\.js/);
  });
});

describe('negawatt compare --prometheus', () => {
  it.each([
    [['http://127.0.0.1:9'], /nothing listens there\. Start it, or correct --prometheus/],
    [['http://user:secret@engine:9090'], /--prometheus must be a URL of http or https without a user/],
    [['http://engine:9090', '--timeout', '5000s'], /--timeout/],
    [['http://engine:9090', '--match', 'cluster'], /--match cluster is no list of labels/],
    [['http://engine:9090', '--cert-file', '/none.pem'], /--cert-file and key_file belong together/],
  ] as const)('%j is refused in the words of its flags, without a secret', async (args, words) => {
    const { code, stderr } = await compare('--at', '2026-08-31', '--prometheus', ...args);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(words);
    expect(stderr).not.toMatch(/secret|please report it|history\.prometheus/);
  });
});

describe('negawatt compare --measure', () => {
  it('tells the verdict in words and by its exit code', async () => {
    given(fleet(0.1));
    const saved = await compare('--measure', 'packing', '--csv', csv);
    expect(saved.code).toBe(2);
    expect(saved.stdout).toMatch(/verdict: INDICATIVE, evidence D, as of 2026-09-28/);
    given(fleet(-0.1));
    const rose = await compare('--measure', 'packing', '--csv', csv);
    expect(rose.code).toBe(3);
    expect(rose.stdout).toMatch(/verdict: INCREASE/);
  });

  it('keeps the prices that it was made with: the same bytes come again where there is no tariff', async () => {
    given(fleet(0.1));
    writeFileSync(config, `${MEASURE}site: {tariff: {currency: EUR, price: 0.3}}\n`);
    const dir = join(directory.path, 'priced');
    const first = await compare('--at', '2026-08-31', '--csv', csv, '--evidence', dir);
    expect(first.stdout).toMatch(/cost \(EUR\)/);
    expect((await runCommand(['compare', '--from', dir])).stdout).toBe(first.stdout);
  });

  it('keeps evidence from which the same bytes come again, and refuses evidence that was changed', async () => {
    given(fleet(0.1));
    const dir = join(directory.path, 'evidence');
    for (const [format, ...what] of [
      ['table', '--measure', 'packing'],
      ['html', '--measure', 'packing'],
    ] as const) {
      const into = `${dir}-${format}`;
      const first = await compare(...what, '--csv', csv, '--evidence', into, '--format', format);
      const again = await runCommand(['compare', '--from', into]);
      expect(again.stdout).toBe(first.stdout);
      expect(again.code).toBe(first.code);
    }
    expect(readdirSync(`${dir}-table`).sort()).toEqual(
      expect.arrayContaining(['history.json', 'hosts-01.csv', 'manifest.json', 'result.txt', 'scope-01.csv']),
    );
    const hosts = join(`${dir}-table`, 'hosts-01.csv');
    writeFileSync(hosts, readFileSync(hosts, 'utf8').replace('node-1', 'node-7'));
    const changed = await runCommand(['compare', '--from', `${dir}-table`]);
    expect(changed.code).toBe(1);
    expect(changed.stderr).toMatch(/hosts-01\.csv is not the file that was written/);
  });

  it.each(['csv', 'md'])('gives the same bytes again without a plan, too, as %s', async (format) => {
    given(fleet(0.1));
    const into = join(directory.path, format);
    const args = ['--at', '2026-08-31', '--csv', csv, '--evidence', into, '--format', format];
    const first = await compare(...args);
    expect((await runCommand(['compare', '--from', into])).stdout).toBe(first.stdout);
  });

  it('is one page without anything loaded, and machine output has no words to parse', async () => {
    given(fleet(0.1));
    const page = (await compare('--measure', 'packing', '--csv', csv, '--format', 'html')).stdout;
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).not.toMatch(/<script|https?:\/\//);
    expect(page.match(/<svg/g)?.length).toBeGreaterThanOrEqual(3);
    expect(page).toContain('<figcaption>Power, means of days: solid what was used, dashed');
    const json = JSON.parse((await compare('--measure', 'packing', '--csv', csv, '--json')).stdout);
    expect(json.outcome.verdict).toBe('indicative');
    expect(json.outcome.emissions).toBeUndefined();
    const factor = await compare('--measure', 'packing', '--csv', csv, '--json', '--factor', '500');
    const { outcome } = JSON.parse(factor.stdout);
    expect(outcome.emissions.energyEffect).toBeCloseTo((outcome.avoided / 3.6e6) * 500, 6);
    expect(json.outcome.avoided / json.outcome.estimate.expected).toBeCloseTo(0.1, 2);
    const table = (await compare('--measure', 'packing', '--csv', csv, '--format', 'csv')).stdout;
    expect(table.split('\r\n')[0]).toMatch(/^measure,kind,from,to,verdict,evidence,actual_kilowatt_hours/);
  });
});

describe('negawatt compare --draft-plan', () => {
  it('writes the plan that the change should have had, which the configuration takes as it is', async () => {
    given(fleet(0.1));
    const { code, stdout, stderr } = await compare('--at', '2026-08-31', '--csv', csv, '--draft-plan');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^# The plan that this change of 2026-08-31 should have had\. It was not registered/,
    );
    expect(stdout).toMatch(/name: change-2026-08-31/);
    expect(stdout).toMatch(/hosts: \[ ?node-1, node-2 ?\]/);
    writeFileSync(config, stdout);
    const checked = await runCommand([
      'measure',
      'check',
      'change-2026-08-31',
      `--config.file=${config}`,
      '--csv',
      csv,
    ]);
    expect(checked.stdout).toMatch(/^measure change-2026-08-31/);
    const judged = await compare('--measure', 'change-2026-08-31', '--csv', csv);
    expect(judged.stdout).toMatch(/before 2026-08-03 to 2026-08-31 .* after 2026-08-31 to 2026-09-28/);
    expect(judged.stdout).toMatch(/not registered before the start/);
  });

  it.each([
    [
      ['--at', '2026-08-31'],
      'time,host,energy_joules',
      /a plan says what useful work is: name it with --work/,
    ],
    [['--measure', 'packing'], undefined, /'--draft-plan' cannot be used with option '--measure/],
    [
      ['--a', 'node-1', '--b', 'node-2', '--over', '2026-08-03/14d'],
      undefined,
      /'--draft-plan' cannot be used with option '--a/,
    ],
  ] as const)('%j is refused in words', async (args, columns, words) => {
    given(fleet(0, columns));
    const { code, stderr } = await compare(...args, '--csv', csv, '--draft-plan');
    expect(code).not.toBe(0);
    expect(stderr).toMatch(words);
  });
});

describe('negawatt compare --measure of measures on the same hosts', () => {
  const TWO = `measures:
  - {name: packing, hosts: [node-1, node-2], start: 2026-08-03, baseline: {from: 2026-07-06, to: 2026-08-03},
     work: [{unit: work}], report_at: [2026-09-28]}
  - {name: capping, hosts: [node-1, node-2], start: 2026-08-31, baseline: {from: 2026-07-06, to: 2026-08-03},
     work: [{unit: work}], report_at: [2026-09-28]}
`;
  /** A tenth less from day 28 on by packing, and as much again from day 56 on by capping. */
  const both = (): string => {
    const [head = '', ...rows] = fleet(0).trimEnd().split('\n');
    const changed = rows.map((row) => {
      const [time = '', host, energy, ...rest] = row.split(',');
      const day = (Date.parse(time) - START) / 86_400_000;
      const left = day < 28 ? 1 : day < 56 ? 0.9 : 0.8;
      return [time, host, (Number(energy) * left).toFixed(0), ...rest].join(',');
    });
    return `${[head, ...changed].join('\n')}\n`;
  };
  const numbers = (text: string): number[] =>
    [...text.matchAll(/(?:avoided together|of it \w+) +(-?[\d,.]+) kWh/g)].map(([, figure = '']) =>
      Number(figure.replaceAll(',', '')),
    );

  it('gives what they avoided together and parts that add up to it, and no figure of one alone', async () => {
    given(both());
    writeFileSync(config, TWO);
    const { code, stdout } = await compare('--measure', 'capping', '--csv', csv);
    expect(code).toBe(4);
    expect(stdout).toMatch(
      /capping and packing together, on the 2 hosts that all of them are for, over the 28 d/,
    );
    const [joint = 0, ...parts] = numbers(stdout);
    expect(parts).toHaveLength(2);
    expect(parts.reduce((sum, part) => sum + part, 0)).toBeCloseTo(joint, 6);
    expect(joint).toBeGreaterThan(0);
    expect(stdout).toMatch(/Do not add figures of single measures/);
    expect(stdout).not.toMatch(/AVOIDED/);
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(
      /^By itself no figure can be given of capping; of the .* kWh .* that capping and packing avoided together, .* is its part\.$/,
    );
  });

  it('in every format, and again from evidence alone', async () => {
    given(both());
    writeFileSync(config, TWO);
    const dir = join(directory.path, 'overlap');
    const json = await compare('--measure', 'packing', '--csv', csv, '--json', '--evidence', dir);
    const { overlap, outcome } = JSON.parse(json.stdout);
    expect(overlap.parts[0].avoided + overlap.parts[1].avoided).toBeCloseTo(overlap.joint, 0);
    expect(outcome.avoided).toBeUndefined();
    expect((await runCommand(['compare', '--from', dir])).stdout).toBe(json.stdout);
    const [head = '', row = ''] = (
      await compare('--measure', 'packing', '--csv', csv, '--format', 'csv')
    ).stdout.split('\r\n');
    const cell = (name: string) => row.split(',')[head.split(',').indexOf(name)];
    expect(Number(cell('joint_avoided_kilowatt_hours')) * 3.6e6).toBeCloseTo(overlap.joint, 0);
    expect(Number(cell('part_avoided_kilowatt_hours')) * 3.6e6).toBeCloseTo(overlap.parts[0].avoided, 0);
    expect(cell('avoided_kilowatt_hours')).toBe('');
    for (const format of ['md', 'html'])
      expect((await compare('--measure', 'packing', '--csv', csv, '--format', format)).stdout).toMatch(
        /avoided together[\s\S]*of it packing[\s\S]*of it capping[\s\S]*Do not add/,
      );
  });
});

describe('negawatt measure check over a past', () => {
  it('prints the smallest saving that each design could show by each report date', async () => {
    given(fleet(0));
    writeFileSync(
      config,
      'measures: [{name: next, hosts: [node-1, node-2], start: 2027-03-01, work: [{unit: work}], report_at: [2027-03-15]}]',
    );
    const { stdout, stderr } = await runCommand([
      ...['measure', 'check', 'next', `--config.file=${config}`, '--csv', csv],
    ]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/SMALLEST SAVING THAT COULD BE SHOWN[^\n]*\nDESIGN +BY 2027-03-15/);
    expect(stdout).toMatch(/^on\/off test +\d[\d.]* %/m);
    expect(stdout).toMatch(/^untouched hosts +- +The plan names no untouched hosts/m);
    expect(stdout).toMatch(/^before\/after, adjusted +[\d.]+ %/m);
  });

  it('says what is wrong with the past that was named', async () => {
    const { code, stderr } = await runCommand([
      ...[
        'measure',
        'check',
        'packing',
        `--config.file=${config}`,
        '--csv',
        join(directory.path, 'none.csv'),
      ],
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/none\.csv cannot be read: ENOENT/);
  });
});
