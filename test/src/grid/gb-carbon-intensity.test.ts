import { afterEach, describe, expect, it } from 'vitest';
import {
  gbCarbonIntensity,
  gbCarbonIntensityFlaw,
  gbCarbonIntensityOptions,
} from '../../../src/grid/gb-carbon-intensity.ts';
import { parseHalfHours } from '../../../src/grid/gb-carbon-intensity-body.ts';
import { fuzz } from '../../fixtures/grid-fuzz.ts';
import { noRecorded, recorded, recordedCase } from '../../fixtures/grid-recorded.ts';
import { type GridServer, gridErrorOf, type Play, startGrid, untouched } from '../../fixtures/grid-server.ts';

const NOW = Date.parse('2026-11-23T12:10:00Z');
const at = (time: string): number => Date.parse(`2026-11-23T${time}:00Z`);
const half = (from: string, to: string, intensity: object) => ({
  ...{ from: `2026-11-23T${from}Z`, to: `2026-11-23T${to}Z` },
  intensity: { index: 'low', ...intensity },
});
const PAST = {
  data: [
    half('11:00', '11:30', { forecast: 140, actual: 137 }),
    half('11:30', '12:00', { forecast: null, actual: null }),
    half('12:00', '12:30', { forecast: 142, actual: null }),
  ],
};
const AHEAD = {
  data: [
    half('12:00', '12:30', { forecast: 142, actual: null }),
    half('12:30', '13:00', { forecast: 0, actual: null }),
  ],
};
const regionOf = (regionid: number, more: object = {}) => ({
  ...{ regionid, dnoregion: 'UKPN London', shortname: 'London', ...more },
  data: [half('12:00', '12:30', { forecast: 90 })],
});
const NATIONAL = '/intensity/2026-11-23T12:30Z/pt24h';
const FORWARD = '/intensity/2026-11-23T12:10Z/fw24h';

let server: GridServer | undefined;
afterEach(() => server?.close());
const provider = async (plays: Readonly<Record<string, Play>>, options: object = {}) => {
  server = await startGrid(plays);
  return gbCarbonIntensity(gbCarbonIntensityOptions.parse({ url: server.url, ...options }));
};

