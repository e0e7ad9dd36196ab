import { afterEach, describe, expect, it } from 'vitest';
import { electricityMaps, electricityMapsOptions } from '../../../src/grid/electricity-maps.ts';
import { parseForecast, parseHistory, parseLatest } from '../../../src/grid/electricity-maps-body.ts';
import { noCertificates, selfSigned } from '../../fixtures/certificate.ts';
import { fuzz } from '../../fixtures/grid-fuzz.ts';
import { noRecorded, recorded, recordedCase } from '../../fixtures/grid-recorded.ts';
import { type GridServer, gridErrorOf, type Play, startGrid, untouched } from '../../fixtures/grid-server.ts';

const NOW = Date.parse('2026-11-23T11:20:00Z');
const at = (time: string): number => Date.parse(`2026-11-23T${time}:00Z`);
const LATEST = '/v3/carbon-intensity/latest';
const HISTORY = '/v3/carbon-intensity/history';
const FORECAST = '/v3/carbon-intensity/forecast';
const row = (datetime: string, carbonIntensity: number | null, more: object = {}) => ({
  ...{ zone: 'NO', carbonIntensity, datetime: `2026-11-23T${datetime}:00.000Z` },
  ...{ emissionFactorType: 'direct', isEstimated: false, estimationMethod: null, ...more },
});
const history = (...rows: readonly object[]) => ({
  zone: 'NO',
  temporalGranularity: 'hourly',
  history: rows,
});
const forecast = (...rows: readonly (readonly [string, number])[]) => ({
  zone: 'NO',
  updatedAt: '2026-11-23T11:00:00.000Z',
  temporalGranularity: 'hourly',
  forecast: rows.map(([time, carbonIntensity]) => ({
    carbonIntensity,
    datetime: `2026-11-23T${time}:00.000Z`,
  })),
});

let server: GridServer | undefined;
afterEach(() => server?.close());

const provider = async (plays: Readonly<Record<string, Play>>, options: object = {}, key = 'k-5e') => {
  server = await startGrid(plays);
  const parsed = electricityMapsOptions.parse({ zone: 'NO', url: server.url, ...options });
  return electricityMaps(parsed, { key });
};
const good: Readonly<Record<string, Play>> = {
  [LATEST]: { body: row('11:00', 31, { isEstimated: true }) },
  [HISTORY]: { body: history(row('09:00', 28), row('10:00', null), row('11:00', 31, { isEstimated: true })) },
};

