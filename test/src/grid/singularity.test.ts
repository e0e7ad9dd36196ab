import { afterEach, describe, expect, it } from 'vitest';
import { singularity, singularityOptions } from '../../../src/grid/singularity.ts';
import { parseEvents } from '../../../src/grid/singularity-body.ts';
import { fuzz } from '../../fixtures/grid-fuzz.ts';
import { noRecorded, recordedCase } from '../../fixtures/grid-recorded.ts';
import { type GridServer, gridErrorOf, type Play, startGrid, untouched } from '../../fixtures/grid-server.ts';

const PATH = '/v1/region_events/search';
const NOW = Date.parse('2026-11-23T12:10:00Z');
const at = (time: string): number => Date.parse(`2026-11-23T${time}Z`);
const event = (time: string, rates: object, more: object = {}) => ({
  ...{ start_date: `2026-11-23T${time}:00+00:00`, region: 'ISONE', data: rates, ...more },
});
const events = (...data: readonly object[]) => ({ data, meta: { pagination: { this: 1, last: 1 } } });
const RATES = { generated_rate: 870, marginal_rate: 1000, consumed_rate: 500 };

let server: GridServer | undefined;
afterEach(() => server?.close());
const provider = async (play: Play, options: object = {}, key = 'k-9') => {
  server = await startGrid({ [PATH]: play });
  const parsed = singularityOptions.parse({
    region: 'ISONE',
    rate: 'generated',
    url: server.url,
    ...options,
  });
  return singularity(parsed, { key });
};

describe('Singularity', () => {
  it('turns pounds per megawatt-hour into grams per kilowatt-hour, null into a gap, and drops what is to come', async () => {
    const rates = [
      event('11:05', { generated_rate: null }),
      event('11:10', { generated_rate: 0 }),
      event('13:00', RATES),
    ];
    const usa = await provider({ body: events(event('11:00', RATES), ...rates) });
    const { readings, series, forecast } = await usa.ask(NOW, untouched());
    expect(readings).toEqual([
      { from: at('11:00'), to: at('11:05'), value: expect.closeTo(394.6253619, 10), estimated: true },
      { from: at('11:10'), to: at('11:15'), value: 0, estimated: true },
    ]);
    expect(series).toMatchObject({ zone: 'ISONE', interval: 300 });
    expect(forecast).toBeUndefined();
  });

  it.each([
    ['generated', 394.6253619, { signal: 'average', basis: 'direct', boundary: 'production' }],
    ['consumed', 226.796185, { signal: 'average', basis: 'direct', boundary: 'consumption' }],
    ['marginal', 453.59237, { signal: 'marginal', basis: 'marginal' }],
  ])('tells the one rate that is named, under its own labels: %s', async (rate, value, labels) => {
    const usa = await provider({ body: events(event('11:00', RATES)) }, { rate });
    const { readings, series } = await usa.ask(NOW, untouched());
    expect(readings.map((reading) => reading.value)).toEqual([expect.closeTo(value, 10)]);
    expect(series).toMatchObject({ ...labels, source: expect.stringContaining(`${rate}_rate`) });
  });

  it('needs to be told which rate', () => {
    expect(singularityOptions.safeParse({ region: 'ISONE' }).success).toBe(false);
  });

  it('takes an empty body for no data, which is not zero', async () => {
    const usa = await provider({ body: '' });
    const { readings, notes } = await usa.ask(NOW, untouched());
    expect(readings).toEqual([]);
    expect(notes.join()).toMatch(/no data for region ISONE/);
  });

  it('sends its key in a header beside a user agent', async () => {
    const usa = await provider({ body: '' });
    await usa.ask(NOW, untouched());
    expect(server?.headers[0]).toMatchObject({
      'x-api-key': 'k-9',
      'user-agent': expect.stringContaining('negawatt'),
    });
    expect(server?.asked[0]?.search).not.toContain('k-9');
    expect((await gridErrorOf((await provider({ body: '' }, {}, '')).ask(NOW, untouched()))).kind).toBe(
      'refused',
    );
  });

  it('tells hourly events as hours, and a single one as no longer than it surely is', () => {
    const asked = { region: 'ISONE', rate: 'generated' } as const;
    const interval = (...times: readonly string[]) =>
      parseEvents(JSON.stringify(events(...times.map((time) => event(time, RATES)))), asked).interval;
    expect(interval('09:00', '11:00', '10:00')).toBe(3600);
    expect(interval('09:00', '09:05', '10:00')).toBe(300);
    expect(interval('09:00', '21:00')).toBe(3600);
    expect(interval('09:00')).toBe(300);
  });

  it('refuses another region, and says where pages were left out', async () => {
    const usa = await provider({ body: events(event('11:00', RATES, { region: 'CAISO' })) });
    expect((await gridErrorOf(usa.ask(NOW, untouched()))).message).toMatch(
      /region CAISO; asked for was ISONE/,
    );
    server?.plays.set(PATH, {
      body: { ...events(event('11:00', RATES)), meta: { pagination: { this: 1, last: 2 } } },
    });
    expect((await usa.ask(NOW, untouched())).notes).toEqual(['only the first page was read']);
  });

  it.skipIf(noRecorded)(`reads recorded answers (${noRecorded ?? 'recorded'})`, () => {
    const { body } = recordedCase('singularity-v1-events', 'events');
    const value = (rate: 'generated' | 'consumed' | 'marginal') =>
      parseEvents(body, { region: 'CAISO', rate }).spans[0]?.value;
    expect(value('generated')).toBeCloseTo(231.422827, 6);
    expect(value('consumed')).toBeCloseTo(254.057086, 6);
    expect(value('marginal')).toBeCloseTo(368.498441, 6);
    const none = recordedCase('singularity-v1-events', 'no-data');
    expect(parseEvents(none.body, { region: 'XX', rate: 'generated' }).spans).toEqual([]);
  });

  it('reads whatever comes, or says that it cannot', () => {
    const body = JSON.stringify(events(event('11:00', RATES), event('11:05', { generated_rate: null })));
    const counts = fuzz([body], (one) => parseEvents(one, { region: 'ISONE', rate: 'generated' }).spans);
    expect(counts.read).toBeGreaterThan(1000);
    expect(counts.refused).toBeGreaterThan(1000);
  });
});