describe('the GB Carbon Intensity API', () => {
  it('tells actual half hours, the running one as an estimate, null as a gap, and the rest as a forecast', async () => {
    const gb = await provider({ [NATIONAL]: { body: PAST }, [FORWARD]: { body: AHEAD } });
    const { readings, forecast } = await gb.ask(NOW, untouched());
    expect(readings).toEqual([
      { from: at('11:00'), to: at('11:30'), value: 137, estimated: false },
      { from: at('12:00'), to: at('12:30'), value: 142, estimated: true },
    ]);
    expect(forecast).toEqual({
      generatedAt: NOW,
      readings: [{ from: at('12:30'), to: at('13:00'), value: 0, estimated: true }],
    });
  });

  it('says that it is CO2 with imports and losses and no Scope 2 factor', async () => {
    const gb = await provider({ [NATIONAL]: { body: PAST } }, { forecast: false });
    const { series, notes } = await gb.ask(NOW, untouched());
    expect(series).toMatchObject({
      ...{ zone: 'GB', signal: 'average', basis: 'direct', gases: 'CO2', gwp: 'none' },
      ...{ boundary: 'consumption', interval: 1800, licence: expect.stringContaining('CC BY 4.0') },
    });
    expect(notes.join()).toMatch(/losses.*neither a Scope 2 factor nor a lifecycle one/);
  });

  it.each([
    [{ region: 13 }, '/regional/regionid/13', 'GB:13', regionOf(13)],
    [{ postcode: 'EC1A' }, '/regional/postcode/EC1A', 'GB:EC1A', regionOf(13, { postcode: 'EC1A' })],
  ])('reads a region one level deeper, as an estimate: %o', async (options, path, zone, region) => {
    const ahead = `/regional${FORWARD}${path.slice('/regional'.length)}`;
    const next = { ...region, data: AHEAD.data };
    // For the present it is a list of one region, for a range of time the region itself.
    const gb = await provider(
      { [path]: { body: { data: [region] } }, [ahead]: { body: { data: next } } },
      options,
    );
    const answer = await gb.ask(NOW, untouched());
    expect(answer.series.zone).toBe(zone);
    expect(answer.readings).toEqual([{ from: at('12:00'), to: at('12:30'), value: 90, estimated: true }]);
    expect(answer.forecast?.readings.map(({ value }) => value)).toEqual([0]);
  });

  it('refuses another region, two regions, and rows that are no half hours', async () => {
    const options = { region: 13, forecast: false };
    const path = '/regional/regionid/13';
    const gb = await provider({ [path]: { body: { data: [regionOf(3)] } } }, options);
    expect((await gridErrorOf(gb.ask(NOW, untouched()))).message).toMatch(/region 3; asked for was 13/);
    server?.plays.set(path, { body: { data: [regionOf(13), regionOf(13)] } });
    expect((await gridErrorOf(gb.ask(NOW, untouched()))).message).toMatch(/2 regions instead of one/);
    const hour = { ...regionOf(13), data: [half('11:00', '12:00', { forecast: 90 })] };
    server?.plays.set(path, { body: { data: [hour] } });
    expect((await gridErrorOf(gb.ask(NOW, untouched()))).message).toMatch(/60 min instead of 30/);
  });

  it('takes a region or a postcode outside Northern Ireland, not both', () => {
    const taken = (options: object) => {
      const { success, data } = gbCarbonIntensityOptions.safeParse(options);
      return success && gbCarbonIntensityFlaw(data) === undefined;
    };
    expect([taken({}), taken({ region: 17 }), taken({ postcode: 'RG10' })]).toEqual([true, true, true]);
    for (const wrong of [
      ...[{ region: 0 }, { region: 18 }, { region: 1.5 }, { postcode: 'BT1' }, { postcode: 'RG10 9AA' }],
      ...[{ postcode: '../x' }, { region: 1, postcode: 'RG10' }],
    ])
      expect([wrong, taken(wrong)]).toEqual([wrong, false]);
  });

  it('keeps the readings where the forecast fails', async () => {
    const error = { error: { code: '400 Bad Request', message: 'Please enter a valid start datetime' } };
    const gb = await provider({ [NATIONAL]: { body: PAST }, [FORWARD]: { status: 400, body: error } });
    const { readings, notes } = await gb.ask(NOW, untouched());
    expect(readings).toHaveLength(2);
    expect(notes[1]).toMatch(/^no forecast: .*400: Please enter/);
  });

  it('does not take an error object for an empty answer', async () => {
    const gb = await provider({ [NATIONAL]: { body: { error: { code: '400', message: 'no' } } } });
    expect((await gridErrorOf(gb.ask(NOW, untouched()))).kind).toBe('failed');
  });

  it.skipIf(noRecorded)(`reads recorded answers (${noRecorded ?? 'recorded'})`, async () => {
    const read = (file: string, name: string, place = {}) =>
      parseHalfHours(recordedCase(`gb-carbon-intensity-${file}`, name).body, place).map(
        ({ value, estimated }) => [value, estimated],
      );
    expect(read('now', 'now')).toEqual([[263, false]]);
    expect(read('now', 'now-actual-null')).toEqual([[142, true]]);
    expect(read('regional', 'regional', { region: 3 })).toEqual([[266, true]]);
    expect(read('forecast-24h', 'fw24h')).toEqual([
      [146, true],
      [148, true],
    ]);
    for (const play of recorded('gb-carbon-intensity-errors')) {
      const gb = await provider({ [NATIONAL]: play });
      expect((await gridErrorOf(gb.ask(NOW, untouched()))).kind).toBe('failed');
      await server?.close();
    }
  });

  it('reads whatever comes, or says that it cannot', () => {
    const bodies = [{ data: [regionOf(13)] }, { data: regionOf(13) }, PAST].map((body) =>
      JSON.stringify(body),
    );
    const counts = fuzz(bodies, (body) =>
      parseHalfHours(body, body.includes('regionid') ? { region: 13 } : {}),
    );
    expect(counts.read).toBeGreaterThan(1000);
    expect(counts.refused).toBeGreaterThan(1000);
  });
});
