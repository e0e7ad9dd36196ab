import { afterEach, describe, expect, it } from 'vitest';
import { parseQuarters, rte, rteOptions } from '../../../src/grid/rte.ts';
import { fuzz } from '../../fixtures/grid-fuzz.ts';
import { noRecorded, recorded, recordedCase } from '../../fixtures/grid-recorded.ts';
import { type GridServer, gridErrorOf, type Play, startGrid, untouched } from '../../fixtures/grid-server.ts';

const PATH = '/api/explore/v2.1/catalog/datasets/eco2mix-national-tr/records';
const NOW = Date.parse('2026-11-23T11:50:00Z');
const table = (...rows: readonly (readonly [string, number | null])[]) => ({
  total_count: rows.length,
  results: rows.map(([date_heure, taux_co2]) => ({ taux_co2, date_heure })),
});

let server: GridServer | undefined;
afterEach(() => server?.close());
const provider = async (play: Play) => {
  server = await startGrid({ [PATH]: play });
  return rte(rteOptions.parse({ url: server.url }));
};

describe('RTE eCO2mix', () => {
  it('tells quarters of an hour in order, rows without a value and rows to come left out', async () => {
    const france = await provider({
      body: table(
        ['2026-11-23T12:15:00+00:00', 40],
        ['2026-11-23T12:00:00+00:00', null],
        ['2026-11-23T12:30:00+01:00', 25],
        ['2026-11-23T11:15:00+00:00', null],
        ['2026-11-23T11:00:00+00:00', 0],
      ),
    });
    const { readings, series, forecast, notes } = await france.ask(NOW, untouched());
    expect(readings).toEqual([
      {
        from: Date.parse('2026-11-23T11:00Z'),
        to: Date.parse('2026-11-23T11:15Z'),
        value: 0,
        estimated: true,
      },
      {
        from: Date.parse('2026-11-23T11:30Z'),
        to: Date.parse('2026-11-23T11:45Z'),
        value: 25,
        estimated: true,
      },
    ]);
    expect(series).toMatchObject({
      ...{ zone: 'FR', basis: 'direct', gases: 'CO2', gwp: 'none', boundary: 'production', interval: 900 },
    });
    expect([forecast, notes]).toEqual([undefined, []]);
  });

  it('asks for rows with a value, in UTC', async () => {
    const france = await provider({ body: table() });
    await france.ask(NOW, untouched());
    expect(Object.fromEntries(server?.asked[0]?.searchParams ?? [])).toEqual({
      select: 'taux_co2,date_heure',
      where: 'taux_co2 is not null',
      order_by: 'date_heure desc',
      limit: '96',
      timezone: 'UTC',
    });
  });

  it('keeps the two hours apart that bear one name in the night of the clock change', async () => {
    const night = await provider({
      body: table(['2026-10-25T02:15:00+01:00', 31], ['2026-10-25T02:15:00+02:00', 30]),
    });
    const { readings } = await night.ask(NOW, untouched());
    expect(readings.map(({ from, value }) => [new Date(from).toISOString(), value])).toEqual([
      ['2026-10-25T00:15:00.000Z', 30],
      ['2026-10-25T01:15:00.000Z', 31],
    ]);
  });

  it('refuses local time without an offset, and leaves out a time with two values', async () => {
    const france = await provider({ body: table(['2026-10-25T02:15:00', 31]) });
    expect((await gridErrorOf(france.ask(NOW, untouched()))).message).toMatch(/offset to UTC/);
    const twice: [string, number][] = [30, 31].map((value) => ['2026-10-25T02:15:00+02:00', value]);
    server?.plays.set(PATH, { body: table(...twice, ['2026-10-25T02:30:00+02:00', 32]) });
    const { readings, notes } = await france.ask(NOW, untouched());
    expect(readings.map(({ value }) => value)).toEqual([32]);
    expect(notes).toEqual(['left out times with two different values: 1']);
  });

  it('says that there is no value, which is not zero', async () => {
    const france = await provider({ body: table() });
    const { readings, notes } = await france.ask(NOW, untouched());
    expect(readings).toEqual([]);
    expect(notes.join()).toMatch(/no value at present/);
  });

  it.each([
    ['busy', { errorcode: 10005, error: 'Too many requests' }, /Too many requests/],
    ['failed', { error_code: 'ODSQLError', message: 'ODSQL query is malformed' }, /ODSQLError: ODSQL query/],
  ])('knows both shapes of errors, whatever the status: %s', async (kind, body, message) => {
    const france = await provider({ body });
    const error = await gridErrorOf(france.ask(NOW, untouched()));
    expect(error).toMatchObject({ kind, message: expect.stringMatching(message) });
  });

  it.skipIf(noRecorded)(`reads recorded answers (${noRecorded ?? 'recorded'})`, async () => {
    const read = (name: string) =>
      parseQuarters(recordedCase('rte-eco2mix-latest', name).body).map(({ from, value }) => [
        new Date(from).toISOString(),
        value,
      ]);
    expect(read('latest')).toEqual([['2026-11-23T11:30:00.000Z', 25]]);
    expect(read('future-row-null')).toEqual([['2026-11-23T22:45:00.000Z', undefined]]);
    expect(read('empty')).toEqual([]);
    const kinds: string[] = [];
    for (const play of recorded('rte-eco2mix-errors')) {
      const france = await provider(play);
      kinds.push((await gridErrorOf(france.ask(NOW, untouched()))).kind);
      await server?.close();
    }
    expect(kinds).toEqual(['busy', 'failed']);
  });

  it('reads whatever comes, or says that it cannot', () => {
    const rows = table(['2026-10-25T02:15:00+01:00', 31], ['2026-10-25T02:15:00+02:00', null]);
    const errors = [
      { errorcode: 10005, error: 'x' },
      { error_code: 'x', message: 'y' },
    ];
    const counts = fuzz(
      [rows, rows, ...errors].map((body) => JSON.stringify(body)),
      parseQuarters,
    );
    expect(counts.read).toBeGreaterThan(1000);
    expect(counts.refused).toBeGreaterThan(1000);
  });
});
