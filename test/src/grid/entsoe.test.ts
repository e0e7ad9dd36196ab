import { afterEach, describe, expect, it } from 'vitest';
import { entsoe, entsoeFlaw, entsoeOptions } from '../../../src/grid/entsoe.ts';
import { parseGeneration } from '../../../src/grid/entsoe-document.ts';
import { FACTORS } from '../../../src/grid/entsoe-factors.ts';
import { intensityOf } from '../../../src/grid/entsoe-intensity.ts';
import { fuzz } from '../../fixtures/grid-fuzz.ts';
import { noRecorded, recorded, recordedCase } from '../../fixtures/grid-recorded.ts';
import {
  type GridServer,
  gridErrorOf,
  type Played,
  startGrid,
  untouched,
} from '../../fixtures/grid-server.ts';

const ZONE = '10YBE----------2';
const NOW = Date.parse('2026-11-23T12:10:00Z');
const at = (time: string): number => Date.parse(`2026-11-23T${time}Z`);

interface Series {
  readonly start?: string;
  readonly end?: string;
  readonly resolution?: string;
  readonly curve?: string;
  readonly direction?: 'in' | 'out';
  readonly unit?: string;
  readonly zone?: string;
}
/** MW by position; undefined leaves the point out. */
const series = (
  type: string,
  points: readonly (number | string | undefined)[],
  more: Series = {},
): string => {
  const { start = '10:00', end = '12:00', resolution = 'PT60M', curve = 'A01', direction = 'in' } = more;
  const { unit = 'MAW', zone = ZONE } = more;
  const rows = points.map((mw, index) =>
    mw === undefined ? '' : `<Point><position>${index + 1}</position><quantity>${mw}</quantity></Point>`,
  );
  return (
    `<TimeSeries><${direction}BiddingZone_Domain.mRID codingScheme="A01">${zone}</${direction}BiddingZone_Domain.mRID>` +
    `<quantity_Measure_Unit.name>${unit}</quantity_Measure_Unit.name><curveType>${curve}</curveType>` +
    `<MktPSRType><psrType>${type}</psrType></MktPSRType><Period><timeInterval><start>2026-11-23T${start}Z</start>` +
    `<end>2026-11-23T${end}Z</end></timeInterval><resolution>${resolution}</resolution>${rows.join('')}</Period></TimeSeries>`
  );
};
const market = (...all: readonly string[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?><GL_MarketDocument xmlns="urn:x"><type>A75</type>${all.join('')}</GL_MarketDocument>`;
const xml = (body: string, status = 200): Played => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body,
});
const intensity = (body: string, factors = FACTORS) => intensityOf(parseGeneration(body, ZONE), factors);
const values = (body: string) => intensity(body).spans.map(({ value }) => value);

let server: GridServer | undefined;
afterEach(() => server?.close());
const provider = async (play: Played, options: object = {}, key = 'token-7') => {
  server = await startGrid({ '/api': play });
  return entsoe(entsoeOptions.parse({ domain: ZONE, url: server.url, ...options }), { key });
};

describe('ENTSO-E', () => {
  it('computes an intensity from what each type generates, and says that it is derived', async () => {
    const body = market(series('B04', [1000, 0]), series('B14', [3000, 3000]), series('B05', [0, 1000]));
    const belgium = await provider(xml(body));
    const { readings, series: about, notes, forecast } = await belgium.ask(NOW, untouched());
    // 1000 x 394 / 4000, and 1000 x 937 / 4000
    expect(readings).toEqual([
      { from: at('10:00'), to: at('11:00'), value: 98.5, estimated: true },
      { from: at('11:00'), to: at('12:00'), value: 234.25, estimated: true },
    ]);
    expect(about).toMatchObject({
      ...{
        zone: ZONE,
        signal: 'average',
        basis: 'direct',
        gases: 'CO2',
        gwp: 'none',
        boundary: 'production',
      },
      ...{ edition: 'neso-2017', interval: 3600, source: expect.stringMatching(/^derived: .*A75.*Staffell/) },
    });
    expect([notes, forecast]).toEqual([[], undefined]);
  });

  it('asks for a day in UTC', async () => {
    const belgium = await provider(xml(market()));
    expect((await belgium.ask(NOW, untouched())).readings).toEqual([]);
    expect(Object.fromEntries(server?.asked[0]?.searchParams ?? [])).toEqual({
      ...{ securityToken: 'token-7', documentType: 'A75', processType: 'A16', in_Domain: ZONE },
      ...{ periodStart: '202611221200', periodEnd: '202611231300' },
    });
  });

  it('does not take what pumps use for generation', () => {
    const pumps = series('B10', [2000, 2000], { direction: 'out' });
    expect(values(market(series('B04', [1000, 1000]), pumps))).toEqual([394, 394]);
  });

  it('takes a store that is not told for one that gives nothing', () => {
    const stores = [series('B10', [1000], { end: '11:00' }), series('B25', [500], { end: '11:00' })];
    expect(values(market(series('B04', [1000, 1000]), ...stores))).toEqual([197, 394]);
  });

  it('fills a curve that omits what repeats, and no other', () => {
    const gas = (curve: string) => series('B04', [1000, undefined, 3000, undefined], { curve, end: '14:00' });
    const wind = series('B19', [1000, 1000, 1000, 1000], { end: '14:00' });
    expect(values(market(gas('A03'), wind))).toEqual([197, 197, 295.5, 295.5]);
    expect(values(market(gas('A01'), wind))).toEqual([197, undefined, 295.5, undefined]);
    const late = series('B04', [undefined, 1000], { curve: 'A03' });
    expect(values(market(late, series('B19', [1000, 1000])))).toEqual([undefined, 197]);
  });

  it('leaves a gap where a type is not told yet, instead of a cleaner or dirtier country', () => {
    const { spans, notes } = intensity(
      market(series('B04', [1000, 1000]), series('B19', [3000], { end: '11:00' })),
    );
    expect(spans.map(({ value }) => value)).toEqual([98.5, undefined]);
    expect(notes).toEqual(['gaps where some types are not told: wind onshore (B19)']);
  });

  it('lays quarters and hours over each other', () => {
    const quarters = series('B04', [0, 1000, 1000, 3000], { resolution: 'PT15M', end: '11:00' });
    const { spans } = intensity(market(quarters, series('B14', [1000], { end: '11:00' })));
    expect(spans.map(({ from, to, value }) => [from, to - from, value])).toEqual([
      [at('10:00'), 900_000, 0],
      [at('10:15'), 900_000, 197],
      [at('10:30'), 900_000, 197],
      [at('10:45'), 900_000, 295.5],
    ]);
  });

  it('leaves out a little of what has no factor, and gives up where it is much', () => {
    const lignite = (mw: number) => market(series('B04', [1000, 1000]), series('B02', [0, mw]));
    expect(values(lignite(50))).toEqual([394, 394]);
    const { spans, notes } = intensity(lignite(60));
    expect(spans.map(({ value }) => value)).toEqual([394, undefined]);
    expect(notes).toEqual([
      'no factor for lignite (B02) up to 5.7 %: left out, and above 5 % together a gap',
    ]);
  });

  it('counts with factors of the operator, from a document, as another series', async () => {
    const options = { factors: { B02: 1050 }, factors_document: 'Plant list 2025, Example TSO' };
    const belgium = await provider(
      xml(market(series('B14', [1000, 1000]), series('B02', [1000, 3000]))),
      options,
    );
    const { readings, series: about } = await belgium.ask(NOW, untouched());
    expect(readings.map(({ value }) => value)).toEqual([525, 787.5]);
    expect(about.edition).toBe('neso-2017 B02=1050');
    expect(about.source).toContain('Plant list 2025');
    const flaw = (one: object) => entsoeFlaw(entsoeOptions.parse({ domain: ZONE, ...one }));
    expect([flaw(options), flaw({})]).toEqual([undefined, undefined]);
    expect(flaw({ factors: { B02: 1050 } })).toMatch(/factors_document/);
  });

  it('takes acknowledgement 999 for no data, and any other for an error', async () => {
    const said = (code: string) =>
      `<Acknowledgement_MarketDocument><Reason><code>${code}</code><text>No luck</text></Reason></Acknowledgement_MarketDocument>`;
    const belgium = await provider(xml(said('999')));
    const { readings, notes } = await belgium.ask(NOW, untouched());
    expect([readings, notes]).toEqual([[], [`no data for ${ZONE}: No luck`]]);
    server?.plays.set('/api', xml(said('A01')));
    const error = await gridErrorOf(belgium.ask(NOW, untouched()));
    expect(error).toMatchObject({ kind: 'failed', message: 'ENTSO-E answers No luck' });
  });

  it.each([
    ['zone', series('B04', [1], { zone: '10YFR-RTE------C' }), /zone 10YFR-RTE------C/],
    ['unit', series('B04', [1], { unit: 'MWH' }), /unit MWH/],
    ['curve', series('B04', [1], { curve: 'A02' }), /curve type A02/],
    ['resolution', series('B04', [1], { resolution: 'P1D' }), /resolution P1D/],
    ['period', series('B04', [1], { start: '10:07' }), /no row of its steps/],
    ['end', series('B04', [1], { start: '12:00' }), /no row of its steps/],
    ['type', series('X1', [1]), /production type X1/],
    ['time', series('B04', [1], { start: '25:00' }), /no time/],
  ])('refuses another %s than it knows', (_, one, message) => {
    expect(() => parseGeneration(market(one), ZONE)).toThrow(message);
  });

  it('takes a quantity that is no number for a gap, and zero for zero', () => {
    const wind = series('B19', [1000, 1000, 1000, 1000], { end: '14:00' });
    const gas = series('B04', ['-5', 'N/A', '1e9', 0], { end: '14:00' });
    expect(values(market(gas, wind))).toEqual([undefined, undefined, undefined, 0]);
  });

  it('shows its token, which stands in the address, to nobody, and waits out a ban', async () => {
    const belgium = await provider({
      status: 429,
      headers: { 'content-type': 'text/plain' },
      body: 'token-7',
    });
    const error = await gridErrorOf(belgium.ask(NOW, untouched()));
    expect(error).toMatchObject({ kind: 'busy', retryAfter: 600 });
    const said =
      '<Acknowledgement_MarketDocument><Reason><text>bad token-7</text></Reason></Acknowledgement_MarketDocument>';
    server?.plays.set('/api', xml(said, 400));
    const told = await gridErrorOf(belgium.ask(NOW, untouched()));
    expect(told.message).toMatch(/400: bad /);
    for (let one: unknown = told; one instanceof Error; one = one.cause)
      expect(`${one.message} ${one.stack}`).not.toContain('token-7');
    const none = await provider(xml(market()), {}, '');
    expect((await gridErrorOf(none.ask(NOW, untouched()))).kind).toBe('refused');
    expect(server?.asked).toEqual([]);
  });

  it('refuses a ZIP file and a document that would unfold to more than a day', async () => {
    expect(() => parseGeneration('PK\u0003\u0004', ZONE)).toThrow(/ZIP/);
    const long = series('B04', [1], { resolution: 'PT15M', curve: 'A03', start: '00:00', end: '23:00' });
    expect(() => parseGeneration(market(...Array(1200).fill(long)), ZONE)).toThrow(/more steps/);
  });

  it.skipIf(noRecorded)(`reads recorded answers (${noRecorded ?? 'recorded'})`, async () => {
    const { body } = recordedCase('entsoe-generation-per-type', 'a75');
    const { spans } = intensityOf(parseGeneration(body, '10YFR-RTE------C'), FACTORS);
    expect(spans).toEqual([{ from: at('00:00'), to: at('01:00'), value: 0, estimated: true }]);
    const [none, busy] = recorded('entsoe-errors');
    expect(parseGeneration(none?.body ?? '', ZONE).generation).toEqual([]);
    const france = await provider(busy ?? xml(''));
    expect((await gridErrorOf(france.ask(NOW, untouched()))).kind).toBe('busy');
  });

  it('reads whatever comes, or says that it cannot', () => {
    const bodies = [
      market(series('B04', [1000, 1]), series('B14', [1], { curve: 'A03' })),
      '<Acknowledgement_MarketDocument><Reason><code>999</code><text>x</text></Reason></Acknowledgement_MarketDocument>',
    ];
    const counts = fuzz(bodies, (body) => intensity(body).spans);
    expect(counts.read).toBeGreaterThan(1000);
    expect(counts.refused).toBeGreaterThan(1000);
  });
});
