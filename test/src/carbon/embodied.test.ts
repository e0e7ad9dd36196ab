import { describe, expect, it } from 'vitest';
import { amortised, inService } from '../../../src/carbon/amortise.ts';
import { gpuFigure, hostFigure } from '../../../src/carbon/embodied.ts';
import { type EmbodiedInput, embodiedStep, LONGEST_GAP } from '../../../src/carbon/embodied-step.ts';
import { isProduct } from '../../../src/carbon/product.ts';
import { sciOf } from '../../../src/carbon/sci.ts';
import { UNKNOWN_GPU } from '../../../src/model/embodied.ts';
import type { Inventory } from '../../../src/model/host.ts';
import {
  bytes,
  emissionsOf,
  fromKilograms,
  fromKilowattHours,
  fromYears,
  grams,
  gramsPerKWh,
  kilowattHours,
  seconds,
} from '../../../src/units.ts';
import { policyFor, shippedTables } from '../../fixtures/embodied.ts';

const HOUR = seconds(3600);
const perHour = (kg: number, years: number): number => amortised(fromKilograms(kg), fromYears(years), HOUR);

describe('numbers of the carbon reference', () => {
  it('a life of 5 years is 43,800 hours', () => expect(fromYears(5) / 3600).toBe(43_800));
  it('1,300 kg over 4, 5 and 6 years', () => {
    expect(perHour(1300, 4)).toBeCloseTo(37.1, 2);
    expect(perHour(1300, 5)).toBeCloseTo(29.68, 2);
    expect(perHour(1300, 6)).toBeCloseTo(24.73, 2);
  });
  it('M of an H100, and of the example of the specification', () => {
    expect(perHour(164, 5)).toBeCloseTo(3.744, 3);
    expect(perHour(1000, 4)).toBeCloseTo(28.54, 2);
  });
  it('SCI of 0.109675 kWh at 441.9 g/kWh beside 3.744 g', () => {
    const energy = fromKilowattHours(kilowattHours(0.109675));
    const operational = emissionsOf(energy, gramsPerKWh(441.9));
    const embodied = amortised(fromKilograms(164), fromYears(5), HOUR);
    expect(sciOf({ operational, embodied, done: 1 })).toBeCloseTo(52.21, 3);
    expect(sciOf({ operational, embodied, done: 1000 })).toBeCloseTo(0.05221, 6);
  });
  it.each([0, -1, Number.NaN])('no score of %d pieces of work', (done) =>
    expect(sciOf({ operational: grams(1), embodied: grams(1), done })).toBeUndefined(),
  );
});

describe('the product that firmware states', () => {
  it.each([
    ['Dell Inc. PowerEdge R740', 'Dell', 'PowerEdge R740', true],
    ['Dell Inc. PowerEdge R740xd', 'Dell', 'PowerEdge R740', false],
    ['Dell Inc. PowerEdge R740xd', 'Dell', 'PowerEdge R740XD', true],
    ['HPE ProLiant DL380 Gen10', 'HPE', 'ProLiant DL380 Gen10', true],
    ['HPE ProLiant DL380 Gen10 Plus', 'HPE', 'ProLiant DL380 Gen10', false],
    ['HP ProLiant DL380 Gen10', 'HPE', 'ProLiant DL380 Gen10', true],
    ['Dell Inc. PowerEdge M640 (VRTX)', 'Dell', 'PowerEdge M640', true],
    ['Supermicro PowerEdge R740', 'Dell', 'PowerEdge R740', false],
  ])('%s is a %s %s: %s', (product, vendor, model, same) =>
    expect(isProduct(product, vendor, model)).toBe(same),
  );
});

const GB = 2 ** 30;
const host = (more: Partial<Inventory>): Inventory => ({ hostName: 'x', ...more });
const R740 = host({
  product: 'Dell Inc. PowerEdge R740',
  sockets: 2,
  memory: bytes(32 * GB),
  disks: { rotating: 3, solid: 0 },
});

