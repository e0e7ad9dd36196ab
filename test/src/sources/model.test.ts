import { expect, test } from 'vitest';
import { powerAt } from '../../../src/energy/load-curve.ts';
import type { Inventory } from '../../../src/model/host.ts';
import type { SampleDraft } from '../../../src/model/source.ts';
import { cpuFamily } from '../../../src/sources/cpu-family.ts';
import { curveFor, modelSource } from '../../../src/sources/model.ts';
import { modelOptions } from '../../../src/sources/model-options.ts';
import { ratio } from '../../../src/units.ts';
import { createFakeHost, fakeClock } from '../../fixtures/fake-host.ts';

const options = (fields: object = {}) => modelOptions.parse(fields);
const intel = (
  cpuModelNumber: number,
  cpuStepping = 0,
  cpuModel = 'Intel(R) Xeon(R) Processor',
): Inventory => ({
  hostName: 'h',
  cpuVendor: 'GenuineIntel',
  cpuFamily: 6,
  cpuModelNumber,
  cpuStepping,
  cpuModel,
});
const amd = (cpuModel: string, cpuFamilyNumber = 25, cpuModelNumber = 1): Inventory => ({
  hostName: 'h',
  cpuVendor: 'AuthenticAMD',
  cpuFamily: cpuFamilyNumber,
  cpuModelNumber,
  cpuModel,
});

test.each([
  ['AMD EPYC 7601 32-Core Processor', 'EPYC 7xx1 Naples'],
  ['AMD EPYC 7742 64-Core Processor', 'EPYC 7xx2 Rome'],
  ['AMD EPYC 7R13 Processor', 'EPYC 7xx3 Milan'],
  ['AMD EPYC 7B12', 'EPYC 7xx2 Rome'],
  ['AMD EPYC 8534P 64-Core Processor', 'EPYC 8xx4 Siena'],
  ['AMD EPYC 9654 96-Core Processor', 'EPYC 9xx4 Genoa and Bergamo'],
  ['AMD EPYC 9965 192-Core Processor', 'EPYC 9xx5 Turin'],
  ['AMD EPYC 4464P 12-Core Processor', 'EPYC 4xx4 and 4xx5'],
])('%s is told by its name', (name, family) => {
  expect(cpuFamily(amd(name, 0, 0))).toEqual({ family, by: 'name' });
});

test.each([
  ['Intel(R) Xeon(R) CPU E5-2680 v3 @ 2.50GHz', 'Xeon E5 v3 Haswell'],
  ['Intel(R) Xeon(R) CPU E5-2690 v4 @ 2.60GHz', 'Xeon E5 v4 Broadwell'],
  ['Intel(R) Xeon(R) Platinum 8175M CPU @ 2.50GHz', 'Xeon Scalable gen 1 Skylake'],
  ['Intel(R) Xeon(R) Gold 6248 CPU @ 2.50GHz', 'Xeon Scalable gen 2 Cascade Lake'],
  ['Intel(R) Xeon(R) Silver 4314 CPU @ 2.40GHz', 'Xeon Scalable gen 3 Ice Lake and Cooper Lake'],
  ['Intel(R) Xeon(R) Platinum 8480+', 'Xeon Scalable gen 4 Sapphire Rapids'],
  ['INTEL(R) XEON(R) PLATINUM 8592+', 'Xeon Scalable gen 5 Emerald Rapids'],
  ['Intel(R) Xeon(R) 6972P', 'Xeon 6 P-core'],
  ['Intel(R) Xeon(R) 6780E', 'Xeon 6 E-core'],
])('%s is told by its name', (name, family) => {
  expect(cpuFamily(intel(0, 0, name))).toEqual({ family, by: 'name' });
});

test.each([
  [45, 7, 'Sandy Bridge'],
  [63, 2, 'Xeon E5 v3 Haswell'],
  [79, 1, 'Xeon E5 v4 Broadwell'],
  [85, 4, 'Xeon Scalable gen 1 Skylake'],
  [85, 7, 'Xeon Scalable gen 2 Cascade Lake'],
  [85, 11, 'Xeon Scalable gen 3 Ice Lake and Cooper Lake'],
  [106, 6, 'Xeon Scalable gen 3 Ice Lake and Cooper Lake'],
  [143, 8, 'Xeon Scalable gen 4 Sapphire Rapids'],
  [207, 2, 'Xeon Scalable gen 5 Emerald Rapids'],
  [173, 1, 'Xeon 6 P-core'],
  [175, 3, 'Xeon 6 E-core'],
])('a guest that hides its Xeon is told by cpuid model %i stepping %i', (model, stepping, family) => {
  expect(cpuFamily(intel(model, stepping))).toEqual({ family, by: 'cpuid' });
});

test.each([
  [23, 1, 'EPYC 7xx1 Naples'],
  [23, 49, 'EPYC 7xx2 Rome'],
  [25, 1, 'EPYC 7xx3 Milan'],
  [25, 17, 'EPYC 9xx4 Genoa and Bergamo'],
  [25, 160, 'EPYC 9xx4 Genoa and Bergamo'],
  [26, 2, 'EPYC 9xx5 Turin'],
  [26, 17, 'EPYC 9xx5 Turin'],
])('a guest that says only AMD EPYC is told by cpuid family %i model %i', (family, model, expected) => {
  expect(cpuFamily(amd('AMD EPYC', family, model))).toEqual({ family: expected, by: 'cpuid' });
});

