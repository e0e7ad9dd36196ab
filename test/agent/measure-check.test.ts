/** A check of a plan over a history, told to the one who planned it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { checkMeasure, type DetectableBy } from '../../agent/measure-check.ts';
import { loadConfig } from '../../src/config/load.ts';
import { METHOD_VERSION } from '../../src/metrics.ts';
import type { HistoryChunk, HistoryEngine, HistoryRequest, HostSelector } from '../../src/model/history.ts';
import { recordPlans } from '../../src/store/measures.ts';
import { at, DAY, planned } from '../fixtures/measures.ts';

let dir: string;
let written: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'negawatt-check-'));
  written = '';
  vi.useFakeTimers({ now: Date.parse('2026-02-23'), toFake: ['Date'] });
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  process.exitCode = 0;
  rmSync(dir, { recursive: true, force: true });
});

/** Hosts of two pools; energy of each hour is known but for every fifth. */
const history = (workKnown: boolean) => {
  const asked: HistoryRequest[] = [];
  const names = (selector: HostSelector): readonly string[] => {
    const pool = selector.match?.pool;
    return pool === undefined ? (selector.hosts ?? []) : [1, 2, 3].map((n) => `${pool}-${n}`);
  };
  async function* chunks(request: HistoryRequest): AsyncGenerator<HistoryChunk> {
    asked.push(request);
    const { window, step } = request;
    for (let from = window.from; from < window.to; from += DAY) {
      const length = Math.min(DAY, window.to - from) / step;
      const column = (of: (index: number) => number) =>
        Float64Array.from({ length }, (_, index) => of(index));
      const nothing = column(() => Number.NaN);
      yield {
        ...{ from, step, length, drivers: [], guards: [], grid: nothing, pue: nothing },
        hosts: request.hosts.map((host) => ({
          host,
          energy: column((index) => (index % 5 === 4 ? Number.NaN : 1000)),
          coverage: column((index) => (index % 5 === 4 ? 0 : 1)),
          poweredOn: nothing,
          cpu: nothing,
          gpu: nothing,
          work: [],
          quality: 'measured',
          meter: 'rapl',
          inventory: '',
        })),
        work: [column(() => (workKnown ? 1 : Number.NaN))],
      };
    }
  }
  const engine: HistoryEngine = {
    about: { engine: 'prometheus', where: 'http://x', method: 'negawatt', queries: { energy: 'sum(e)' } },
    list: async (selector) => names(selector).map((host) => ({ host, labels: {} })),
    read: chunks,
    span: async () => undefined,
    close: async () => {},
  };
  return { engine, asked };
};

const check = async (
  measure: Readonly<Record<string, unknown>>,
  format: string,
  engine?: HistoryEngine,
  detectableBy?: DetectableBy,
): Promise<string> => {
  const env = {
    NEGAWATT_STATE_DIR: dir,
    NEGAWATT_HOST_NAME: 'here',
    NEGAWATT_MEASURES: JSON.stringify([measure]),
  };
  const loaded = await loadConfig({ env });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const { config, sha256, warnings } = loaded;
  await checkMeasure({
    loaded: { config, sha256, warnings, example: undefined, file: undefined },
    name: 'colo',
    format,
    ...(engine === undefined ? {} : { engine }),
    ...(detectableBy === undefined ? {} : { detectableBy }),
  });
  return written;
};

const POOLS = {
  ...{ name: 'colo', start: '2026-03-02', work: 'requests', report_at: ['2026-03-30', '2026-04-27'] },
  ...{ scope: { match: { pool: 'web' } }, control: { match: { pool: 'db' } } },
};

test('hosts are those that the history knows, and the baseline is looked at as far as it has come', async () => {
  const { engine, asked } = history(true);
  const text = await check(POOLS, 'table', engine);
  expect(asked).toMatchObject([
    {
      hosts: ['web-1', 'web-2', 'web-3'],
      window: { from: at('2026-02-02'), to: at('2026-02-23') },
      step: 3600,
    },
  ]);
  expect(text).toContain('hosts 3   control 3');
  // 24 hours a day, of which those that leave 4 when divided by 5 are unknown: 4, 9, 14, 19.
  expect(text).toContain(`energy known for ${((100 * 20) / 24).toFixed(1)} %, until 2026-02-23 UTC`);
  expect(text).toMatch(
    /^error +Energy is known for 83\.3 % of the baseline from 2026-02-02 to 2026-02-23; below 90 %/m,
  );
  expect(text).toMatch(/scope: \{match: \{pool: web\}\} +# now: web-1, web-2, web-3/);
  expect(process.exitCode).toBe(1);
});

test('work that nobody counted is told before the start, not after it', async () => {
  const text = await check(POOLS, 'table', history(false).engine);
  expect(text).toMatch(/^error +Work in requests is known for 0 % .* Check the unit and the query/m);
});

test('the smallest saving is shown by design and report date, with the reason where none could be shown', async () => {
  const { engine } = history(true);
  const [first, second] = [at('2026-03-30'), at('2026-04-27')];
  const detectableBy: DetectableBy = async () => [
    { design: 'switchback', reportAt: first, detectable: 0.0284, why: '' },
    { design: 'switchback', reportAt: second, detectable: 0.02, why: '' },
    { design: 'adjusted-baseline', reportAt: first, detectable: 0.263, why: '' },
    {
      design: 'adjusted-baseline',
      reportAt: second,
      detectable: undefined,
      why: 'needs 300 more days of history',
    },
  ];
  const text = await check(POOLS, 'table', engine, detectableBy);
  expect(text).toMatch(/^DESIGN +BY 2026-03-30 +BY 2026-04-27/m);
  expect(text).toMatch(/^on\/off test +2\.8 % +2 %$/m);
  expect(text).toMatch(/^before\/after, adjusted +26 % +- +needs 300 more days of history$/m);
});

test('the hash is of the queries that the history asks, and the same in every form', async () => {
  const { engine } = history(true);
  const json = JSON.parse(await check(POOLS, 'json', engine)) as {
    sha256: string;
    plan: { queries: unknown; plan: { hosts: unknown } };
  };
  expect(json.plan).toMatchObject({
    queries: { energy: 'sum(e)' },
    plan: { hosts: ['web-1', 'web-2', 'web-3'] },
  });
  written = '';
  expect(await check(POOLS, 'table', engine)).toContain(`plan ${json.sha256}`);
  written = '';
  expect(await check({ ...POOLS, work: 'tokens' }, 'table', engine)).not.toContain(json.sha256);
});

test('a plan that the agent kept from its own state is not taken for changed when it is checked over another history', async () => {
  const plan = { ...planned({ hosts: ['a', 'b'], name: 'colo' }) };
  recordPlans(dir, [plan], { version: METHOD_VERSION, queries: {} }, at('2026-02-01'));
  vi.setSystemTime(Date.parse('2026-03-09'));
  const measure = { name: 'colo', hosts: ['a', 'b'], start: '2026-03-02', work: 'requests' };
  const text = await check(measure, 'table', history(true).engine);
  expect(text).toMatch(/^registered 2026-02-01 UTC, before its start, and unchanged since$/m);
  expect(text).not.toMatch(/^changed/m);
  written = '';
  expect(await check({ ...measure, work: 'tokens' }, 'table', history(true).engine)).toMatch(
    /^changed +The plan was changed after its start of 2026-03-02: work\./m,
  );
});

test('without a history nothing is said of what could be shown, and no host is missed', async () => {
  const text = await check(POOLS, 'table');
  expect(text).toContain('not worked out: no history was read');
  expect(text).not.toMatch(/No host fits/);
});
