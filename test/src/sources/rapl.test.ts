import { afterEach, expect, test } from 'vitest';
import type { OpenSource, SampleDraft } from '../../../src/model/source.ts';
import { SourceError } from '../../../src/model/source-error.ts';
import { raplSource } from '../../../src/sources/rapl.ts';
import { createFakeHost, type FakeHost, fakeClock } from '../../fixtures/fake-host.ts';
import { laptopRapl, psys, twoSocketDram, vmWithoutMeter } from '../../fixtures/hosts.ts';
import { asNobody, canDropPrivileges } from '../../fixtures/privileges.ts';

const hosts: FakeHost[] = [];
const opened: OpenSource[] = [];
const use = (host: FakeHost): FakeHost => {
  hosts.push(host);
  return host;
};
const open = async (host: FakeHost, clock = fakeClock()): Promise<OpenSource> => {
  const result = await raplSource().open(host.paths, clock);
  if (!result.found) throw new Error(result.reason);
  opened.push(result.value);
  return result.value;
};
const read = (source: OpenSource): SampleDraft => {
  const draft: SampleDraft = { meters: [], readings: [] };
  source.read(draft);
  return draft;
};
const failure = (source: OpenSource, draft: SampleDraft): SourceError => {
  try {
    source.read(draft);
  } catch (error) {
    if (error instanceof SourceError) return error;
    throw error;
  }
  throw new Error('the read did not fail');
};
const shape = (draft: SampleDraft) =>
  draft.meters.map(({ id, domain, socket, within }) => ({ id, domain, socket, within }));

afterEach(() => {
  for (const source of opened.splice(0)) source.close();
  for (const host of hosts.splice(0)) host.dispose();
});

test('a laptop shows its package once, with core and uncore inside it, and names the MMIO duplicate', async () => {
  const source = await open(use(laptopRapl()));
  const draft = read(source);
  expect(shape(draft)).toEqual([
    { id: 'package-0', domain: 'package', socket: 0, within: undefined },
    { id: 'core-0', domain: 'core', socket: 0, within: 'package-0' },
    { id: 'uncore-0', domain: 'uncore', socket: 0, within: 'package-0' },
  ]);
  expect(source.detail).toContain('intel-rapl-mmio:0 repeats package-0 of intel-rapl:0');
  expect(draft.meters[0]?.reads).toEqual({ as: 'energy', range: 262_143.32885 });
  expect(draft.readings[0]).toMatchObject({ meter: 'package-0', at: 1000, microjoules: 240_000_000_000n });
});

test('DRAM stands beside its package, and a core register that stays 0 is absent, not 0 W', async () => {
  const source = await open(use(twoSocketDram()));
  const draft = read(source);
  expect(shape(draft)).toEqual([
    { id: 'package-0', domain: 'package', socket: 0, within: undefined },
    { id: 'dram-0', domain: 'dram', socket: 0, within: undefined },
    { id: 'package-1', domain: 'package', socket: 1, within: undefined },
    { id: 'dram-1', domain: 'dram', socket: 1, within: undefined },
  ]);
  expect(draft.meters.map(({ ceiling }) => ceiling)).toEqual([1000, 300, 1000, 300]);
  expect(source.detail).toContain('core-0, core-1: stays 0, not implemented');
});

test('psys is a domain of its own', async () => {
  const draft = read(await open(use(psys())));
  expect(draft.meters.find(({ id }) => id === 'psys')).toMatchObject({ domain: 'psys', ceiling: 20_000 });
});

test('the socket comes from the name: hexadecimal directories and two-digit packages', async () => {
  const host = use(createFakeHost());
  host.zone('intel-rapl:a', { name: 'package-10', energy: 5n });
  host.zone('intel-rapl:a:0', { name: 'dram', energy: 5n });
  host.zone('intel-rapl:f', { name: 'package-15', energy: 5n });
  expect(shape(read(await open(host)))).toEqual([
    { id: 'package-10', domain: 'package', socket: 10, within: undefined },
    { id: 'dram-10', domain: 'dram', socket: 10, within: undefined },
    { id: 'package-15', domain: 'package', socket: 15, within: undefined },
  ]);
});

test('the dies of one package are meters of their own', async () => {
  const host = use(createFakeHost());
  host.zone('intel-rapl:0', { name: 'package-0-die-0', energy: 5n });
  host.zone('intel-rapl:1', { name: 'package-0-die-1', energy: 5n });
  host.zone('intel-rapl:1:0', { name: 'dram', energy: 5n });
  expect(shape(read(await open(host))).map(({ id, socket }) => [id, socket])).toEqual([
    ['package-0-die-0', 0],
    ['package-0-die-1', 0],
    ['dram-0-die-1', 0],
  ]);
});

test('an MMIO package without a twin is kept', async () => {
  const host = use(createFakeHost());
  host.zone('intel-rapl-mmio:0', { name: 'package-0', energy: 5n });
  expect(shape(read(await open(host))).map(({ id }) => id)).toEqual(['package-0']);
});

