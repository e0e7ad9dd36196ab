import { describe, expect, test } from 'vitest';
import { place } from '../../../src/energy/containment.ts';
import type { Meter } from '../../../src/model/meter.ts';
import { seconds, watts } from '../../../src/units.ts';

const meter = (id: string, source: string, fields: Partial<Meter>): Meter => ({
  id,
  source,
  domain: 'gpu',
  label: id,
  reads: { as: 'energy' },
  quality: 'measured',
  ceiling: watts(2000),
  interval: seconds(1),
  ...fields,
});
const components = (...meters: readonly Meter[]): readonly string[] =>
  place(meters)
    .filter(({ role }) => role === 'component')
    .map(({ meter: { id } }) => id)
    .sort();

describe('a GPU that two sources meter counts once', () => {
  const counter = meter('GPU-1', 'nvml', { device: '0000:41:00.0' });
  const power = meter('hwmon:nouveau', 'hwmon', { device: '0000:41:00.0', reads: { as: 'power' } });

  test('a counter is taken before a power reading, in any order', () => {
    expect(components(counter, power)).toEqual(['GPU-1']);
    expect(components(power, counter)).toEqual(['GPU-1']);
  });

  test('another board of either source counts beside it', () => {
    const other = meter('hwmon:amdgpu', 'hwmon', { device: '0000:c1:00.0', reads: { as: 'power' } });
    expect(components(counter, power, other)).toEqual(['GPU-1', 'hwmon:amdgpu']);
  });

  test('two boards of one source on one device, such as two dies on a card, are two', () => {
    const die = meter('GPU-2', 'nvml', { device: '0000:41:00.0' });
    expect(components(counter, die)).toEqual(['GPU-1', 'GPU-2']);
  });

  test('where no address is known both count, as they did', () => {
    expect(components(meter('a', 'x', {}), meter('b', 'y', {}))).toEqual(['a', 'b']);
  });
});

test('a GPU inside a module counts with the module where that is metered, by itself where not', () => {
  const gpu = meter('GPU-1', 'nvml', { inside: 'module' });
  const grace = meter('module-0', 'hwmon', { domain: 'module', reads: { as: 'power' } });
  expect(components(gpu, grace)).toEqual(['module-0']);
  expect(components(gpu)).toEqual(['GPU-1']);
});
