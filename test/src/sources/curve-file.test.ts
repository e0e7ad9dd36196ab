import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Inventory } from '../../../src/model/host.ts';
import type { SampleDraft } from '../../../src/model/source.ts';
import { type CurveFile, readCurveFile } from '../../../src/sources/curve-file.ts';
import { mayWriteCurve, writeCurve } from '../../../src/sources/curve-write.ts';
import { modelSource } from '../../../src/sources/model.ts';
import { modelOptions } from '../../../src/sources/model-options.ts';
import { fakeClock } from '../../fixtures/fake-host.ts';

const folder = mkdtempSync(join(tmpdir(), 'negawatt-curve-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FILE: CurveFile = {
  format: 'negawatt-hardware-1',
  name: 'Test Processor, 64 threads, calibrated',
  host: 'node-17',
  cpu_model: 'Test Processor',
  threads: 64,
  meter: 'wall: pdu-3 (custom)',
  covers: 'wall',
  date: '2026-05-31T10:00:00Z',
  points: [
    { load: 0, watts: 100, extrapolated: true },
    { load: 0.5, watts: 240 },
    { load: 1, watts: 320 },
  ],
  error_band: 0.042,
  error_band_quantile: 0.95,
  r_squared: 0.998,
  pairs: 180,
  measured_from: 0.02,
  measured_to: 1,
  burner: 'built-in',
  step_seconds: 60,
  method: 'steps-1',
  negawatt: '0.1.0',
};
const METAL: Inventory = { hostName: 'h', cpuModel: 'Test Processor', threads: 64, sockets: 1 };
const GUEST: Inventory = { hostName: 'g', cpuModel: 'Virtual CPU', threads: 4, hypervisor: 'kvm' };

const written = (text: string, name = 'bad.yaml'): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const opened = (fields: object, inventory: Inventory) =>
  modelSource(modelOptions.parse(fields), inventory).open(
    { procfs: '/none', sysfs: '/none', rootfs: '/' },
    fakeClock(),
  );
const meterWith = async (fields: object, inventory: Inventory) => {
  const source = await opened(fields, inventory);
  if (!source.found) throw new Error(`${source.reason} | ${source.fix}`);
  const draft: SampleDraft = { meters: [], readings: [] };
  source.value.read(draft);
  const [meter] = draft.meters;
  if (meter?.reads.as !== 'curve') throw new Error('not a curve');
  return { meter, curve: meter.reads.curve, detail: source.value.detail };
};

describe('a hardware file', () => {
  it.each(['curve.yaml', 'curve.json'])('%s comes back as it was written', async (name) => {
    const path = join(folder, name);
    expect(await writeCurve(path, FILE, false)).toMatchObject({ found: true });
    expect(await readCurveFile(path)).toEqual({ found: true, value: FILE });
    expect(statSync(path).mode & 0o777).toBe(0o644);
  });

  it('is never written over another one, unless that is wished', async () => {
    const path = written('precious\n', 'taken.yaml');
    expect(await mayWriteCurve(path, false)).toMatchObject({
      found: false,
      fix: expect.stringContaining('--force'),
    });
    expect(await writeCurve(path, FILE, false)).toMatchObject({ found: false });
    expect(readFileSync(path, 'utf8')).toBe('precious\n');
    expect(await mayWriteCurve(path, true)).toMatchObject({ found: true });
    await writeCurve(path, FILE, true);
    expect(await readCurveFile(path)).toMatchObject({ found: true });
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('is refused beforehand where it could not be made or read back', async () => {
    expect(await mayWriteCurve('/nowhere/at/all/c.yaml', false)).toMatchObject({ found: false });
    expect(await mayWriteCurve(join(folder, 'c.txt'), false)).toMatchObject({ found: false });
    expect(existsSync(join(folder, 'c.txt'))).toBe(false);
  });

  const yaml = JSON.stringify(FILE, null, 1);
  it.each([
    [
      'watts that are text',
      yaml.replace('"watts": 240', '"watts": "much"'),
      /bad\.yaml:\d+: points\.1\.watts is "much"/,
    ],
    ['a key that is not known', yaml.replace('"threads"', '"treads"'), /bad\.yaml:\d+: treads is no key/],
    ['a key that is missing', yaml.replace(/ "meter".*\n/, ''), /meter is missing/],
    ['watts that fall', yaml.replace('"watts": 320', '"watts": 90'), /points must rise in load from 0 to 1/],
    [
      'no point at full load',
      yaml.replace('"load": 1,', '"load": 0.9,'),
      /points must rise in load from 0 to 1/,
    ],
    [
      'another format',
      yaml.replace('hardware-1', 'hardware-7'),
      /bad\.yaml:2: format must be negawatt-hardware-1/,
    ],
    ['no YAML at all', 'points: [1, 2\n', /bad\.yaml:\d+:\d+: /],
    ['nothing', '', /bad\.yaml/],
    ['a list', '- 1\n', /bad\.yaml:1: the file /],
  ])('with %s is an error with its place', async (_, text, reason) => {
    const source = await opened({ curve_file: written(text) }, METAL);
    expect(source).toMatchObject({
      found: false,
      state: 'unreadable',
      fix: expect.stringContaining('calibrate'),
    });
    expect(!source.found && source.reason).toMatch(reason);
    expect(!source.found && source.reason).not.toContain('\n');
  });

  it('that is not there says so, with the option that names it', async () => {
    expect(await opened({ curve_file: join(folder, 'none.yaml') }, METAL)).toMatchObject({
      found: false,
      reason: expect.stringContaining('ENOENT'),
      fix: expect.stringContaining('sources.model.curve_file'),
    });
    expect(await opened({ curve_file: folder }, METAL)).toMatchObject({ found: false });
  });
});

describe('the model with a hardware file', () => {
  const path = written(JSON.stringify(FILE), 'good.json');

  it('estimates by its points, with its error band, and says where they are from', async () => {
    const { meter, curve, detail } = await meterWith({ curve_file: path }, METAL);
    expect(meter).toMatchObject({ quality: 'estimated', domain: 'wall', floor: { power: 100 } });
    expect(curve).toMatchObject({ errorBand: 0.042, calibrated: true });
    expect(curve.citation).toBe('calibrated on node-17, 2026-05-31 against wall: pdu-3 (custom)');
    expect(curve.points.map(({ power }) => power)).toEqual([100, 240, 320]);
    expect(detail).toContain('+-4 % calibrated on node-17');
    expect(detail).not.toContain('assumed');
  });

  it('gives a guest its share by threads, whatever processor it is shown', async () => {
    const own = await meterWith({ curve_file: path }, GUEST);
    expect(own.curve.points.map(({ power }) => power)).toEqual([6.25, 15, 20]);
    expect(own.curve.name).toContain('4 of its 64 threads');
    const told = await meterWith({ curve_file: path, guest_threads: 8 }, GUEST);
    expect(told.curve.points[2]?.power).toBe(40);
  });

  it('marks the total incomplete where the meter was of processors alone', async () => {
    const parts = written(JSON.stringify({ ...FILE, covers: 'components' }), 'parts.json');
    expect((await meterWith({ curve_file: parts }, METAL)).meter.domain).toBe('package');
  });

  it.each([
    ['another processor', { ...METAL, cpuModel: 'Other' }, {}, 'this host is Other'],
    ['another number of threads', { ...METAL, threads: 32 }, {}, 'with 32'],
    ['a guest of more threads than the host', { ...GUEST, threads: 96 }, {}, 'holds 96 threads'],
    ['a curve of the configuration beside it', METAL, { curve: 'Sandy Bridge' }, 'both set'],
  ])('is refused on %s', async (_, inventory, fields, reason) => {
    const source = await opened({ curve_file: path, ...fields }, inventory);
    expect(source).toMatchObject({ found: false, reason: expect.stringContaining(reason) });
    expect(!source.found && source.fix).not.toBe('');
  });
});
