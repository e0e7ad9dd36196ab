import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ConfigInput, type LoadedConfig, loadConfig } from '../../../src/config/load.ts';
import { gridZoneOf, isExample } from '../../../src/config/meaning.ts';
import { printConfig } from '../../../src/config/print.ts';

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'negawatt-config-'));
  file = join(dir, 'negawatt.yaml');
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

type Loaded = Extract<LoadedConfig, { ok: true }>;

const loaded = async (yaml: string | undefined, more: Omit<ConfigInput, 'file'> = {}): Promise<Loaded> => {
  if (yaml !== undefined) writeFileSync(file, yaml);
  const result = await loadConfig({ ...(yaml !== undefined && { file }), ...more });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result;
};
/** Problems as a screen shows them, the file's folder left out. */
const problems = async (
  yaml: string | Buffer | undefined,
  more: Omit<ConfigInput, 'file'> = {},
): Promise<string[]> => {
  if (yaml !== undefined) writeFileSync(file, yaml);
  const result = await loadConfig({ ...(yaml !== undefined && { file }), ...more });
  return result.ok
    ? []
    : result.problems.map(({ place, what }) => `${place.replace(`${dir}/`, '')}: ${what}`);
};

test.each([
  ['wrong values', `classes: [${'[],'.repeat(1999)}[]]\n`],
  ['unknown keys', Array.from({ length: 2000 }, (_, i) => `k${i}: 1\n`).join('')],
  ['what is no YAML', `a: [${'}'.repeat(2000)}\n`],
])('of very many problems the first are told, and how many more there are: %s', async (_, yaml) => {
  const told = await problems(yaml);
  expect(told).toHaveLength(51);
  expect(told.at(-1)).toMatch(/^: and (19\d\d|2\d\d\d) more: mend these first$/);
});