test('a zone of an unknown name is kept for diagnosis and never summed', async () => {
  const host = use(laptopRapl());
  host.zone('intel-rapl:0:2', { name: 'hbm', energy: 5n, range: null });
  const source = await open(host);
  const meter = read(source).meters.find(({ domain }) => domain === 'unknown');
  expect(meter).toMatchObject({ id: 'hbm@intel-rapl:0:2', reads: { as: 'energy' } });
  expect(meter?.reads).not.toHaveProperty('range');
  expect(source.detail).toContain('unknown name hbm');
});

test('zones nested below their parent only, as some containers mount them, are found', async () => {
  const host = use(laptopRapl());
  host.remove('sys/class/powercap/intel-rapl:0:0');
  host.remove('sys/class/powercap/intel-rapl:0:1');
  expect(read(await open(host)).meters.map(({ id }) => id)).toContain('core-0');
});

test('a floor is taken from a plausible thermal design power, never from an absurd limit', async () => {
  const host = use(laptopRapl());
  const floor = async () => read(await open(host)).meters[0]?.floor;
  expect((await floor())?.power).toBeCloseTo(0.12 * 15);
  expect((await floor())?.origin).toContain('tdp-curve');
  host.write('sys/class/powercap/intel-rapl:0/constraint_0_max_power_uw', '0');
  expect(await floor()).toBeUndefined();
  host.write('sys/class/powercap/intel-rapl:0/constraint_0_power_limit_uw', '28000000');
  expect((await floor())?.power).toBeCloseTo(0.12 * 28);
});

test('a counter beyond 2^53 microjoules is read exactly', async () => {
  const host = use(laptopRapl());
  host.energy('intel-rapl:0', 9_223_372_036_854_775_794n);
  expect(read(await open(host)).readings[0]).toMatchObject({ microjoules: 9_223_372_036_854_775_794n });
});

test('one zone with garbage does not silence the others and is named with its path', async () => {
  const host = use(twoSocketDram());
  const source = await open(host);
  read(source);
  host.energy('intel-rapl:1', 'oops');
  const draft: SampleDraft = { meters: [], readings: [] };
  const error = failure(source, draft);
  expect(error).toMatchObject({ kind: 'retry' });
  expect(error.message).toMatch(/intel-rapl:1\/energy_uj.*oops/);
  expect(error.fix).not.toBe('');
  expect(draft.readings.map(({ meter }) => meter)).toEqual(['package-0', 'dram-0', 'dram-1']);
  host.energy('intel-rapl:1', 106_000_000_000n);
  expect(read(source).readings).toHaveLength(4);
});

test('counters that all read 0, as in some guests, are a failure and not 0 W', async () => {
  const host = use(createFakeHost());
  host.zone('intel-rapl:0', { name: 'package-0', energy: 0n });
  const draft: SampleDraft = { meters: [], readings: [] };
  expect(failure(await open(host), draft).message).toContain('read 0');
  expect(draft).toEqual({ meters: [], readings: [] });
});

test('a package that disappears is looked for anew within a minute', async () => {
  const host = use(twoSocketDram());
  const clock = fakeClock();
  const source = await open(host, clock);
  read(source);
  host.unplug('intel-rapl:1');
  clock.advance(61);
  const draft: SampleDraft = { meters: [], readings: [] };
  expect(failure(source, draft).kind).toBe('gone');
  expect(draft.readings.length).toBeGreaterThan(0);
});

test('a host without powercap says so and what to do', async () => {
  const result = await raplSource().open(use(vmWithoutMeter()).paths, fakeClock());
  expect(result).toMatchObject({
    found: false,
    reason: expect.stringContaining('powercap'),
    fix: expect.stringContaining('modprobe'),
  });
  expect(result).not.toHaveProperty('state');
});

test.skipIf(!canDropPrivileges)(
  'counters that only root may read are reported unreadable with the exact grant',
  async () => {
    const host = use(twoSocketDram());
    host.protect('intel-rapl');
    const result = await asNobody(() => raplSource().open(host.paths, fakeClock()));
    expect(result).toMatchObject({
      found: false,
      state: 'unreadable',
      fix: expect.stringContaining('AmbientCapabilities=CAP_DAC_READ_SEARCH'),
    });
    if (!result.found) expect(result.fix).toContain('z /sys/class/powercap/*/energy_uj 0440 root negawatt');
  },
);

test.skipIf(!canDropPrivileges)(
  'one protected zone is told with its remedy, leaves the others readable, and heals without a restart',
  async () => {
    const host = use(twoSocketDram());
    host.protect('intel-rapl:1');
    await asNobody(async () => {
      const source = await open(host);
      const draft: SampleDraft = { meters: [], readings: [] };
      expect(() => source.read(draft)).toThrow(
        expect.objectContaining({ kind: 'retry', fix: expect.stringContaining('CAP_DAC_READ_SEARCH') }),
      );
      // Described, so that package-0 does not pass for the whole host; without a reading, so that it shows no joule.
      expect(draft.meters.map(({ id }) => id)).toContain('package-1');
      expect(draft.readings.map(({ meter }) => meter)).not.toContain('package-1');
      expect(draft.readings.map(({ meter }) => meter)).toContain('package-0');
      expect(source.detail).toContain('package-1, dram-1, core-1: energy_uj may not be read');
    });
    expect(read(opened[0]!).readings.map(({ meter }) => meter)).toContain('package-1');
  },
);
