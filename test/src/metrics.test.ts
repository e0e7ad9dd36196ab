import { describe, expect, it } from 'vitest';
import { METRIC_NAMES, METRICS, metricOf } from '../../src/metrics.ts';

/** Labels that scrape configurations put on targets; one of ours would be renamed to exported_... or clash. */
const FORBIDDEN = [
  ...[
    'zone',
    'type',
    'region',
    'service',
    'env',
    'instance',
    'job',
    'environment',
    'cluster',
    'dc',
    'datacenter',
  ],
  ...['stage', 'owner', 'customer', 'az', 'availability_zone', 'le', 'quantile', '__name__'],
];
const SUFFIX: Readonly<Record<string, string>> = {
  J: 'joules',
  // Squares: variances of energy.
  J2: 'joules',
  W: 'watts',
  s: 'seconds',
  By: 'bytes',
  g: 'grams',
  // A product: its last factor stands last, the first one in the singular before it.
  'By.s': 'seconds',
  Cel: 'celsius',
  Hz: 'hertz',
  L: 'litres',
};
/** The one unit that is no base unit: every grid API and planner uses it (docs of the catalogue). */
const EXCEPTION = /^negawatt_grid_intensity_(forecast_)?grams_per_kilowatt_hour$/;
/** Words that name a unit: they may stand in a name only as its unit. */
const UNIT_WORDS =
  /_(joules|watts|seconds|bytes|grams|kilograms|celsius|hertz|litres|kwh|kilowatthours|percent|milliwatts|hours|minutes)(?=_|$)/g;

describe.each(METRIC_NAMES)('%s', (name) => {
  const { kind, unit, help, labels } = metricOf(name);
  const base = name.replace(/_total$|_info$/, '');

  it('has a name of ours or of OpenTelemetry, in plain small letters', () => {
    expect(name).toMatch(/^(negawatt|hw|system|process)_[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
  });

  it('ends as its kind wants: _total for counters alone, _info for info alone', () => {
    expect(name.endsWith('_total')).toBe(kind === 'counter');
    expect(name.endsWith('_info')).toBe(kind === 'info');
    expect(base).not.toMatch(/_(count|sum|bucket|created|total|info)$/);
  });

  it('says its unit, a base unit, once and last', () => {
    if (EXCEPTION.test(name)) return expect(unit).toBe('g/kWh');
    const words = name.match(UNIT_WORDS) ?? [];
    if (unit === '1') return expect(words).toEqual([]);
    expect(words).toEqual([`_${SUFFIX[unit]}`]);
    expect(base.endsWith(`_${SUFFIX[unit]}`)).toBe(true);
  });

  it('is a ratio exactly if it says so', () => {
    if (base.endsWith('_ratio')) expect([kind, unit]).toEqual(['gauge', '1']);
    expect(name).not.toMatch(/utili[sz]ation$|percent|fraction/);
  });

  it('has a help text that is a sentence on one line', () => {
    expect(help).toMatch(/^[A-Z0-9][^\n\\]{15,}[^\s.]\.$/);
    expect(help.length).toBeLessThanOrEqual(160);
  });

  it('has labels that clash with nobody', () => {
    for (const label of labels) {
      expect(label).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
      expect(FORBIDDEN).not.toContain(label);
    }
    expect(new Set(labels).size).toBe(labels.length);
  });

  it('has few dimensions, and details in an info metric', () => {
    expect(labels.length).toBeLessThanOrEqual(kind === 'info' ? 8 : 5);
  });
});

describe('the catalogue', () => {
  it('keeps only counters over restarts', () => {
    const kept = METRIC_NAMES.filter((name) => metricOf(name).persisted === true);
    expect(kept.filter((name) => metricOf(name).kind !== 'counter')).toEqual([]);
    expect(kept).toContain('hw_host_energy_joules_total');
  });

  it('keeps every counter of ours but those that are opt-in', () => {
    const lost = METRIC_NAMES.filter((name) => /^(negawatt|hw)_/.test(name))
      .filter((name) => metricOf(name).kind === 'counter' && metricOf(name).optIn === undefined)
      .filter((name) => metricOf(name).persisted !== true);
    expect(lost).toEqual([]);
  });

  it('has no two help texts alike', () => {
    const texts = Object.values(METRICS).map(({ help }) => help);
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('lets only info metrics take labels from elsewhere', () => {
    expect(METRIC_NAMES.filter((name) => metricOf(name).open && metricOf(name).kind !== 'info')).toEqual([]);
  });
});
