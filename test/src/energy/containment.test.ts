/** Which meters are parts, which are wholes, and which only repeat another: decided once, from what they are. */
import { describe, expect, test } from 'vitest';
import { place, rivalsOf } from '../../../src/energy/containment.ts';
import type { DomainKind, Meter } from '../../../src/model/meter.ts';
import { seconds, watts } from '../../../src/units.ts';

const meter = (id: string, source: string, domain: DomainKind, more: Partial<Meter> = {}): Meter => ({
  id,
  source,
  domain,
  label: id,
  reads: { as: 'power' },
  quality: 'derived',
  ceiling: watts(20_000),
  interval: seconds(1),
  ...more,
});
const rolesOf = (...meters: readonly Meter[]): Readonly<Record<string, string>> =>
  Object.fromEntries([...place(meters)].reverse().map(({ meter: { id }, role }) => [id, role]));
const ENERGY = { reads: { as: 'energy' } } as const;

describe('two meters of the whole host', () => {
  const readersOf = (...meters: readonly Meter[]): readonly string[] =>
    rivalsOf('platform', place([...meters].reverse())).map(({ reader }) => reader);

  test('of one kind from two sources are never summed: what the operator named goes first, the others stand by', () => {
    const acpi = meter('acpi', 'hwmon', 'platform');
    const dcmi = meter('dcmi', 'ipmi', 'platform');
    const own = meter('own', 'custom', 'platform');
    expect(readersOf(acpi, dcmi)).toEqual(['ipmi', 'hwmon']);
    expect(readersOf(acpi, dcmi, own)).toEqual(['custom', 'ipmi', 'hwmon']);
  });
  test('of one kind: a count goes before a power, so a Cray node before an ACPI meter', () => {
    const node = meter('node', 'cray', 'platform', ENERGY);
    expect(readersOf(meter('acpi', 'hwmon', 'platform'), node)).toEqual(['cray', 'hwmon']);
    expect(readersOf(meter('acpi', 'custom', 'platform'), node)).toEqual(['cray', 'custom']);
  });
  test('of one kind from one source are its supplies, and summed', () => {
    const supplies = [1, 2].map((number) => meter(`psu${number}`, 'hwmon', 'platform_in'));
    const [first, ...more] = rivalsOf('platform_in', place(supplies));
    expect(first?.meters.map(({ meter: { id } }) => id)).toEqual(['psu1', 'psu2']);
    expect(more).toEqual([]);
  });
  test('of two kinds both stand: the host total takes one of them', () => {
    expect(rolesOf(meter('pdu', 'custom', 'wall'), meter('acpi', 'hwmon', 'platform'))).toEqual({
      pdu: 'host',
      acpi: 'host',
    });
  });
});

describe('a GPU', () => {
  const module = meter('hwmon:power_meter:x:power1', 'hwmon', 'module', { socket: 0 });
  test('in a Grace Hopper module is in that module, whichever source reads it', () => {
    const board = meter('GPU-1', 'nvml', 'gpu', { ...ENERGY, within: 'module-0' });
    expect(rolesOf(module, board)).toEqual({ [module.id]: 'component', 'GPU-1': 'diagnosis' });
    expect(rolesOf(board), 'and counts by itself where nobody reads the module').toEqual({
      'GPU-1': 'component',
    });
    const other = { ...board, within: 'module-1' };
    expect(rolesOf(module, other)['GPU-1'], 'nor is it in another module').toBe('component');
    const known = { ...board, within: module.id };
    expect(rolesOf(module, known)['GPU-1']).toBe('diagnosis');
  });
  test('that the processor contains is counted by RAPL where that is there', () => {
    const apu = meter('apu', 'hwmon', 'module', { yieldsTo: ['package'] });
    expect(rolesOf(apu)).toEqual({ apu: 'component' });
    expect(rolesOf(apu, meter('package-0', 'rapl', 'package', ENERGY))).toEqual({
      apu: 'diagnosis',
      'package-0': 'component',
    });
  });
  test('does not yield to a load curve, which meters nothing', () => {
    const apu = meter('apu', 'hwmon', 'module', { yieldsTo: ['package'] });
    const point = { load: 0, power: 1 } as never;
    const curve = { name: 'tdp', citation: '', points: [point, point], errorBand: 0 as never };
    const model = meter('model', 'model', 'package', { reads: { as: 'curve', curve } });
    expect(rolesOf(apu, model)).toEqual({ apu: 'component', model: 'model' });
  });
});

describe('a GPU that two sources meter counts once', () => {
  const at = { device: '0000:41:00.0' };
  const counter = meter('GPU-1', 'nvml', 'gpu', { ...ENERGY, ...at });
  const power = meter('hwmon:nouveau', 'hwmon', 'gpu', at);

  test('a counter is taken before a power reading, and another board of either source counts beside it', () => {
    expect(rolesOf(counter, power)).toEqual({ 'GPU-1': 'component', 'hwmon:nouveau': 'diagnosis' });
    const other = meter('hwmon:amdgpu', 'hwmon', 'gpu', { device: '0000:c1:00.0' });
    expect(rolesOf(counter, power, other)['hwmon:amdgpu']).toBe('component');
  });

  test('two boards of one source on one device, such as two dies on a card, are two', () => {
    const die = meter('GPU-2', 'nvml', 'gpu', { ...ENERGY, ...at });
    expect(rolesOf(counter, die)).toEqual({ 'GPU-1': 'component', 'GPU-2': 'component' });
  });

  test('where no address is known both count', () => {
    const [a, b] = [meter('a', 'x', 'gpu'), meter('b', 'y', 'gpu')];
    expect(rolesOf(a, b)).toEqual({ a: 'component', b: 'component' });
  });

  test('inside a module of which it cannot tell the number it counts with the module, by itself where none is metered', () => {
    const gpu = meter('GPU-1', 'nvml', 'gpu', { ...ENERGY, yieldsTo: ['module'] });
    const grace = meter('module-0', 'hwmon', 'module');
    expect(rolesOf(gpu, grace)).toEqual({ 'GPU-1': 'diagnosis', 'module-0': 'component' });
    expect(rolesOf(gpu)).toEqual({ 'GPU-1': 'component' });
  });
});
