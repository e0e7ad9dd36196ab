import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { openCsvHistory } from '../../../src/history/csv.ts';
import { csvTime } from '../../../src/history/csv-time.ts';
import { type HistoryChunk, HistoryError, type HistoryRequest } from '../../../src/model/history.ts';

const dir = mkdtempSync(join(tmpdir(), 'negawatt-csv-'));
afterAll(() => rmSync(dir, { recursive: true }));
let files = 0;
const written = (text: string | Buffer): string => {
  files += 1;
  const path = join(dir, `${files}.csv`);
  writeFileSync(path, text);
  return path;
};

const DAY = Date.UTC(2026, 0, 5) / 1000;
const asked = (hosts: readonly string[], more: Partial<HistoryRequest> = {}): HistoryRequest => ({
  ...{ window: { from: DAY, to: DAY + 4 * 3600 }, step: 3600, hosts, work: [], drivers: [], guards: [] },
  ...more,
});
const chunkOf = async (
  text: string | Buffer,
  request: HistoryRequest,
  interval?: number,
): Promise<HistoryChunk> => {
  const engine = await openCsvHistory({ path: written(text), interval });
  for await (const chunk of engine.read(request)) return chunk;
  throw new Error('no chunk');
};
const refusal = async (text: string | Buffer, request = asked(['a'])): Promise<HistoryError> => {
  const error = await chunkOf(text, request).catch((thrown: unknown) => thrown);
  if (!(error instanceof HistoryError)) throw new Error(`not refused: ${String(error)}`);
  return error;
};

const HEAD = 'time,host,energy_joules';
const hours = (...rows: readonly string[]): string =>
  [HEAD, ...rows.map((row, at) => `2026-01-05T0${at}:00:00Z,a,${row}`)].join('\n');

