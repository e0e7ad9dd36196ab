import { afterEach, describe, expect, it } from 'vitest';
import { watttime, watttimeOptions } from '../../../src/grid/watttime.ts';
import { parsePoints } from '../../../src/grid/watttime-body.ts';
import { fuzz } from '../../fixtures/grid-fuzz.ts';
import { noRecorded, recorded, recordedCase } from '../../fixtures/grid-recorded.ts';
import { type GridServer, gridErrorOf, type Play, startGrid, untouched } from '../../fixtures/grid-server.ts';

const NOW = Date.parse('2026-11-23T11:47:00Z');
const MINUTE = 60_000;
const at = (time: string): number => Date.parse(`2026-11-23T${time}:00Z`);
const points = (rows: readonly (readonly [string, number | null])[], meta: object = {}) => ({
  data: rows.map(([time, value]) => ({ point_time: `2026-11-23T${time}:00+00:00`, value })),
  meta: {
    ...{ data_point_period_seconds: 300, region: 'CAISO_NORTH', warnings: [], signal_type: 'co2_moer' },
    ...{ model: { date: '2026-03-01' }, units: 'lbs_co2_per_mwh', ...meta },
  },
});
const HISTORICAL = points([
  ['11:40', 870],
  ['11:45', null],
]);
const AHEAD = points(
  [
    ['11:45', 880],
    ['11:50', 870],
    ['11:55', 0],
  ],
  { generated_at: '2026-11-23T11:45:00+00:00' },
);

let server: GridServer | undefined;
afterEach(() => server?.close());

/** WattTime with tokens token-1, token-2, ...; the last one given is valid, unless `valid` says otherwise. */
const world = async (
  plays: Readonly<Record<string, Play>> = {},
  options: object = {},
  secrets: object = { username: 'ana', password: 'pa:ss' },
) => {
  const state = { logins: 0, valid: (token: string): boolean => token === `token-${state.logins}` };
  const guarded =
    (body: object): Play =>
    (_, { headers }) =>
      state.valid((headers.authorization ?? '').replace('Bearer ', ''))
        ? { body }
        : { status: 401, body: {} };
  server = await startGrid({
    '/login': (_, { headers }) => {
      state.logins += 1;
      const good = headers.authorization === `Basic ${Buffer.from('ana:pa:ss').toString('base64')}`;
      return good ? { body: { token: `token-${state.logins}` } } : { status: 403, body: {} };
    },
    '/v3/historical': guarded(HISTORICAL),
    '/v3/forecast': guarded(AHEAD),
    ...plays,
  });
  const parsed = watttimeOptions.parse({
    ...{ region: 'CAISO_NORTH', signal_type: 'co2_moer', url: server.url, ...options },
  });
  return { state, provider: watttime(parsed, secrets) };
};
const pathsOf = (): readonly string[] => server?.asked.map(({ pathname }) => pathname) ?? [];