describe('where a value comes from', () => {
  test('nothing set: the defaults, with units converted', async () => {
    const { config, settings, warnings } = await loaded(undefined);
    expect(config.sampling.interval).toBe(5);
    expect(config.attribution).toEqual({
      static_share: 'none',
      top: 10,
      retention: 900,
      process_metrics: false,
    });
    expect(config.web).toEqual({
      listen_address: '127.0.0.1:10202',
      telemetry_path: '/metrics',
      max_requests: 40,
      enable_lifecycle: false,
    });
    expect(config.grid).toEqual({
      ...{ files: [], providers: [], fallback: 'none', instruments: [], restate: [], adders: 'none' },
    });
    expect(config.sources.rapl).toEqual({ enabled: true });
    expect(new Set(settings.map(({ origin }) => origin.from))).toEqual(new Set(['default']));
    expect(warnings).toEqual([]);
  });

  test('a flag beats the environment, the environment beats the file, the file beats the default', async () => {
    const yaml = 'grid: {zone: DE}\nsampling: {interval: 10s}\nattribution: {top: 3}\n';
    const env = { NEGAWATT_GRID_ZONE: 'FR', NEGAWATT_SAMPLING_INTERVAL: '20s' };
    const { config, settings } = await loaded(yaml, { env, flags: { 'grid.zone': 'US-CA' } });
    expect(config.grid.zone).toBe('US-CA');
    expect(config.sampling.interval).toBe(20);
    expect(config.attribution.top).toBe(3);
    const origins = Object.fromEntries(settings.map(({ name, origin }) => [name, origin]));
    expect(origins['grid.zone']).toEqual({ from: 'flag', where: '--grid.zone' });
    expect(origins['sampling.interval']).toEqual({
      from: 'environment',
      where: 'NEGAWATT_SAMPLING_INTERVAL',
    });
    expect(origins['attribution.top']).toEqual({ from: 'file', where: `${file}:3:20` });
    expect(origins['log.level']).toEqual({ from: 'default', where: '' });
  });

  test('every kind of value can be set in the environment', async () => {
    const env = {
      NEGAWATT_SOURCES_RAPL_ENABLED: 'false',
      NEGAWATT_ATTRIBUTION_TOP: '25',
      NEGAWATT_SITE_PUE: '1.35',
      NEGAWATT_HOST_LABELS: 'pool=web, rack=r=1',
      NEGAWATT_ENERGY_FLOORS: '{"package-0": 38.5}',
      NEGAWATT_GRID_FILES: '/a.yaml,/b.json',
      NEGAWATT_GRID_MARKET_FACTOR: '0',
      NEGAWATT_GRID_MARKET_DOCUMENT: '[sic] 2025',
      NEGAWATT_GRID_MARKET_YEAR: '2025',
      NEGAWATT_GRID_MARKET_GASES: 'CO2e',
      NEGAWATT_SOURCES_MODEL_CURVE: '[{"load":0,"watts":100},{"load":1,"watts":300}]',
      NEGAWATT_LOG_LEVEL: '',
    };
    const { config } = await loaded(undefined, { env });
    expect(config.sources.rapl.enabled).toBe(false);
    expect(config.attribution.top).toBe(25);
    expect(config.site.pue).toBe(1.35);
    expect(config.host.labels).toEqual({ pool: 'web', rack: 'r=1' });
    expect(config.energy.floors).toEqual({ 'package-0': 38.5 });
    expect(config.grid.files).toEqual(['/a.yaml', '/b.json']);
    expect(config.grid.market).toEqual({ factor: 0, document: '[sic] 2025', year: 2025, gases: 'CO2e' });
    expect(config.sources.model.curve).toEqual([
      { load: 0, watts: 100 },
      { load: 1, watts: 300 },
    ]);
    expect(config.log.level).toBe('info');
  });

  test('--no-source.NAME turns a source off; other spellings are refused with the near one', async () => {
    const { config } = await loaded('sources: {rapl: {enabled: true}}', {
      flags: { 'no-source.rapl': true },
    });
    expect(config.sources.rapl.enabled).toBe(false);
    expect(await problems(undefined, { flags: { 'no-source.rappl': true, 'grid.zoone': 'DE' } })).toEqual([
      '--no-source.rappl: sets no key; did you mean --no-source.rapl?',
      '--grid.zoone: sets no key; did you mean --grid.zone?',
    ]);
  });

  test("a misspelt variable is warned about, a scheduler's own is not", async () => {
    const env = {
      NEGAWATT_GRID_ZNE: 'DE',
      NEGAWATT_SERVICE_HOST: '10.0.0.1',
      NEGAWATT_PORT_10202_TCP: 'tcp',
      PATH: '/bin',
    };
    const { warnings } = await loaded(undefined, { env });
    expect(warnings).toEqual([
      'NEGAWATT_GRID_ZNE sets no key and is ignored; did you mean NEGAWATT_GRID_ZONE?',
    ]);
  });

  test('an empty file and sections with nothing in them are the defaults', async () => {
    const { sha256 } = await loaded(undefined);
    expect((await loaded('')).sha256).toBe(sha256);
    expect((await loaded('# nothing\ngrid:\n  # zone: DE\nstate:\nlog:\n  level:\n')).sha256).toBe(sha256);
  });

  test("a zone of one's own beats the example, from wherever it is set", async () => {
    const yaml = 'grid: {example_zone: DE}';
    const example = await loaded(yaml);
    expect([isExample(example.config), gridZoneOf(example.config)]).toEqual([true, 'DE']);
    for (const more of [{ env: { NEGAWATT_GRID_ZONE: 'FR' } }, { flags: { 'grid.zone': 'FR' } }]) {
      const own = await loaded(yaml, more);
      expect([isExample(own.config), gridZoneOf(own.config)]).toEqual([false, 'FR']);
    }
    const none = await loaded('');
    expect([isExample(none.config), gridZoneOf(none.config)]).toEqual([false, undefined]);
  });
});