test('a processor outside the table gets a stand-in that says so, with a wider band', () => {
  const curve = curveFor(options(), {
    ...amd('AMD Ryzen 9 7950X 16-Core Processor', 25, 97),
    sockets: 1,
    threads: 32,
  });
  expect(curve).toMatchObject({
    found: true,
    value: { errorBand: 0.4, name: expect.stringContaining('stand-in') },
  });
});

test('a host of unknown make is refused with the setting that helps', () => {
  const curve = curveFor(options(), { hostName: 'h', cpuModel: 'POWER10', threads: 64 });
  expect(curve).toMatchObject({
    found: false,
    reason: expect.stringContaining('POWER10'),
    fix: expect.stringContaining('sources.model.curve'),
  });
});

test('bare metal is whole sockets of a server at the wall', () => {
  const curve = curveFor(options(), { ...intel(106), sockets: 2, threads: 128 });
  if (!curve.found) throw new Error(curve.reason);
  // Ice Lake: 66.5 W idle and 311.5 W full for each socket (SPECpower medians, carbon reference 10).
  expect(curve.value.points).toEqual([
    { load: 0, power: 133 },
    { load: 1, power: 623 },
  ]);
  expect(curve.value.errorBand).toBe(0.3);
  expect(curve.value.citation).toContain('median of 51 results');
});

test('a guest is its share of the host by hardware threads', () => {
  const guest = { ...amd('AMD EPYC', 25, 17), sockets: 1, threads: 4, hypervisor: 'kvm' };
  const power = (fields?: object): readonly number[] => {
    const curve = curveFor(options(fields), guest);
    if (!curve.found) throw new Error(curve.reason);
    return curve.value.points.map(({ power }) => power);
  };
  expect(power()).toEqual([4 * 0.276, 4 * 1.534]);
  expect(power({ guest_threads: 2 })).toEqual([2 * 0.276, 2 * 1.534]);
});

test('points of the operator are taken as they are, sorted by load', () => {
  const curve = curveFor(
    options({
      curve: [
        { load: 1, watts: 360 },
        { load: 0, watts: 100 },
        { load: 0.4, watts: 250 },
      ],
      error_band: 0.05,
    }),
    { hostName: 'h' },
  );
  if (!curve.found) throw new Error(curve.reason);
  expect(curve.value.points.map(({ power }) => power)).toEqual([100, 250, 360]);
  expect(curve.value.errorBand).toBe(0.05);
});

test.each([
  [{ curve: [{ load: 0, watts: 100 }] }],
  [
    {
      curve: [
        { load: 0.1, watts: 100 },
        { load: 1, watts: 300 },
      ],
    },
  ],
  [
    {
      curve: [
        { load: 0, watts: 1 },
        { load: 0, watts: 2 },
        { load: 1, watts: 3 },
      ],
    },
  ],
  [{ curve: 'No such family' }],
])('a curve that cannot be used is refused: %j', (fields) => {
  expect(curveFor(options(fields), { ...intel(106), sockets: 1 })).toMatchObject({
    found: false,
    fix: expect.stringContaining('sources.model.curve'),
  });
});

test('the meter is offered without readings, estimated, for the whole platform, with its idle point as floor', async () => {
  const host = createFakeHost();
  const opened = await modelSource(options(), { ...intel(106), sockets: 1 }).open(host.paths, fakeClock());
  host.dispose();
  if (!opened.found) throw new Error(opened.reason);
  const draft = { meters: [], readings: [] };
  opened.value.read(draft);
  expect(draft).toMatchObject({
    readings: [],
    meters: [
      {
        id: 'model',
        domain: 'platform',
        quality: 'estimated',
        reads: { as: 'curve' },
        floor: { power: 66.5 },
      },
    ],
  });
  expect(opened.value.detail).toContain('30 % assumed');
});

test('a processor that no family fits is estimated from its TDP, as packages alone', async () => {
  const unknown: Inventory = { hostName: 'h', cpuVendor: 'Elbrus', cpuModel: 'e2k', sockets: 2, threads: 16 };
  const host = createFakeHost();
  const open = async (fields: object) => modelSource(options(fields), unknown).open(host.paths, fakeClock());
  const without = await open({});
  expect(without.found).toBe(false);
  expect(!without.found && without.fix).toContain('tdp_watts');
  const source = await open({ tdp_watts: 205 });
  if (!source.found) throw new Error(source.reason);
  const draft: SampleDraft = { meters: [], readings: [] };
  source.value.read(draft);
  const [meter] = draft.meters;
  // Packages are not the whole host: the total is marked incomplete.
  expect(meter).toMatchObject({ domain: 'package', quality: 'estimated' });
  if (meter?.reads.as !== 'curve') throw new Error('not a curve');
  // Carbon reference, section 13: 205 W at 30 % load are 109.675 W.
  expect(powerAt(meter.reads.curve, ratio(0.3))).toBeCloseTo(2 * 109.675, 9);
  expect(meter.reads.curve.errorBand).toBe(0.4);
});