describe('WattTime', () => {
  it('turns pounds per megawatt-hour into grams per kilowatt-hour, once, and null into a gap', async () => {
    const { provider } = await world();
    const { readings, series, notes } = await provider.ask(NOW, untouched());
    expect(readings).toEqual([
      { from: at('11:40'), to: at('11:45'), value: expect.closeTo(394.6253619, 10), estimated: true },
    ]);
    expect(series).toMatchObject({
      ...{ provider: 'watttime', zone: 'CAISO_NORTH', signal: 'marginal', basis: 'marginal', gases: 'CO2' },
      ...{ gwp: 'none', edition: '2026-03-01', interval: 300 },
    });
    expect(notes).toEqual([]);
  });

  it('tells what is to come as a forecast, zero included, and never as a reading', async () => {
    const { provider } = await world();
    const { forecast } = await provider.ask(NOW, untouched());
    expect(forecast).toEqual({
      generatedAt: at('11:45'),
      readings: [
        { from: at('11:50'), to: at('11:55'), value: expect.closeTo(394.6253619, 10), estimated: true },
        { from: at('11:55'), to: at('12:00'), value: 0, estimated: true },
      ],
    });
  });

  it('calls co2_aoer an average of direct emissions', async () => {
    const aoer = points([['11:40', 500]], { signal_type: 'co2_aoer' });
    const plays = { '/v3/historical': { body: aoer } };
    const { provider } = await world(plays, { signal_type: 'co2_aoer', forecast: false });
    const { series } = await provider.ask(NOW, untouched());
    expect(series).toMatchObject({ signal: 'average', basis: 'direct' });
  });

  it('asks for the last day and the next, with the token in a header', async () => {
    const { provider } = await world();
    await provider.ask(NOW, untouched());
    expect(server?.asked.map(({ pathname, search }) => pathname + search)).toEqual([
      '/login',
      '/v3/historical?region=CAISO_NORTH&signal_type=co2_moer&start=2026-11-22T11%3A47Z&end=2026-11-23T11%3A47Z',
      '/v3/forecast?region=CAISO_NORTH&signal_type=co2_moer&horizon_hours=24',
    ]);
  });

  it('logs in once for 25 minutes, and anew after a clock that was set back', async () => {
    const { provider, state } = await world();
    for (const [minutes, logins] of [
      [0, 1],
      [24.9, 1],
      [25, 2],
      [49, 2],
      [10, 3],
    ] as const) {
      await provider.ask(NOW + minutes * MINUTE, untouched());
      expect([minutes, state.logins]).toEqual([minutes, logins]);
    }
  });

  it('logs in once more where a token is refused early', async () => {
    const { provider, state } = await world();
    await provider.ask(NOW, untouched());
    // Whoever logs in elsewhere with the same account ends our token.
    state.logins += 1;
    const { readings } = await provider.ask(NOW + MINUTE, untouched());
    expect(readings).toHaveLength(1);
    expect(state.logins).toBe(3);
  });

  it('gives up after one new login', async () => {
    const { provider, state } = await world();
    await provider.ask(NOW, untouched());
    state.valid = () => false;
    const error = await gridErrorOf(provider.ask(NOW + MINUTE, untouched()));
    expect(error.kind).toBe('refused');
    expect(error.fix).toMatch(/region.*plan/);
    expect(pathsOf().slice(3)).toEqual(['/v3/historical', '/login', '/v3/historical']);
  });

  it('logs in once where the plan does not have the region', async () => {
    const { provider, state } = await world({ '/v3/historical': { status: 403, body: {} } });
    const error = await gridErrorOf(provider.ask(NOW, untouched()));
    expect([error.kind, state.logins]).toEqual(['refused', 1]);
  });

  it('says that the password is wrong without showing it', async () => {
    const { provider } = await world({}, {}, { username: 'ana', password: 'hunter2' });
    const error = await gridErrorOf(provider.ask(NOW, untouched()));
    expect(error).toMatchObject({
      kind: 'refused',
      fix: expect.stringMatching(/user name and the password/),
    });
    const basic = Buffer.from('ana:hunter2').toString('base64');
    for (const secret of ['hunter2', basic]) expect(`${error.message} ${error.stack}`).not.toContain(secret);
  });

  it('asks nobody without a password', async () => {
    const { provider } = await world({}, {}, { username: 'ana' });
    expect((await gridErrorOf(provider.ask(NOW, untouched()))).kind).toBe('refused');
    expect(pathsOf()).toEqual([]);
  });

  it.each([
    ['percentile', { units: 'percentile' }, /unit percentile/],
    ['region', { region: 'PJM_DC' }, /region PJM_DC/],
    ['signal', { signal_type: 'health_damage' }, /signal health_damage/],
    ['length of points', { data_point_period_seconds: 0 }, /points of 0 s/],
  ])('refuses another %s than was asked for', async (_, meta, message) => {
    const { provider } = await world({ '/v3/historical': { body: points([['11:40', 45]], meta) } });
    const error = await gridErrorOf(provider.ask(NOW, untouched()));
    expect(error).toMatchObject({ kind: 'failed', message: expect.stringMatching(message) });
  });

  it('keeps warnings, and a forecast of another model apart', async () => {
    const warnings = [{ type: 'EXAMPLE', message: 'line\none' }];
    const { provider } = await world({
      '/v3/historical': { body: points([['11:40', 870]], { warnings }) },
      '/v3/forecast': { body: points([['11:50', 870]], { model: { date: '2022-01-01' } }) },
    });
    const { notes, forecast } = await provider.ask(NOW, untouched());
    expect(forecast).toBeUndefined();
    expect(notes).toEqual([
      'WattTime warns: EXAMPLE: line one',
      'no forecast: the answer is of model 2022-01-01, the readings are of 2026-03-01',
    ]);
  });

  it('needs to be told which signal, and offers no percentile', () => {
    expect(watttimeOptions.safeParse({ region: 'PJM_DC' }).success).toBe(false);
    expect(watttimeOptions.safeParse({ region: 'PJM_DC', signal_type: 'signal_index' }).success).toBe(false);
  });

  it.skipIf(noRecorded)(`tells recorded errors apart (${noRecorded ?? 'recorded'})`, async () => {
    const kinds: Record<string, string> = {};
    for (const { name, ...play } of recorded('watttime-errors')) {
      const { provider } = await world({ '/v3/historical': play });
      kinds[name] = (await gridErrorOf(provider.ask(NOW, untouched()))).kind;
      await server?.close();
    }
    expect(kinds).toEqual({
      'token-expired': 'refused',
      'region-not-in-plan': 'refused',
      'coordinates-not-covered': 'unknown',
      'rate-limited': 'busy',
    });
  });

  it.skipIf(noRecorded)(`reads recorded answers (${noRecorded ?? 'recorded'})`, () => {
    const asked = { region: 'CAISO_NORTH', signal_type: 'co2_moer' } as const;
    for (const file of ['historical', 'forecast']) {
      for (const { body } of recorded(`watttime-${file}`)) {
        const [first] = parsePoints(body, asked).spans;
        expect(first?.value).toBeCloseTo(394.6253619, 10);
      }
    }
    const index = recordedCase('watttime-signal-index', 'signal-index').body;
    expect(() => parsePoints(index, asked)).toThrow(/unit percentile/);
  });

  it('reads whatever comes, or says that it cannot', () => {
    const asked = { region: 'CAISO_NORTH', signal_type: 'co2_moer' } as const;
    const counts = fuzz(
      [HISTORICAL, AHEAD].map((body) => JSON.stringify(body)),
      (body) => parsePoints(body, asked).spans,
    );
    expect(counts.read).toBeGreaterThan(1000);
    expect(counts.refused).toBeGreaterThan(1000);
  });
});
