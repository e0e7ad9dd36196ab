/** Files that operators and earlier runs wrote. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadActivity } from '../../../src/config/activity.ts';
import { loadConfig } from '../../../src/config/index.ts';
import { loadWebFile } from '../../../src/config/web-file.ts';
import { createGridCache, createGridRefresh } from '../../../src/grid/index.ts';
import { parseRow } from '../../../src/grid/row.ts';
import { FactorTableError } from '../../../src/grid/table-error.ts';
import { readTable } from '../../../src/grid/table-file.ts';
import { readPins, writePins } from '../../../src/store/pins.ts';
import { seconds } from '../../../src/units.ts';
import { ownMetric } from '../../../src/work/matching.ts';
import { readTextfiles } from '../../../src/work/textfile-read.ts';
import { answer, HOUR, NOON, reading, scripted } from '../../fixtures/grid-provider.ts';
import type { Parser } from '../fuzz.ts';

const CONFIG = join(import.meta.dirname, '..', '..', '..', 'config');
const shipped = (name: string): Buffer => readFileSync(join(CONFIG, name));

/** A parser of a file of this name, in a folder of its own. */
const file = (
  name: string,
  read: (path: string, folder: string) => unknown,
): Pick<Parser, 'read' | 'close'> => {
  const folder = mkdtempSync(join(tmpdir(), 'negawatt-fuzz-'));
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  return {
    read: (input) => {
      writeFileSync(path, input);
      return read(path, folder);
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
};

const SMALL = `sampling: {interval: 1s}
grid: {zone: FR}
attribution: {top: 5}
work:
  scrape:
    - {url: "http://127.0.0.1:9090/metrics", metric: requests_total, unit: requests}
sources:
  custom:
    meters:
      - {name: pdu, domain: wall, unit: W, interval: 5s, file: /run/pdu}
`;
/** A user with the password `secret`, as htpasswd makes it (bcrypt, cost 4: the cost is not what is tested). */
const WEB = `http_server_config:
  http2: false
  headers: {X-Frame-Options: deny}
rate_limit: {burst: 10, interval: 1s}
basic_auth_users:
  monitor: $2y$10$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234
`;
const FACTORS = `- zone: DE
  value: 380.5
  basis: direct
  gases: CO2e
  gwp: AR5
  year: 2024
  yearKind: data
  source: own figures
  licence: own
`;
/** A file as the agent keeps it. */
const kept = async (save: (folder: string) => unknown, name: string): Promise<Buffer> => {
  const folder = mkdtempSync(join(tmpdir(), 'negawatt-fuzz-'));
  await save(folder);
  const content = readFileSync(join(folder, name));
  rmSync(folder, { recursive: true, force: true });
  return content;
};
const keptAnswers = (): Promise<Buffer> =>
  kept(async (directory) => {
    const provider = scripted(() => ({
      ...answer(reading(NOON - HOUR, 290), reading(NOON, 300, { estimated: true })),
      forecast: { generatedAt: NOON, readings: [reading(NOON + HOUR, 280)] },
    }));
    const refresh = createGridRefresh({
      entries: [{ id: 'scripted-1', provider }],
      host: 'node-17',
      wall: () => NOON,
      cache: createGridCache({ directory, onProblem: () => {} }),
      schedule: async () => () => {},
    });
    await refresh.ask();
    refresh.close();
  }, 'grid/scripted-1.json');
const keptPins = (): Promise<Buffer> =>
  kept(async (folder) => {
    const row = parseRow((await yamlOf(FACTORS))[0], 'user');
    if (!row.ok) throw new Error(row.problems.join());
    writePins(folder, new Map([['DE 2026', [row.row]]]));
  }, 'factor-pins.json');
const yamlOf = async (text: string): Promise<readonly unknown[]> => (await import('yaml')).parse(text);

const METRICS = `# HELP negawatt_work_total Work.
# TYPE negawatt_work_total counter
negawatt_work_total{unit="requests",workload="nginx.service"} 12345
negawatt_work_total{unit="jobs"} 1e3 1795600000000
`;

export const fileParsers = async (): Promise<readonly Parser[]> => [
  {
    name: 'the configuration (YAML)',
    corpus: [
      SMALL,
      shipped('quickstart.yaml'),
      shipped('examples/custom-meters.yaml'),
      shipped('examples/grid-providers.yaml'),
      shipped('examples/measures.yaml'),
    ],
    cost: 60,
    anyNumber: true,
    ...file('negawatt.yaml', (path) => loadConfig({ file: path, env: {}, flags: {} })),
  },
  {
    name: 'the configuration (environment)',
    corpus: [
      'NEGAWATT_GRID_ZONE=FR\nNEGAWATT_SAMPLING_INTERVAL=1s\nNEGAWATT_HOST_LABELS={"pool":"a"}\nNEGAWATT_SOURCES_CUSTOM_METERS=[]',
    ],
    cost: 80,
    anyNumber: true,
    read: (input) => {
      const pairs = input
        .toString()
        .split('\n')
        .map((line) => line.split('=', 2));
      return loadConfig({ env: Object.fromEntries(pairs), flags: {} });
    },
  },
  {
    name: 'the web-config file',
    corpus: [WEB],
    cost: 40,
    ...file('web.yaml', (path) => loadWebFile(path)),
  },
  {
    name: 'the activity file of a report',
    corpus: [shipped('examples/inventory.yaml'), shipped('examples/inventory-2022.yaml')],
    cost: 200,
    anyNumber: true,
    ...file('activity.yaml', loadActivity),
  },
  {
    name: "an operator's factors",
    corpus: [FACTORS],
    cost: 20,
    ...file('factors.yaml', (path) => readTable({ path, origin: 'user' })),
    // Refused whole, in words; the agent does not start with factors that it cannot read.
    declares: (error) => error instanceof FactorTableError,
  },
  {
    name: 'kept answers of grid providers',
    corpus: [await keptAnswers()],
    cost: 8,
    // What is not usable is told to whoever asks, and asked for anew.
    ...file('grid/scripted-1.json', (_, folder) =>
      createGridCache({ directory: folder, onProblem: () => {} }).load('scripted-1'),
    ),
  },
  {
    name: 'kept factors of past years',
    corpus: [await keptPins()],
    cost: 4,
    ...file('factor-pins.json', (_, folder) => readPins(folder)),
    anyNumber: true,
  },
  {
    name: 'textfiles of work',
    corpus: [METRICS],
    cost: 8,
    anyNumber: true,
    ...file('work.prom', (path, folder) =>
      readTextfiles(folder, [ownMetric(path)], seconds(900), Date.now()),
    ),
  },
];
