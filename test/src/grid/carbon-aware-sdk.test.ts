import { afterEach, describe, expect, it } from 'vitest';
import {
  carbonAwareSdk,
  carbonAwareSdkFlaw,
  carbonAwareSdkOptions,
} from '../../../src/grid/carbon-aware-sdk.ts';
import { parseEmissions, parseForecasts } from '../../../src/grid/carbon-aware-sdk-body.ts';
import { fuzz } from '../../fixtures/grid-fuzz.ts';
import { noRecorded, recordedCase } from '../../fixtures/grid-recorded.ts';
import { type GridServer, gridErrorOf, type Play, startGrid, untouched } from '../../fixtures/grid-server.ts';

const NOW = Date.parse('2026-11-23T12:10:00Z');
const at = (time: string): number => Date.parse(`2026-11-23T${time}Z`);
const row = (time: string, rating: number | null, more: object = {}) => ({
  ...{ location: 'PJM', time: `2026-11-23T${time}+00:00`, rating, ...more },
});
const ahead = (...rows: readonly (readonly [string, number, string?])[]) => [
  {
    generatedAt: '2026-11-23T12:05:00+00:00',
    optimalDataPoint: { location: 'PJM', timestamp: '2026-11-23T12:20:00+00:00', duration: 10, value: 1 },
    forecastData: rows.map(([time, value, location = 'PJM']) => ({
      ...{ location, timestamp: `2026-11-23T${time}:00+00:00`, duration: 10, value },
    })),
  },
];
const NOW_PATH = '/emissions/bylocation';
const AHEAD_PATH = '/emissions/forecasts/current';
const BASE = {
  ...{ location: 'eastus', signal: 'average', basis: 'lifecycle', gases: 'CO2e' },
  data_source: 'Electricity Maps',
  interval: 3600,
};

let server: GridServer | undefined;
afterEach(() => server?.close());
const provider = async (plays: Readonly<Record<string, Play>>, options: object = {}) => {
  server = await startGrid(plays);
  return carbonAwareSdk(carbonAwareSdkOptions.parse({ url: server.url, ...BASE, ...options }));
};