describe('the figure of a host', () => {
  it('is its operator’s own before all others', async () => {
    const own = { kg: 1700, source: 'letter of the maker', boundary: 'cradle-to-gate' } as const;
    expect(hostFigure(own, R740, await shippedTables())).toMatchObject({
      value: {
        method: 'own',
        quality: 'stated',
        grams: 1_700_000,
        source: 'letter of the maker',
        licence: 'own',
      },
    });
  });

  it('is the manufacturer’s for its own configuration', async () => {
    const figure = hostFigure(undefined, R740, await shippedTables());
    expect(figure).toMatchObject({ value: { method: 'manufacturer', quality: 'published' } });
    if (figure.found) expect(figure.value.grams).toBeCloseTo(1_313_300, 6);
  });

  it('is the manufacturer’s with what the host has beyond the sheet, and then an estimate', async () => {
    const larger = { ...R740, memory: bytes(512 * GB), disks: { rotating: 0, solid: 8 } };
    const figure = hostFigure(undefined, larger, await shippedTables());
    expect(figure).toMatchObject({
      value: {
        method: 'manufacturer',
        quality: 'estimated',
        detail: "the sheet's configuration and 480 GB of memory, 8 SSDs by component constants",
      },
    });
    // What it has less of, its three rotating disks, is not taken off.
    if (figure.found) expect(figure.value.grams / 1000).toBeCloseTo(1313.3 + 480 * 1.388 + 8 * 100, 6);
  });

  it('is a sum of components for a model without a sheet', async () => {
    const other = { ...R740, product: 'Supermicro SYS-1029', disks: { rotating: 2, solid: 1 } };
    const figure = hostFigure(undefined, other, await shippedTables());
    expect(figure).toMatchObject({
      value: { method: 'components', quality: 'estimated', boundary: 'manufacturing' },
    });
    if (figure.found) expect(figure.value.grams / 1000).toBeCloseTo(1000 + 100 + 16 * 1.388 + 100 + 100, 6);
  });

  it('is a placeholder, and says so, where nothing is known of the host', async () => {
    expect(hostFigure(undefined, host({}), await shippedTables())).toMatchObject({
      value: { method: 'default', quality: 'placeholder', grams: 1_000_000, item: 'this host' },
    });
  });

  it('of a guest does not exist unless its share is stated', async () => {
    const guest = { ...R740, hypervisor: 'kvm' };
    const figure = hostFigure(undefined, guest, await shippedTables());
    expect(figure).toMatchObject({ found: false, fix: expect.stringContaining('embodied.host') });
    expect(hostFigure({ kg: 80, source: 's' }, guest, await shippedTables())).toMatchObject({
      value: { grams: 80_000, boundary: 'unstated' },
    });
  });
});

describe('the figure of a GPU', () => {
  it('is own, published, or the placeholder for all others', async () => {
    const policy = await policyFor({}, { gpus: { 'NVIDIA L4': { kg: 60, source: 'maker' } } });
    expect(gpuFigure(policy, 'NVIDIA L4')).toMatchObject({ method: 'own', quality: 'stated', grams: 60_000 });
    expect(gpuFigure(policy, 'NVIDIA H100 80GB HBM3')).toMatchObject({
      method: 'manufacturer',
      quality: 'published',
      boundary: 'cradle-to-gate',
      grams: 164_000,
    });
    for (const model of ['NVIDIA H100 PCIe', 'AMD Instinct MI210', ''])
      expect(gpuFigure(policy, model)).toMatchObject({
        method: 'default',
        quality: 'placeholder',
        grams: 150_000,
      });
  });
});

const at = (uptime: number, more: Partial<EmbodiedInput> = {}): EmbodiedInput => ({
  bootId: 'a',
  at: seconds(uptime),
  uptime: seconds(uptime),
  wall: Date.UTC(2026, 0, 1) + uptime * 1000,
  gpus: new Map([['gpu-0', 'NVIDIA H100 80GB HBM3']]),
  reserved: { processors: [], ofProcessors: 8, gpus: [] },
  ...more,
});

