/** The Prometheus that is asked: over the past of a simulated fleet, or one that is there. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BoardSpec } from '../../dashboards/kit/spec.ts';
import { askedMetrics, type Moment } from '../fixtures/dashboard-queries.ts';
import { PAST_STEP, writePast } from '../fixtures/dashboards-past.ts';
import { debianProgram } from '../fixtures/debian.ts';
import { freePort } from '../fixtures/free-port.ts';
import { startEngine } from '../fixtures/history-engines.ts';

export interface Source {
  readonly url: string;
  /** Whether it has something for every panel. */
  readonly hasAll: boolean;
  /** The times that a dashboard shows. */
  momentOf(board: BoardSpec): Moment;
  close(): Promise<void>;
}

const DAY = 86_400;
/** 2026-03-08T00:00Z, a Sunday. */
const TO = 1_772_928_000;
const A_DAY: Moment = { from: TO - DAY, to: TO, scrape: PAST_STEP, chosen: { period: '1d' } };
/** As the suite of the dashboards asks them. */
const MOMENTS: Readonly<Record<string, Moment>> = {
  'negawatt-savings': { ...A_DAY, from: TO - 2 * DAY },
  'negawatt-gpu': { ...A_DAY, from: TO - 6 * 3600 },
};

/** @param directory where the past is kept and used again; left out: one that is removed. */
export const simulatedFleet = async (golden: string, directory?: string): Promise<Source> => {
  const program = debianProgram('/usr/bin/prometheus', 'prometheus');
  if (program === undefined) throw new Error('Prometheus is not installed: apt-get install prometheus');
  const place = directory ?? mkdtempSync(join(tmpdir(), 'negawatt-look-'));
  mkdirSync(place, { recursive: true });
  const tsdb = join(place, 'tsdb');
  if (!existsSync(tsdb)) {
    console.log('makes the past of a simulated fleet, half a minute');
    const asked = askedMetrics();
    await writePast({
      ...{ directory: place, hosts: 12, days: 2.1, to: TO, isKept: (metric) => asked.has(metric), golden },
      last: { training: 8 * 3600, batch: 1.1 * DAY, guest: 1.1 * DAY },
    });
  }
  const config = join(place, 'prometheus.yml');
  writeFileSync(config, 'scrape_configs: []\n');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = [
    ...[`--config.file=${config}`, `--storage.tsdb.path=${tsdb}`, '--storage.tsdb.retention.time=100y'],
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const engine = await startEngine(program, args, place, url, { isKept: true });
  return {
    url,
    hasAll: true,
    momentOf: ({ uid }) => MOMENTS[uid] ?? A_DAY,
    close: async () => {
      await engine.close();
      if (directory === undefined) rmSync(place, { recursive: true, force: true });
    },
  };
};

const HOURS: Readonly<Record<string, number>> = { h: 1, d: 24 };

/**
 * An engine that is there, asked as each dashboard asks when it is opened.
 *
 * @param to end of what is shown, seconds since 1970 UTC.
 * @param scrape seconds between scrapes.
 */
export const engineAt = (url: string, to: number, scrape: number, measure?: string): Source => ({
  url,
  hasAll: false,
  momentOf: ({ from }) => {
    const [, count, unit] = /^now-(\d+)([hd])$/.exec(from) ?? [];
    const hours = Number(count) * (HOURS[unit ?? ''] ?? Number.NaN);
    return { from: to - hours * 3600, to, scrape, ...(measure === undefined ? {} : { chosen: { measure } }) };
  },
  close: () => Promise.resolve(),
});