describe('what is wrong is said with place, key, value, what is allowed and an example', () => {
  test.each([
    [
      'grid:\n  zne: DE\n',
      'negawatt.yaml:2:3: grid.zne is no key of the configuration; did you mean grid.zone?',
    ],
    [
      'interval: 5s\n',
      'negawatt.yaml:1:1: interval is no key of the configuration; did you mean sampling.interval?',
    ],
    [
      'log: {colour: red}\n',
      'negawatt.yaml:1:7: log.colour is no key of the configuration; known here: level, format',
    ],
    [
      'sampling:\n  interval: 100\n',
      'negawatt.yaml:2:13: sampling.interval is 100 (a number); it must be a duration from 1s to 60s, in ms, s, m, h or d, for example 5s',
    ],
    [
      'sampling: {interval: 999ms}\n',
      'negawatt.yaml:1:22: sampling.interval is "999ms"; it must be a duration from 1s to 60s, in ms, s, m, h or d, for example 5s',
    ],
    [
      'sampling: {interval: 2m}\n',
      'negawatt.yaml:1:22: sampling.interval is "2m"; it must be a duration from 1s to 60s, in ms, s, m, h or d, for example 5s',
    ],
    [
      'log: {level: loud}\n',
      'negawatt.yaml:1:14: log.level is "loud"; it must be one of debug, info, warn, error',
    ],
    [
      'attribution: {top: 101}\n',
      'negawatt.yaml:1:20: attribution.top is 101 (a number); it must be a whole number from 0 to 100, for example 10',
    ],
    [
      'attribution: {process_metrics: "yes"}\n',
      'negawatt.yaml:1:32: attribution.process_metrics is "yes"; it must be true or false',
    ],
    [
      'grid: DE\n',
      'negawatt.yaml:1:7: grid is "DE"; it must be a mapping of zone, example_zone, files, providers, location, market, fallback, instruments, restate, loss, upstream, adders',
    ],
    [
      'grid:\n  files: [/a, 3]\n',
      'negawatt.yaml:2:15: grid.files.1 is 3 (a number); it must be a path of a factor table',
    ],
    [
      'site: {pue: 0.9}\n',
      'negawatt.yaml:1:13: site.pue is 0.9 (a number); it must be a number of at least 1, for example 1.4',
    ],
    [
      'grid:\n  location:\n    factor: 400\n    year: 2024\n    gases: CO2e\n',
      'negawatt.yaml:3:5: grid.location.document is missing; it must be text of 1 to 200 letters, for example "Supplier disclosure 2025, Stadtwerke Example"',
    ],
    [
      'web: {listen_address: "10202"}\n',
      'negawatt.yaml:1:23: web.listen_address is "10202"; it must be address:port, such as 127.0.0.1:10202, [::1]:10202 or :10202 for all, or none, for example "127.0.0.1:10202"',
    ],
    // Neither of that form nor a port: still one message.
    [
      'web: {listen_address: "99999"}\n',
      'negawatt.yaml:1:23: web.listen_address is "99999"; it must be address:port, such as 127.0.0.1:10202, [::1]:10202 or :10202 for all, or none, for example "127.0.0.1:10202"',
    ],
    [
      'sources: {model: {curve: 3}}\n',
      'negawatt.yaml:1:26: sources.model.curve is 3 (a number); it must be text, or a list of mappings of load, watts, for example auto',
    ],
    [
      'sources:\n  hwmon:\n    channels:\n      - {chip: nct6798, chanel: power1, domain: platform}\n',
      'negawatt.yaml:4:25: sources.hwmon.channels.0.chanel is no key of the configuration; did you mean sources.hwmon.channels.0.channel?',
    ],
    [
      'sources: {model: {curve: [{load: 0, watts: 90}, {load: 1, Watts: 300}]}}\n',
      'negawatt.yaml:1:49: sources.model.curve.1.watts is missing; it must be a number of at least 0, for example 0',
      'negawatt.yaml:1:59: sources.model.curve.1.Watts is no key of the configuration; did you mean sources.model.curve.1.watts?',
    ],
    [
      'sources: {custom: {meters: [{name: pdu, domain: wall, unit: w, file: /run/pdu}]}}\n',
      'negawatt.yaml:1:61: sources.custom.meters.0.unit is "w"; it must be one of uW, mW, W, kW, uJ, mJ, J, kJ, Wh, kWh',
    ],
    [
      'sources: {custom: {meters: [{name: pdu, domain: wall, unit: W, file: /run/pdu, pth: a}]}}\n',
      'negawatt.yaml:1:80: sources.custom.meters.0.pth is no key of the configuration; did you mean sources.custom.meters.0.path?',
    ],
    [
      'sources: {custom: {meters: [{name: pdu, domain: wall, unit: W, command: [/bin/pdu], interval: 1s}]}}\n',
      'negawatt.yaml:1:29: sources.custom.meters.0 is a mapping; it must be a mapping of name, domain, unit and exactly one of file, command, http; besides interval (5s or more for a command), max_age, timeout, path, timestamp_path (beside path)',
    ],
    [
      '- a\n',
      'negawatt.yaml:1:1: the configuration is a list; it must be a mapping of host, sampling, path, sources, energy, attribution, classes, guests, grid, site, embodied, work, measures, savings, history, fleet, metrics, export, web, state, log',
    ],
  ])('%j', async (yaml, ...messages) => {
    expect(await problems(yaml)).toEqual(messages);
  });

  test.each(['zone', 'instance', 'host_name', '__own', '1st', 'rack-no'])(
    'the static label %s is refused',
    async (name) => {
      const [problem, ...rest] = await problems(`host:\n  labels:\n    ${name}: x\n`);
      expect(rest).toEqual([]);
      expect(problem).toContain(`negawatt.yaml:3:5: host.labels.${name} must be a Prometheus label name`);
    },
  );

  test('a label value of 128 bytes is the longest; letters of more bytes count as such', async () => {
    expect(await problems(`host: {labels: {a: ${'é'.repeat(64)}}}`)).toEqual([]);
    expect(await problems(`host: {labels: {a: ${'é'.repeat(64)}x}}`)).toEqual([
      expect.stringMatching(/host\.labels\.a is ".*"; it must be text of at most 128 bytes/),
    ]);
  });

  test.each(['/', '/-/ready', '/api/v1', 'metrics'])(
    'the path %s is not free for the metrics',
    async (path) => {
      expect(await problems(`web: {telemetry_path: ${path}}`)).toHaveLength(1);
    },
  );

  test('all problems are said at once, those of the environment and the flags by their names', async () => {
    const more = { env: { NEGAWATT_ATTRIBUTION_TOP: 'many' }, flags: { 'sampling.interval': '5' } };
    expect(await problems('log: {level: loud}\n', more)).toEqual([
      '--sampling.interval: sampling.interval is "5"; it must be a duration from 1s to 60s, in ms, s, m, h or d, for example 5s',
      'NEGAWATT_ATTRIBUTION_TOP: attribution.top is "many"; it must be a whole number from 0 to 100, for example 10',
      'negawatt.yaml:1:14: log.level is "loud"; it must be one of debug, info, warn, error',
    ]);
  });
});

