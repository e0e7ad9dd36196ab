import { afterEach, describe, expect, it } from 'vitest';
import { ember, emberOptions, parseMeans } from '../../../src/grid/ember.ts';
import { fuzz } from '../../fixtures/grid-fuzz.ts';
import { noRecorded, recordedCase } from '../../fixtures/grid-recorded.ts';
import { type GridServer, gridErrorOf, type Play, startGrid, untouched } from '../../fixtures/grid-server.ts';

const NOW = Date.parse('2026-11-23T12:10:00Z');
const row = (date: string, value: number | null, entity_code: string | null = 'FRA') => ({
  ...{ entity: 'x', entity_code, is_aggregate_entity: false, date, emissions_intensity_gco2_per_kwh: value },
});
const table = (...data: readonly object[]) => ({ stats: { timestamp: '2026-08-28T00:00:00Z' }, data });
const PATH = '/v1/carbon-intensity/monthly';

let server: GridServer | undefined;
afterEach(() => server?.close());
const provider = async (play: Play, options: object = {}, key = 'secret-key') => {
  server = await startGrid({ [PATH]: play, '/v1/carbon-intensity/yearly': play });
  return ember(emberOptions.parse({ entity_code: 'FRA', url: server.url, ...options }), { key });
};

describe('Ember', () => {
  it('tells means of whole months as lifecycle, null and aggregates left out', async () => {
    const rows = [
      row('2026-02-01', 41.5),
      row('2026-01-01', null),
      row('2025-12-01', 0),
      row('2026-02-01', 300, null),
    ];
    const world = await provider({ body: table(...rows) });
    const { readings, series, notes } = await world.ask(NOW, untouched());
    expect(readings).toEqual([
      { from: Date.UTC(2025, 11), to: Date.UTC(2026, 0), value: 0, estimated: false },
      { from: Date.UTC(2026, 1), to: Date.UTC(2026, 2), value: 41.5, estimated: false },
    ]);
    expect(series).toMatchObject({
      ...{ zone: 'FRA', signal: 'average', basis: 'lifecycle', gases: 'CO2e', boundary: 'production' },
      licence: 'CC BY 4.0 (Ember)',
    });
    expect(notes).toEqual(['Lifecycle emissions of what a country generates: context, never Scope 2.']);
  });

  it('tells means of whole years', async () => {
    const world = await provider({ body: table(row('2024', 44)) }, { resolution: 'yearly' });
    const { readings } = await world.ask(NOW, untouched());
    expect(readings).toEqual([
      { from: Date.UTC(2024, 0), to: Date.UTC(2025, 0), value: 44, estimated: false },
    ]);
    expect(server?.asked[0]?.searchParams.get('start_date')).toBe('2021');
  });

  it('shows its key, which stands in the address, to nobody', async () => {
    const told = { message: 'bad api_key=secret-key' };
    for (const [status, kind] of [
      [401, 'refused'],
      [500, 'failed'],
    ] as const) {
      const world = await provider({ status, body: told });
      const error = await gridErrorOf(world.ask(NOW, untouched()));
      expect(error.kind).toBe(kind);
      for (let one: unknown = error; one instanceof Error; one = one.cause)
        expect(`${one.message} ${one.stack}`).not.toContain('secret-key');
      expect(server?.asked[0]?.searchParams.get('api_key')).toBe('secret-key');
      await server?.close();
    }
    const error = await gridErrorOf((await provider({ body: table() }, {}, '')).ask(NOW, untouched()));
    expect([error.kind, server?.asked]).toEqual(['refused', []]);
  });

  it('refuses another country and dates of another resolution', async () => {
    const world = await provider({ body: table(row('2026-02-01', 300, 'TUR')) });
    expect((await gridErrorOf(world.ask(NOW, untouched()))).message).toMatch(/for TUR; asked for was FRA/);
    server?.plays.set(PATH, { body: table(row('2024', 44)) });
    expect((await gridErrorOf(world.ask(NOW, untouched()))).message).toMatch(/no monthly date: 2024/);
    server?.plays.set(PATH, { body: table(row('2024-13', 44)) });
    expect((await gridErrorOf(world.ask(NOW, untouched()))).message).toMatch(/no monthly date/);
  });

  it('says that there is no value, which is not zero', async () => {
    const world = await provider({ body: table() });
    for (const rows of [[row('2026-02-01', null)], [row('2026-02-01', 300, null)], []]) {
      server?.plays.set(PATH, { body: table(...rows) });
      const { readings, notes } = await world.ask(NOW, untouched());
      expect(readings).toEqual([]);
      expect(notes[1]).toBe('Ember has no monthly value for FRA since 2024');
    }
  });

  it.skipIf(noRecorded)(`reads recorded answers (${noRecorded ?? 'recorded'})`, () => {
    const { body } = recordedCase('ember-yearly', 'yearly-with-null');
    const values = (entity_code: string) =>
      parseMeans(body, { entity_code, resolution: 'yearly' }).map(({ value }) => value);
    expect([values('TUR'), values('FRA')]).toEqual([[415.5], [undefined]]);
  });

  it('reads whatever comes, or says that it cannot', () => {
    const body = JSON.stringify(table(row('2026-02-01', 41.5), row('2025-12-01', null)));
    const counts = fuzz([body], (one) => parseMeans(one, { entity_code: 'FRA', resolution: 'monthly' }));
    expect(counts.read).toBeGreaterThan(1000);
    expect(counts.refused).toBeGreaterThan(1000);
  });
});