describe('a CSV file', () => {
  it('is read with a byte order mark, carriage returns, quotes, offsets and empty lines', async () => {
    const text = `\uFEFF"time","host",energy_joules\r\n2026-01-05T02:00:00+01:00,"a, left",7200\r\n\r\n"2026-01-05 00:00Z","a, left",3.6e3\r\n`;
    const chunk = await chunkOf(text, asked(['a, left']));
    expect([...chunk.hosts[0]!.energy]).toEqual([3600, 7200, Number.NaN, Number.NaN]);
  });

  it('sums quarters up to hours, and says how much of an hour it has', async () => {
    const rows = [0, 15, 30, 45, 60, 75, 105].map(
      (minute) => `${new Date((DAY + minute * 60) * 1000).toISOString()},a,${100 + minute}`,
    );
    const { hosts } = await chunkOf([HEAD, ...rows].join('\n'), asked(['a']));
    expect([...hosts[0]!.energy]).toEqual([490, 160 + 175 + 205, Number.NaN, Number.NaN]);
    expect([...hosts[0]!.coverage]).toEqual([1, 0.75, 0, 0]);
  });

  it('takes an empty cell for not known, never for 0', async () => {
    const { hosts } = await chunkOf(hours('10', '', '30'), asked(['a']));
    expect([...hosts[0]!.energy]).toEqual([10, Number.NaN, 30, Number.NaN]);
    expect([...hosts[0]!.coverage]).toEqual([1, 0, 1, 0]);
  });

  it('gives further columns as drivers and guards, the factor by energy, quality and meter as they are told', async () => {
    const text = [
      'time,host,energy_joules,grid_grams_per_kilowatt_hour,inlet,p99,quality,meter',
      '2026-01-05T00:00:00Z,a,100,400,20,5,measured,pdu',
      '2026-01-05T00:00:00Z,b,300,200,24,,estimated,',
      '2026-01-05T01:00:00Z,a,100,400,-3,5,derived,bmc',
    ].join('\n');
    const request = asked(['a', 'b'], {
      drivers: [{ name: 'inlet', query: 'inlet' }],
      guards: [{ name: 'latency', query: 'p99' }],
    });
    const chunk = await chunkOf(text, request);
    expect([...chunk.grid].slice(0, 2)).toEqual([250, 400]);
    expect([...chunk.drivers[0]!].slice(0, 2)).toEqual([22, -3]);
    expect([...chunk.guards[0]!].slice(0, 2)).toEqual([5, 5]);
    expect(chunk.hosts.map(({ quality, meter }) => [quality, meter])).toEqual([
      ['derived', 'bmc+pdu'],
      ['estimated', ''],
    ]);
  });

  it('does not call the work of the scope known where a host that counts work lacks it', async () => {
    const text = [
      'time,host,energy_joules,work',
      ...['00,a,1,5', '00,b,1,7', '00,c,1,', '01,a,1,', '01,b,1,7', '01,c,1,'].map(
        (row) => `2026-01-05T${row.slice(0, 2)}:00:00Z${row.slice(2)}`,
      ),
    ].join('\n');
    const chunk = await chunkOf(text, asked(['a', 'b', 'c'], { work: [{ unit: 'request' }] }));
    expect([...chunk.work[0]!].slice(0, 2)).toEqual([12, Number.NaN]);
  });

  it('does not call the work of an hour known of which a half lacks it, nor count what no energy stands beside', async () => {
    const text = [
      'time,host,energy_joules,work',
      ...['00:00,a,1,5', '00:30,a,1,', '01:00,a,1,5', '01:30,a,,9'].map(
        (row) => `2026-01-05T${row.slice(0, 5)}:00Z${row.slice(5)}`,
      ),
    ].join('\n');
    const [own] = (await chunkOf(text, asked(['a'], { work: [{ unit: 'request' }] }))).hosts;
    expect([...own!.work[0]!].slice(0, 2)).toEqual([Number.NaN, 5]);
    expect([...own!.coverage].slice(0, 2)).toEqual([1, 0.5]);
  });

  it('gives the same figures in any order of rows', async () => {
    const rows = ['a', 'b'].flatMap((host) =>
      Array.from(
        { length: 12 },
        (_, at) => `${new Date((DAY + at * 900) * 1000).toISOString()},${host},${at * at}`,
      ),
    );
    const sums = async (some: readonly string[]) =>
      (await chunkOf([HEAD, ...some].join('\n'), asked(['a', 'b']))).hosts.map(({ energy }) => [...energy]);
    const expected = await sums(rows);
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(rows, { minLength: rows.length }), async (some) => {
        expect(await sums(some)).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });

  it.each([
    [
      'a second row of one host and interval',
      `${hours('1', '2')}\n2026-01-05T01:00:00Z,a,2`,
      /line 4: a second row of host a at 2026-01-05T01:00:00Z/,
    ],
    ['negative energy', hours('1', '-2'), /line 3: energy_joules is "-2", below 0/],
    ['NaN', hours('1', 'NaN'), /line 3: energy_joules is "NaN", no number/],
    ['a number too large', hours('1', '1e999'), /line 3: energy_joules/],
    ['a decimal comma', hours('1', '2,5'), /line 3: has 4 cells, the header 3/],
    ['a time that is none', `${HEAD}\n2026-02-30T00:00:00Z,a,1`, /line 2: time is "2026-02-30T00:00:00Z"/],
    ['a time in seconds', `${HEAD}\n1767571200,a,1`, /line 2: time is "1767571200"/],
    [
      'times with and without a zone',
      `${HEAD}\n2026-01-05T00:00:00Z,a,1\n2026-01-05T01:00:00,a,1`,
      /line 3: time .* some rows say their zone/,
    ],
    ['a host without a name', `${HEAD}\n2026-01-05T00:00:00Z,,1`, /line 2: host is empty/],
    [
      'per cent',
      `${HEAD},cpu_utilization\n2026-01-05T00:00:00Z,a,1,45`,
      /line 2: cpu_utilization is "45", above 1/,
    ],
    [
      'more seconds powered on than there are',
      `${HEAD},powered_on_seconds\n2026-01-05T00:00:00Z,a,1,3600\n2026-01-05T01:00:00Z,a,1,3601`,
      /line 3: powered_on_seconds is 3601/,
    ],
    [
      'another header',
      'timestamp,server,power_w\n2026-01-05,a,1',
      /line 1: the header lacks time, host, energy_joules/,
    ],
    ['semicolons', 'time;host;energy_joules\n2026-01-05T00:00:00Z;a;1', /line 1: the header lacks/],
    ['two columns of one name', 'time,host,energy_joules,work,work\n', /line 1: has two columns named work/],
    ['a quote that is not closed', `${HEAD}\n2026-01-05T00:00:00Z,"a,1`, /line 2: has a quote/],
    ['nothing', '', /is empty/],
    ['another encoding', Buffer.from([0xff, 0xfe, 0x74, 0x00]), /is not text in UTF-8/],
    [
      'rows beside the grid',
      `${HEAD}\n2026-01-05T00:30:00Z,a,1\n2026-01-05T01:30:00Z,a,1`,
      /do not start at whole ones of 3600 s, such as 2026-01-05T00:30:00Z in line 2/,
    ],
    [
      'hosts with rows of different length',
      `${HEAD}\n${['00:00', '00:15'].map((at) => `2026-01-05T${at}:00Z,a,1`).join('\n')}\n${['00:00', '01:00'].map((at) => `2026-01-05T${at}:00Z,b,1`).join('\n')}`,
      /rows of host b 3600 s apart and of others 900 s/,
    ],
    [
      'times on no grid',
      `${HEAD}\n2026-01-05T00:00:03Z,a,1\n2026-01-05T01:00:01Z,a,1\n2026-01-05T02:00:02Z,a,1`,
      /3 rows of host a between .* 1 s in common/,
    ],
  ])('with %s is refused by line and column, with what to do', async (_, text, message) => {
    const { message: told, fix } = await refusal(text);
    expect(told).toMatch(message);
    expect(fix).not.toBe('');
  });

  it('names the columns that it has where a plan asks for another', async () => {
    const error = await refusal(hours('1', '2'), asked(['a'], { work: [{ unit: 'request' }] }));
    expect(error.message).toMatch(/no column work for work in request; it has time, host, energy_joules/);
  });

  it('is not cut finer than its rows are', async () => {
    expect((await refusal(hours('1', '2'), asked(['a'], { step: 900 }))).message).toMatch(/rows of 3600 s/);
  });

  it('is not believed after it was written to', async () => {
    const path = written(hours('1', '2'));
    const engine = await openCsvHistory({ path });
    writeFileSync(path, hours('1', '2', '3'));
    await expect(
      engine
        .read(asked(['a']))
        [Symbol.asyncIterator]()
        .next(),
    ).rejects.toThrow(/was written to/);
  });

  it('is told by its own hash', async () => {
    // printf '%s' 'time,host,energy_joules\n2026-01-05T00:00:00Z,a,1' | sha256sum, with a line feed for \n
    const { about } = await openCsvHistory({ path: written(hours('1')) });
    expect(about.method).toMatch(/^[0-9a-f]{64}$/);
    const other = await openCsvHistory({ path: written(hours('2')) });
    expect(other.about.method).not.toBe(about.method);
  });
});

describe('an instant of a CSV file', () => {
  it('is that of Date for whatever Date writes, with any offset', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e9 }), fc.integer({ min: -56, max: 56 }), (at, quarters) => {
        const local = new Date((at + quarters * 900) * 1000).toISOString().slice(0, 19);
        const size = Math.abs(quarters) * 15;
        const two = (value: number) => String(value).padStart(2, '0');
        const offset = `${quarters < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
        expect(csvTime(`${local}${offset}`)).toEqual({ at, zoned: true });
        expect(csvTime(`${local}`)?.at).toBe(at + quarters * 900);
      }),
    );
  });
});
