import { expect, it } from 'vitest';
import { SlotRecord } from '../../src/grid/slot-record.ts';
import { gridPoints } from '../../src/grid-points.ts';
import { answer, HOUR, NOON, reading, SERIES } from '../fixtures/grid-provider.ts';

const RESTATED = 'negawatt_grid_restated_readings_total';

const pointsOf = (record: SlotRecord) =>
  gridPoints([{ id: 'a', provider: 'json', label: 'a', ...record.state(NOON) }], 'DE', NOON).filter(
    ({ metric }) => metric === RESTATED,
  );

it('readings that a provider told anew with another value are a series of it, from 0 on', () => {
  const record = new SlotRecord();
  expect(pointsOf(record), 'of a provider that said nothing yet').toEqual([]);
  record.answered(answer(reading(NOON - 2 * HOUR, 280), reading(NOON - HOUR, 290)), NOON);
  const { basis, signal, provider } = SERIES;
  const labels = { grid_zone: 'DE', basis, signal, provider };
  expect(pointsOf(record)).toEqual([{ metric: RESTATED, labels, value: 0 }]);
  record.answered(answer(reading(NOON - 2 * HOUR, 281), reading(NOON - HOUR, 290)), NOON);
  record.answered(answer(reading(NOON - 2 * HOUR, 282), reading(NOON - HOUR, 291)), NOON);
  expect(pointsOf(record).map(({ value }) => value)).toEqual([3]);
});

it('a series that became another one begins with none told anew', () => {
  const record = new SlotRecord();
  record.answered(answer(reading(NOON - HOUR, 290)), NOON);
  record.answered(answer(reading(NOON - HOUR, 300)), NOON);
  expect(pointsOf(record).map(({ value }) => value)).toEqual([1]);
  const other = { ...answer(reading(NOON - HOUR, 500)), series: { ...SERIES, basis: 'lifecycle' as const } };
  record.answered(other, NOON);
  expect(pointsOf(record)).toMatchObject([{ labels: { basis: 'lifecycle' }, value: 0 }]);
});