describe('the Carbon Aware SDK', () => {
  it('labels what it tells with what the operator says of its data source', async () => {
    const rows = [row('10:00:00', 70), row('11:00:00.5092741', null), row('12:00:00', 0)];
    const sdk = await provider({ [NOW_PATH]: { body: rows } }, { forecast: false });
    const { readings, series, notes } = await sdk.ask(NOW, untouched());
    expect(readings).toEqual([
      { from: at('10:00'), to: at('11:00'), value: 70, estimated: true },
      { from: at('12:00'), to: at('13:00'), value: 0, estimated: true },
    ]);
    expect(series).toMatchObject({
      ...{ zone: 'eastus', signal: 'average', basis: 'lifecycle', gases: 'CO2e', gwp: 'unstated' },
      source: 'Carbon Aware SDK WebAPI over Electricity Maps',
    });
    expect(notes).toEqual(['eastus is answered with the grid PJM']);
  });

  it('never guesses whether a signal is marginal, nor what an average counts', () => {
    const taken = (options: object) => {
      const { success, data } = carbonAwareSdkOptions.safeParse({ url: 'http://sdk:8080', ...options });
      return success && carbonAwareSdkFlaw(data) === undefined;
    };
    expect(taken(BASE)).toBe(true);
    expect(taken({ ...BASE, signal: 'marginal', basis: undefined })).toBe(true);
    expect(taken({ ...BASE, signal: 'marginal' })).toBe(false);
    for (const key of ['signal', 'basis', 'gases', 'data_source', 'interval'])
      expect([key, taken({ ...BASE, [key]: undefined })]).toEqual([key, false]);
  });

  it('calls a marginal signal marginal', async () => {
    const options = { signal: 'marginal', basis: undefined, gases: 'CO2', forecast: false };
    const sdk = await provider({ [NOW_PATH]: { body: [row('12:00:00', 400)] } }, options);
    const { series } = await sdk.ask(NOW, untouched());
    expect(series).toMatchObject({ signal: 'marginal', basis: 'marginal', gases: 'CO2', gwp: 'none' });
  });

  it('takes the length of a row from the row, else from the configuration', () => {
    const body = JSON.stringify([row('12:00:00', 1, { duration: '00:05:00' }), row('12:30:00', 2)]);
    const lengths = parseEmissions(body, 1_800_000).spans.map(({ from, to }) => to - from);
    expect(lengths).toEqual([300_000, 1_800_000]);
  });

  it('tells its forecast, if it is for the same grid as the readings', async () => {
    const plays = {
      [NOW_PATH]: { body: [row('12:00:00', 70)] },
      [AHEAD_PATH]: { body: ahead(['12:10', 1], ['12:20', 532.02293146], ['12:30', 2]) },
    };
    const sdk = await provider(plays);
    const { forecast } = await sdk.ask(NOW, untouched());
    expect(forecast).toEqual({
      generatedAt: at('12:05'),
      readings: [
        { from: at('12:20'), to: at('12:30'), value: 532.02293146, estimated: true },
        { from: at('12:30'), to: at('12:40'), value: 2, estimated: true },
      ],
    });
    server?.plays.set(AHEAD_PATH, { body: ahead(['12:20', 1, 'IE']) });
    const other = await sdk.ask(NOW, untouched());
    expect(other.forecast).toBeUndefined();
    expect(other.notes).toContain('no forecast: the answer is for IE, the readings are for PJM');
  });

  it('refuses rows of two grids, and says where there are none', async () => {
    const rows = [row('11:00:00', 70), row('12:00:00', 70, { location: 'IE' })];
    const sdk = await provider({ [NOW_PATH]: { body: rows } }, { forecast: false });
    expect((await gridErrorOf(sdk.ask(NOW, untouched()))).message).toMatch(/2 locations instead of one/);
    for (const play of [{ body: [] }, { status: 204, body: '' }]) {
      server?.plays.set(NOW_PATH, play);
      const { readings, notes } = await sdk.ask(NOW, untouched());
      expect([readings, notes]).toEqual([[], ['no data for eastus in the last day']]);
    }
  });

  it.skipIf(noRecorded)(`reads recorded answers (${noRecorded ?? 'recorded'})`, async () => {
    const { body } = recordedCase('carbon-aware-sdk-bylocation', 'bylocation');
    const [one] = parseEmissions(body, 3_600_000).spans;
    expect([one?.value, new Date(one?.from ?? 0).toISOString()]).toEqual([70, '2022-05-17T20:45:11.509Z']);
    const forecast = parseForecasts(recordedCase('carbon-aware-sdk-forecast', 'forecast-current').body);
    expect([forecast.mapped, forecast.spans[0]?.value]).toEqual(['IE', 532.02293146]);
    const sdk = await provider({
      [NOW_PATH]: recordedCase('carbon-aware-sdk-forecast', 'validation-problem'),
    });
    const error = await gridErrorOf(sdk.ask(NOW, untouched()));
    expect(error).toMatchObject({
      kind: 'failed',
      message: expect.stringMatching(/400: One or more validation/),
    });
  });

  it('reads whatever comes, or says that it cannot', () => {
    const bodies = [
      [row('12:00:00', 1, { duration: '00:05:00' }), row('11:00:00', null)],
      ahead(['12:20', 1]),
    ];
    const counts = fuzz(
      bodies.map((body) => JSON.stringify(body)),
      (body) =>
        body.includes('forecastData') ? parseForecasts(body).spans : parseEmissions(body, 3_600_000).spans,
    );
    expect(counts.read).toBeGreaterThan(1000);
    expect(counts.refused).toBeGreaterThan(1000);
  });
});