describe('Electricity Maps', () => {
  it('tells the hours of the last day with what is only estimated, and a gap where there is null', async () => {
    const maps = await provider(good, { forecast: false });
    const { readings, series, notes, forecast: none } = await maps.ask(NOW, untouched());
    expect(readings).toEqual([
      { from: at('09:00'), to: at('10:00'), value: 28, estimated: false },
      { from: at('11:00'), to: at('12:00'), value: 31, estimated: true },
    ]);
    expect(series).toMatchObject({
      ...{ provider: 'electricity-maps', zone: 'NO', signal: 'average', basis: 'direct' },
      ...{ gases: 'CO2e', boundary: 'consumption', interval: 3600 },
    });
    expect([notes, none]).toEqual([[], undefined]);
  });

  it('asks for direct factors and sends the key in a header, never in the address', async () => {
    const maps = await provider(good, { forecast: false });
    await maps.ask(NOW, untouched());
    expect(server?.asked.map(({ pathname }) => pathname)).toEqual([LATEST, HISTORY]);
    for (const [index, url] of server?.asked.entries() ?? []) {
      expect(url.searchParams.get('emissionFactorType')).toBe('direct');
      expect(url.searchParams.get('zone')).toBe('NO');
      expect(url.href).not.toContain('k-5e');
      expect(server?.headers[index]?.['auth-token']).toBe('k-5e');
    }
  });

  it.each([
    ['lifecycle', 'is for emission factor type lifecycle; asked for was direct'],
    [null, 'does not say its emission factor type'],
  ])('refuses an answer that is not direct: %s', async (emissionFactorType, message) => {
    const body = row('11:00', 302, { emissionFactorType });
    const maps = await provider({ ...good, [LATEST]: { body } });
    const error = await gridErrorOf(maps.ask(NOW, untouched()));
    expect(error).toMatchObject({ kind: 'failed', message: `the answer ${message}` });
    expect(error.fix).toMatch(/emissionFactorType=direct.*never Scope 2/);
  });

  it('takes lifecycle only where it was asked for, and says so', async () => {
    const lifecycle = { emissionFactorType: 'lifecycle' };
    const plays = {
      [LATEST]: { body: row('11:00', 302, lifecycle) },
      [HISTORY]: { body: history(row('10:00', 300, lifecycle)) },
      [FORECAST]: { body: forecast(['11:00', 290], ['12:00', 298], ['13:00', 287]) },
    };
    const maps = await provider(plays, { basis: 'lifecycle' });
    const answer = await maps.ask(NOW, untouched());
    expect(answer.series.basis).toBe('lifecycle');
    expect(answer.readings.map(({ value }) => value)).toEqual([300, 302]);
    expect(answer.forecast).toEqual({
      generatedAt: at('11:00'),
      readings: [
        { from: at('12:00'), to: at('13:00'), value: 298, estimated: true },
        { from: at('13:00'), to: at('14:00'), value: 287, estimated: true },
      ],
    });
  });

  it('does not take a forecast of unsaid basis for a direct one', async () => {
    const maps = await provider({ ...good, [FORECAST]: { body: forecast(['12:00', 298]) } });
    const answer = await maps.ask(NOW, untouched());
    expect(answer.forecast).toBeUndefined();
    expect(answer.notes).toEqual([
      'no forecast: the answer does not say that the forecast is direct, as the readings are',
    ]);
    expect(answer.readings).toHaveLength(2);
  });

  it('keeps the readings where the plan has no forecast, and rests before it asks for one again', async () => {
    const maps = await provider({ ...good, [FORECAST]: { status: 400, body: {} } });
    const hour = 3_600_000;
    for (const later of [0, hour - 1, hour]) {
      const answer = await maps.ask(NOW + later, untouched());
      expect(answer.readings).toHaveLength(2);
      expect(answer.notes.join()).toMatch(/^no forecast: .*400/);
    }
    expect(server?.asked.filter(({ pathname }) => pathname === FORECAST)).toHaveLength(2);
  });

  it.each([
    ['zone', { zone: 'SE' }, /zone SE; asked for was NO/],
    ['granularity', { temporalGranularity: 'yearly' }, /granularity yearly/],
    ['time', { datetime: '2026-11-23T11:00' }, /no time with its offset/],
    ['number', { carbonIntensity: '31' }, /carbonIntensity/],
  ])('refuses another %s than was asked for', async (_, change, message) => {
    const maps = await provider({ ...good, [LATEST]: { body: { ...row('11:00', 31), ...change } } });
    const error = await gridErrorOf(maps.ask(NOW, untouched()));
    expect(error).toMatchObject({ kind: 'failed', message: expect.stringMatching(message) });
  });

  it('leaves out what no grid can have, and what is still to come', async () => {
    const rows = history(row('08:00', 2001), row('09:00', -1), row('10:00', 2000), row('13:00', 40));
    const maps = await provider({ ...good, [HISTORY]: { body: rows } }, { forecast: false });
    const { readings, notes } = await maps.ask(NOW, untouched());
    expect(readings.map(({ value }) => value)).toEqual([2000, 31]);
    expect(notes).toEqual(['left out values that no grid can have, in g/kWh: 2']);
  });

  it('asks nobody without a key', async () => {
    const error = await gridErrorOf((await provider(good, {}, '')).ask(NOW, untouched()));
    expect(error.kind).toBe('refused');
    expect(server?.asked).toEqual([]);
  });

  it.skipIf(noCertificates)(
    `sends no key to whoever has no good certificate (${noCertificates ?? 'openssl'})`,
    async () => {
      server = await startGrid(good, selfSigned());
      const maps = electricityMaps(electricityMapsOptions.parse({ zone: 'NO', url: server.url }), {
        key: 'k-5e',
      });
      expect((await gridErrorOf(maps.ask(NOW, untouched()))).kind).toBe('failed');
      expect(server.asked).toEqual([]);
    },
  );

  it('sends no key over a line that anyone can read', () => {
    const options = (url: string) => electricityMapsOptions.safeParse({ zone: 'DE', url }).success;
    expect(options('https://proxy.example/em/')).toBe(true);
    expect(options('http://127.0.0.1:8080')).toBe(true);
    expect(options('http://api.electricitymaps.com')).toBe(false);
    expect(options('http://localhost.example/')).toBe(false);
    expect(options('https://name:password@proxy.example/')).toBe(false);
    expect(electricityMapsOptions.parse({ zone: 'DE' }).url).toBe('https://api.electricitymaps.com/');
  });

  it.skipIf(noRecorded)(`tells recorded errors apart (${noRecorded ?? 'recorded'})`, async () => {
    const kinds: Record<string, string> = {};
    for (const { name, ...play } of recorded('electricity-maps-errors')) {
      const maps = await provider({ [LATEST]: play });
      const error = await gridErrorOf(maps.ask(NOW, untouched()));
      kinds[name] = error.kind;
      if (name === 'rate-limited') expect(error.retryAfter).toBe(60);
      if (name === 'bad-token') expect(error.fix).toMatch(/key.*some time/);
      if (name === 'route-removed') expect(error.fix).toMatch(/zone.*url/);
      await server?.close();
    }
    expect(kinds).toEqual({
      'bad-token': 'refused',
      'route-removed': 'unknown',
      'zone-without-recent-data': 'unknown',
      'wrong-plan': 'failed',
      'rate-limited': 'busy',
      unavailable: 'busy',
    });
  });

  it.skipIf(noRecorded)(`reads recorded answers (${noRecorded ?? 'recorded'})`, () => {
    const DE = { zone: 'DE', basis: 'direct' } as const;
    const { body } = recordedCase('electricity-maps-latest', 'latest-direct');
    expect(parseLatest(body, DE)).toEqual([
      { from: at('11:00'), to: at('12:00'), value: 271, estimated: false },
    ]);
    const lifecycle = recordedCase('electricity-maps-latest', 'latest-lifecycle-estimated').body;
    expect(() => parseLatest(lifecycle, DE)).toThrow(/lifecycle/);
    const rows = recordedCase('electricity-maps-history', 'history-24h-with-null').body;
    const values = parseHistory(rows, { ...DE, basis: 'lifecycle' }).map(({ value }) => value);
    expect(values).toEqual([311, undefined]);
    const yearly = recordedCase('electricity-maps-past-yearly', 'past-yearly').body;
    expect(() => parseLatest(yearly, { ...DE, basis: 'lifecycle' })).toThrow(/granularity yearly/);
  });

  it('reads whatever comes, or says that it cannot', () => {
    const asked = { zone: 'NO', basis: 'direct' } as const;
    const bodies = [row('11:00', 31), history(row('09:00', 28), row('10:00', null))];
    const ahead = { ...forecast(['12:00', 298]), emissionFactorType: 'direct' };
    const counts = fuzz(
      [...bodies, ahead].map((body) => JSON.stringify(body)),
      (body) =>
        body.includes('history')
          ? parseHistory(body, asked)
          : body.includes('forecast')
            ? parseForecast(body, asked).spans
            : parseLatest(body, asked),
    );
    expect(counts.read).toBeGreaterThan(1000);
    expect(counts.refused).toBeGreaterThan(1000);
  });
});
