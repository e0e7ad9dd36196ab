import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gramsPerHour } from '../../../src/exporters/emission-rate.ts';
import type { HostJson, WorkloadJson } from '../../../src/exporters/host-json.ts';
import { type HostUse, hostUse, type RowUse } from '../../../src/exporters/host-use.ts';
import { hostJson } from '../../../src/exporters/json.ts';
import { groupRows, NO_NAMESPACE } from '../../../src/exporters/row-groups.ts';
import { joules, watts } from '../../../src/units.ts';
import { drivenHost, NO_CARBON } from '../../fixtures/samples.ts';

const summed = (values: readonly (number | undefined)[]): number =>
  values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
const wattsOf = (rows: readonly Pick<RowUse, 'dynamicWatts' | 'staticShareWatts'>[]): number =>
  summed(rows.flatMap(({ dynamicWatts, staticShareWatts }) => [dynamicWatts, staticShareWatts]));
const partsOf = ({ host }: HostJson): number => summed(host.powerByResource.map((one) => one.powerWatts));
const rowOf = ({ rows }: HostUse, name: string): RowUse | undefined => rows.find((row) => row.name === name);

/** 100 W and 80 W of packages in 250 W at the supply; nginx uses 4 and a container 5 of 10 busy processor seconds. */
const running = (options: Parameters<typeof drivenHost>[0] = {}) => {
  const driven = drivenHost(options);
  driven.step();
  driven.step();
  return { driven, next: () => hostJson(driven.step(), 'booked') };
};