describe('a file that is no good', () => {
  test.each([
    ['a key that stands twice', 'grid:\n  zone: DE\n  zone: FR\n', /^negawatt\.yaml:3:3: .*twice/],
    ['a tab', 'grid:\n\tzone: DE\n', /^negawatt\.yaml:2:1: .*tab/],
    ['a second document', 'log: {}\n---\nlog: {}\n', /^negawatt\.yaml:2:1: .*second document/],
    ['an open quote', 'log:\n  level: "info\n', /^negawatt\.yaml:\d+:\d+: .*quote/i],
    [
      'a tag that would make something of it',
      'log: {level: !!js/function "x"}\n',
      /^negawatt\.yaml:1:14: .*tag/,
    ],
    ['an alias to nothing', 'log: {level: *x}\n', /^negawatt\.yaml:1:14: .*alias/],
  ])('%s is said with its line and column', async (_, yaml, message) => {
    const found = await problems(yaml);
    expect(found[0]).toMatch(message);
  });

  test('a bomb of aliases does not unfold', async () => {
    const levels = Array.from(
      { length: 12 },
      (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n}, `.repeat(9)}*a${n}]`,
    );
    expect((await problems(['a0: &a0 [x]', ...levels].join('\n')))[0]).toMatch(/alias/i);
  });

  test.each(['__proto__: {polluted: 1}', 'grid: {__proto__: {zone: DE}}', 'host: {labels: {__proto__: x}}'])(
    '%s is refused and reaches no prototype',
    async (yaml) => {
      expect(await problems(yaml)).toEqual([
        expect.stringMatching(/^negawatt\.yaml:1:\d+: __proto__ is not a name/),
      ]);
      expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    },
  );

  test('a missing file, a folder, a large one and one that is not UTF-8 are said with their path', async () => {
    for (const [path, words] of [
      [join(dir, 'none.yaml'), 'cannot be read'],
      [dir, 'cannot be read'],
      ['/dev/zero', 'larger than 1 MiB'],
    ]) {
      const result = await loadConfig({ file: path! });
      expect(result).toEqual({
        ok: false,
        problems: [{ place: path, what: expect.stringContaining(words!) }],
      });
    }
    expect(await problems(Buffer.from([0x6c, 0xff, 0xfe]))).toEqual([
      'negawatt.yaml: is not UTF-8 text; save it as UTF-8',
    ]);
    expect(await problems(`#${'x'.repeat(1024 * 1024)}`)).toEqual([
      expect.stringContaining('larger than 1 MiB'),
    ]);
  });
});