describe('a tick', () => {
  it('books host and GPUs of the time since the last one, and nothing at the first', async () => {
    const policy = await policyFor({}, { host: { kg: 1300, source: 's' } });
    const first = embodiedStep(undefined, at(100), policy);
    expect(first.booked).toEqual({ host: 0, gpu: 0 });
    const second = embodiedStep(first.state, at(3700), policy);
    expect(second.booked.host).toBeCloseTo(29.68, 2);
    expect(second.booked.gpu).toBeCloseTo(3.744, 3);
  });

  it('counts time asleep and time in which the agent was down, over a reboot by the clock of the wall', async () => {
    const policy = await policyFor({});
    const { state } = embodiedStep(undefined, at(100), policy);
    expect(embodiedStep(state, at(200, { uptime: seconds(3700) }), policy).elapsed).toBe(3600);
    const reboot = { bootId: 'b', wall: Date.UTC(2026, 0, 1) + 7300 * 1000 };
    const after = embodiedStep(state, at(5, { ...reboot, gpus: new Map() }), policy);
    expect(after.elapsed).toBe(7200);
    // The boards were there while it was down, and are looked for anew.
    expect(after.booked.gpu).toBeCloseTo(2 * 3.744, 2);
    expect(after.items.map(({ part }) => part)).toEqual(['host']);
  });

  it('is not fooled by a clock of the wall that jumped over a reboot', async () => {
    const policy = await policyFor({});
    const { state } = embodiedStep(undefined, at(100, { wall: 0 }), policy);
    expect(embodiedStep(state, at(5, { bootId: 'b' }), policy).elapsed).toBe(LONGEST_GAP);
    const { state: later } = embodiedStep(undefined, at(100), policy);
    expect(embodiedStep(later, at(5, { bootId: 'b', wall: 0 }), policy).elapsed).toBe(0);
  });

  it('keeps counting a board that its driver lost', async () => {
    const policy = await policyFor({});
    const { state } = embodiedStep(undefined, at(0), policy);
    const lost = embodiedStep(state, at(3600, { gpus: new Map() }), policy);
    expect(lost.booked.gpu).toBeCloseTo(3.744, 3);
    expect(embodiedStep(lost.state, at(7200, { gpus: new Map() }), policy).booked.gpu).toBeCloseTo(3.744, 3);
  });

  it('does not count a board twice whose meter was there before its driver, nor when that driver is lost', async () => {
    const policy = await policyFor({});
    const metered = new Map([['accel0', UNKNOWN_GPU]]);
    const { state } = embodiedStep(undefined, at(0, { gpus: metered }), policy);
    const described = embodiedStep(state, at(5), policy);
    const lost = embodiedStep(described.state, at(10, { gpus: metered }), policy);
    for (const step of [described, lost])
      expect(step.items.filter(({ part }) => part === 'gpu')).toMatchObject([
        { item: 'NVIDIA H100 80GB HBM3', count: 1 },
      ]);
  });

  it('does not count GPUs twice where the figure of the host includes them', async () => {
    const policy = await policyFor({}, { host: { kg: 3000, source: 's', includes_gpus: true } });
    const { state } = embodiedStep(undefined, at(0), policy);
    const step = embodiedStep(state, at(3600), policy);
    expect(Object.keys(step.booked)).toEqual(['host']);
    expect(step.items.map(({ part }) => part)).toEqual(['host']);
  });

  it('books nothing before the purchase and after the end of the lifetime', async () => {
    const start = Date.UTC(2026, 0, 1);
    const tick = async (purchased: number) => {
      const policy = await policyFor({}, { purchased, lifetime_years: 5 });
      const { state } = embodiedStep(undefined, at(0), policy);
      return embodiedStep(state, at(3600), policy);
    };
    const life = fromYears(5) * 1000;
    expect(await tick(start + 7_200_000)).toMatchObject({ isInService: false, booked: { host: 0, gpu: 0 } });
    expect(await tick(start - life)).toMatchObject({ isInService: false, booked: { host: 0, gpu: 0 } });
    const half = await tick(start - life + 1_800_000);
    expect(half.booked.gpu).toBeCloseTo(3.744 / 2, 3);
    expect(half.isInService).toBe(false);
    expect((await tick(start)).booked.gpu).toBeCloseTo(3.744, 3);
  });

  it('a stretch lies in the life as far as it overlaps it', () => {
    expect(inService(seconds(10), 5_000, 0, seconds(100))).toBe(5);
    expect(inService(seconds(10), 105_000, 0, seconds(100))).toBe(5);
    expect(inService(seconds(10), 205_000, 0, seconds(100))).toBe(0);
    expect(inService(seconds(10), 5_000, undefined, seconds(100))).toBe(10);
  });
});
