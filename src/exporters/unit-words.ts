import { type MetricName, metricOf } from '../metrics.ts';

/** Units of the catalogue (UCUM) as Prometheus names end with them. */
export const UNIT_WORDS: Readonly<Record<string, string>> = {
  J: 'joules',
  J2: 'square_joules',
  W: 'watts',
  s: 'seconds',
  By: 'bytes',
  g: 'grams',
  Cel: 'celsius',
  Hz: 'hertz',
  L: 'litres',
  'By.s': 'byte_seconds',
  'g/kWh': 'grams_per_kilowatt_hour',
};

/** A name without what its kind adds: `_total` of counters, `_info` of info. */
export const baseOf = (name: MetricName): string => {
  const { kind } = metricOf(name);
  const suffix = kind === 'counter' ? '_total' : kind === 'info' ? '_info' : '';
  return name.slice(0, name.length - suffix.length);
};

/** The unit that a name ends with, `joules` or `ratio`; undefined where it has none, as counts and info have none. */
export const unitWordOf = (name: MetricName): string | undefined => {
  const { unit, kind } = metricOf(name);
  if (kind === 'info') return undefined;
  if (unit === '1') return name.endsWith('_ratio') ? 'ratio' : undefined;
  return UNIT_WORDS[unit];
};