describe('the result', () => {
  test('cannot be changed', async () => {
    const { config } = await loaded('host: {labels: {pool: web}}');
    expect(() => {
      (config.host.labels as Record<string, string>).pool = 'db';
    }).toThrow(TypeError);
    expect(() => (config.grid.files as string[]).push('x')).toThrow(TypeError);
  });

  test('has a hash of what it says, not of how it is written', async () => {
    const a = await loaded('host: {labels: {a: x, b: z}}\nsampling: {interval: 60s}\n');
    const b = await loaded(
      '# other words\nsampling:\n  interval: 1m\nhost:\n  labels:\n    b: z\n    a: x\n',
    );
    const c = await loaded('host: {labels: {a: x, b: y}}\nsampling: {interval: 60s}\n');
    expect(a.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(b.sha256).toBe(a.sha256);
    expect(c.sha256).not.toBe(a.sha256);
  });

  test('printed, it shows who set each key, and read back it is the same', async () => {
    const yaml = 'host: {labels: {pool: "on", rack: "a: b # c"}}\ngrid: {files: [/x y.yaml, "1"]}\n';
    const first = await loaded(yaml, {
      env: { NEGAWATT_SITE_PUE: '1.2' },
      flags: { 'no-source.rapl': true, 'state.dir': '~' },
    });
    const text = printConfig(first);
    expect(text).toMatch(/^ {2}pue: 1\.2 +# environment NEGAWATT_SITE_PUE$/m);
    expect(text).toMatch(/^ {2}interval: 5s +# default$/m);
    expect(text).toMatch(/^ {4}enabled: false +# flag --no-source\.rapl$/m);
    expect(text).toMatch(/^ {2}labels: .*# file .*negawatt\.yaml:1:16$/m);
    expect(text).toContain(first.sha256);
    const again = await loaded(text);
    expect(again.config).toEqual(first.config);
    expect(again.sha256).toBe(first.sha256);
  });
});

describe('dates', () => {
  const withTimes = (from: string, to: string): string =>
    `site:\n  pue_periods:\n    - { from: "${from}", to: "${to}", value: 1.3 }\n`;

  test('a day or a time with its zone, as milliseconds since 1970 UTC', async () => {
    const { config } = await loaded(withTimes('2026-03-01', '2026-03-31T12:30+02:00'));
    expect(config.site.pue_periods).toEqual([
      { from: Date.UTC(2026, 2, 1), to: Date.UTC(2026, 2, 31, 10, 30), value: 1.3 },
    ]);
  });

  test.each([
    '2026-02-30',
    '2026-02-30T10:00Z',
    '2026-13-01',
    '2026-03-01T25:00Z',
    '2026-03-01T10:00',
    '2026',
  ])('%s is refused: there is no such time, or no zone is told', async (from) => {
    expect((await problems(withTimes(from, '2026-12-31'))).join()).toContain(
      'a date such as 2026-01-01 (UTC)',
    );
  });
});
