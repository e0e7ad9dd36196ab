/** What others wrote of the past: rows of a file, answers of a time-series engine. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCsvHistory } from '../../../src/history/csv.ts';
import { dataIn, labelSetsIn, seriesIn, wordsIn } from '../../../src/history/prometheus-answer.ts';
import { refusalOf } from '../../../src/history/prometheus-refusal.ts';
import { HistoryError } from '../../../src/model/history.ts';
import type { Parser } from '../fuzz.ts';

const DAY = Date.UTC(2026, 0, 5) / 1000;
const ROWS = `\uFEFFtime,host,energy_joules,work,cpu_utilization,powered_on_seconds,grid_grams_per_kilowatt_hour,quality,meter
2026-01-05T00:00:00Z,web-1,720000.5,12,0.25,3600,350,measured,pdu
2026-01-05T00:00:00Z,"web, 2",,,,,,,
2026-01-05T01:00:00Z,web-1,7.2e5,9,0.5,3600,351,derived,bmc
2026-01-05T01:00:00Z,"web, 2",360000,1,1,3600,351,measured,
`;
const declares = (error: unknown): boolean => error instanceof HistoryError && error.fix !== '';

const csvParser = (): Parser => {
  const folder = mkdtempSync(join(tmpdir(), 'negawatt-fuzz-'));
  const path = join(folder, 'fleet.csv');
  return {
    name: 'a CSV file of a fleet',
    corpus: [ROWS, ROWS.replaceAll('\n', '\r\n')],
    declares,
    cost: 20,
    read: async (input) => {
      writeFileSync(path, input);
      const engine = await openCsvHistory({ path });
      const window = { from: DAY, to: DAY + 7200 };
      const rest = { step: 3600, work: [{ unit: 'request' }], drivers: [], guards: [] };
      for await (const chunk of engine.read({ window, hosts: ['web-1', 'web, 2'], ...rest })) {
        for (const { energy, coverage } of chunk.hosts)
          for (const [at, joules] of energy.entries())
            if (!(joules >= 0) !== (coverage[at] === 0)) throw new Error(`${joules} J of ${coverage[at]}`);
      }
      return { found: true };
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
};

const MATRIX = JSON.stringify({
  status: 'success',
  data: {
    resultType: 'matrix',
    result: [
      {
        metric: { instance: 'a:1', __proto__x: 'y' },
        values: [
          [1767571200, '1.5'],
          [1767571500, '+Inf'],
        ],
      },
      { metric: {}, values: [[1767571200.123, 'NaN']] },
    ],
  },
  infos: ['PromQL info: x'],
});
const LISTS = [
  { status: 'success', data: [{ instance: 'a:1', pool: 'x' }, {}] },
  { status: 'success', data: ['a:1', 'b:1'] },
].map((answer) => JSON.stringify(answer));

export const historyParsers = (): readonly Parser[] => [
  csvParser(),
  {
    name: 'figures of a time-series engine',
    corpus: [MATRIX],
    declares,
    read: (input) => seriesIn(dataIn(input.toString(), 'http://x'), 'http://x'),
  },
  {
    name: 'lists of a time-series engine',
    corpus: LISTS,
    declares,
    read: (input) => {
      const data = dataIn(input.toString(), 'http://x');
      return Array.isArray(data) && typeof data[0] === 'string'
        ? wordsIn(data, 'http://x')
        : labelSetsIn(data, 'http://x');
    },
  },
  {
    name: 'failures of a time-series engine',
    corpus: [
      '{"status":"error","errorType":"execution","error":"too many samples"}',
      '<title>Sign in</title>',
    ],
    read: (input) => {
      const { error } = refusalOf('http://x', 422, input.toString(), ['s3cret']);
      if (error.message.length > 400 || error.fix === '') throw new Error(error.message);
      return error.message;
    },
  },
];