describe('the use of a host between two snapshots', () => {
  it("has rows whose watts sum to the components' watts and the rest, which are the host's", () => {
    const { next } = running();
    const [before, now] = [next(), next()];
    const use = hostUse(before, now);
    expect(now.host.powerByResource).toEqual([
      { resource: 'cpu', powerWatts: 180 },
      { resource: 'other', powerWatts: 70 },
    ]);
    expect(summed(now.components.map(({ powerWatts }) => powerWatts)) + 70).toBe(250);
    expect(wattsOf(use.rows)).toBeCloseTo(250, 9);
    expect(use.watts).toBeCloseTo(250, 9);
    expect(summed(use.rows.map(({ share }) => share))).toBeCloseTo(1, 9);
    expect(use.seconds).toBe(5);
  });

  it('has rows whose parts by resource sum to the row, and over the rows to the resource', () => {
    const { next } = running();
    const [before, now] = [next(), next()];
    const { rows } = hostUse(before, now);
    for (const row of rows)
      expect(summed((row.powerByResource ?? []).map(({ powerWatts }) => powerWatts))).toBeCloseTo(
        wattsOf([row]),
        9,
      );
    for (const { resource, powerWatts } of now.host.powerByResource) {
      const own = rows.flatMap((row) => row.powerByResource ?? []).filter((one) => one.resource === resource);
      expect(own.length).toBeGreaterThan(0);
      expect(summed(own.map((one) => one.powerWatts))).toBeCloseTo(powerWatts, 9);
    }
  });

  it('tells the emissions of an hour as the ledger would count them, and none without a factor', () => {
    const { driven, next } = running();
    const now = next();
    // 250 W for an hour at 400 g/kWh and a PUE of 1.25.
    expect(gramsPerHour(now, watts(250))).toBeCloseTo(125, 9);
    expect(gramsPerHour(hostJson(driven.step(undefined, NO_CARBON)), watts(250))).toBeUndefined();
  });

  it('gives processors as they were used, and energy by them', () => {
    const { next } = running();
    const use = hostUse(next(), next());
    expect(rowOf(use, 'nginx.service')?.processors).toBeCloseTo(4 / 5, 9);
    const container = use.rows.find(({ kind }) => kind === 'container');
    expect(container?.processors).toBeCloseTo(5 / 5, 9);
    expect((container?.dynamicWatts ?? 0) / (rowOf(use, 'nginx.service')?.dynamicWatts ?? 1)).toBeCloseTo(
      5 / 4,
      9,
    );
    expect(rowOf(use, 'idle')).not.toHaveProperty('dynamicWatts');
    expect(use.staticWatts).toBe(rowOf(use, 'idle')?.staticShareWatts);
  });

  it('has no figures with one snapshot alone: not known is not 0', () => {
    const { next } = running();
    const use = hostUse(undefined, next());
    expect(use.rows.length).toBeGreaterThan(3);
    expect(use).not.toHaveProperty('watts');
    for (const row of use.rows)
      for (const key of ['dynamicWatts', 'staticShareWatts', 'powerByResource', 'share', 'processors'])
        expect(row).not.toHaveProperty(key);
  });

  it('shows a row that is born in between with its own power, though its series is still held at 0', () => {
    const { driven, next } = running();
    driven.host.addGroup('9', '/system.slice/late.service', '2', true);
    next();
    const use = { busy: 10, groups: { 3: 4, 9: 5 } };
    const before = hostJson(driven.step(use), 'booked');
    const snapshot = driven.step(use);
    const held = hostJson(snapshot).workloads.find(({ name }) => name === 'late.service');
    expect(held?.energyJoules).toBe(0);
    const now = hostUse(before, hostJson(snapshot, 'booked'));
    expect(rowOf(now, 'late.service')?.processors).toBeCloseTo(1, 9);
    expect(rowOf(now, 'late.service')?.dynamicWatts).toBeGreaterThan(0);
    expect(wattsOf(now.rows)).toBeCloseTo(250, 9);
  });

  it('keeps the shares of a meter that has not reported since, of rows that are still there', () => {
    const { next } = running();
    const [a, b, c] = [next(), next(), next()];
    const earlier = hostUse(a, b);
    // The meter of the processors says nothing in this interval: what it last said stands.
    const silent: HostJson = {
      ...c,
      workloads: c.workloads
        .filter(({ name }) => name !== 'nginx.service')
        .map((row) => ({
          ...row,
          energy: row.energy.map((one) =>
            one.resource === 'cpu' ? (energyOf(b, row, one.part) ?? one) : one,
          ),
        })),
    };
    expect(wattsOf(hostUse(b, silent).rows)).toBeCloseTo(70, 9);
    const use = hostUse(b, silent, earlier);
    expect(wattsOf(use.rows)).toBeCloseTo(250, 9);
    expect(rowOf(use, 'nginx.service')).toBeUndefined();
  });

  it('conserves the watts of the parts whatever the counters of the rows did', () => {
    const { next } = running();
    const base = next();
    const row = base.workloads[0] as WorkloadJson;
    const energies = fc.array(
      fc.tuple(fc.double({ min: 0, max: 1e9, noNaN: true }), fc.double({ min: 0, max: 1e9, noNaN: true })),
      { minLength: 1, maxLength: 20 },
    );
    const host = (values: readonly (readonly [number, number])[], scale: number): HostJson => ({
      ...base,
      host: { ...base.host, powerByResource: [{ resource: 'gpu', powerWatts: watts(700) }] },
      workloads: values.map(([dynamic, fixed], i) => ({
        ...row,
        workload: `w${i}`,
        energy: [
          { resource: 'gpu', part: 'dynamic', joules: joules(dynamic * scale) },
          { resource: 'gpu', part: 'static_share', joules: joules(fixed * scale) },
        ],
      })),
    });
    fc.assert(
      fc.property(energies, energies, (before, now) => {
        const later = host(now, 3);
        const use = hostUse(host(before, 1), later);
        if (use.watts === undefined) return;
        expect(wattsOf(use.rows)).toBeCloseTo(partsOf(later), 6);
        for (const by of ['class', 'namespace'] as const)
          expect(wattsOf(groupRows(use.rows, by))).toBeCloseTo(partsOf(later), 6);
      }),
    );
  });

  it('names the whole of a host that a load curve estimates', () => {
    const { next } = running({ modelled: true });
    const [before, now] = [next(), next()];
    expect(now.host.powerByResource).toEqual([{ resource: 'other', powerWatts: now.host.powerWatts }]);
    expect(wattsOf(hostUse(before, now).rows)).toBeCloseTo(now.host.powerWatts ?? 0, 9);
  });
});

const energyOf = (host: HostJson, row: WorkloadJson, part: string) =>
  host.workloads
    .find(({ workload, kind }) => workload === row.workload && kind === row.kind)
    ?.energy.find((one) => one.resource === 'cpu' && one.part === part);

describe('rows that are summed by a label', () => {
  it('keep every figure, and those without a namespace stand together', () => {
    const { next } = running();
    const { rows } = hostUse(next(), next());
    const named = rows.map((row) =>
      row.kind === 'container' ? { ...row, labels: { ...row.labels, k8s_namespace_name: 'shop' } } : row,
    );
    const groups = groupRows(named, 'namespace');
    expect(groups.map(({ name }) => name).sort()).toEqual([NO_NAMESPACE, 'shop']);
    expect(groups.find(({ name }) => name === 'shop')?.processors).toBeCloseTo(1, 9);
    expect(wattsOf(groups)).toBeCloseTo(250, 9);
    expect(groups.find(({ name }) => name === 'shop')).not.toHaveProperty('gpus');
  });
});
