import { describe, expect, it } from 'vitest';
import { hostJson } from '../../../src/exporters/json.ts';
import type { Labels, MetricName } from '../../../src/metrics.ts';
import type { Snapshot } from '../../../src/snapshot.ts';
import { bytes, ratio } from '../../../src/units.ts';
import { board, reading } from '../../fixtures/gpu-source.ts';
import { carbon, drivenHost, factor, NO_CARBON, SOURCES } from '../../fixtures/samples.ts';

const value = (snapshot: Snapshot, metric: MetricName, where: Labels = {}): number =>
  snapshot.points
    .filter((point) => point.metric === metric)
    .filter(({ labels }) => Object.entries(where).every(([label, text]) => labels[label] === text))
    .reduce((total, point) => total + point.value, 0);

describe('a host as JSON', () => {
  const snapshot = drivenHost().settle();
  const host = hostJson(snapshot);

  it('survives JSON unchanged: no NaN, no undefined, no Map', () => {
    expect(JSON.parse(JSON.stringify(host))).toEqual(host);
  });

  it('shows the host figures of the same tick as the metrics do, in joules and kWh', () => {
    const joules = value(snapshot, 'hw_host_energy_joules_total');
    expect(joules).toBeGreaterThan(30_000);
    expect(host.host).toMatchObject({
      name: 'node-17',
      labels: { pool: 'batch' },
      powerWatts: value(snapshot, 'hw_host_power_watts'),
      energyJoules: joules,
      energyKwh: joules / 3.6e6,
      staticJoules: value(snapshot, 'negawatt_host_static_energy_joules_total'),
      dynamicJoules: value(snapshot, 'negawatt_host_dynamic_energy_joules_total'),
      source: 'platform',
      quality: 'derived',
      complete: true,
      watchedSeconds: value(snapshot, 'negawatt_host_powered_on_seconds_total'),
      unmeteredSeconds: 0,
    });
    expect(host.host).not.toHaveProperty('errorBand');
    expect(host.tick).toBe(snapshot.number);
    expect(host.time).toBe(new Date(snapshot.view.sample.wall).toISOString());
    expect(host.settling).toBe(false);
    expect(host).not.toHaveProperty('example');
  });

  it('lists the disjoint components', () => {
    expect(host.components.map(({ id }) => id)).toEqual(['package-0', 'package-1']);
    expect(host.components[1]).toMatchObject({
      type: 'cpu',
      source: 'rapl',
      quality: 'measured',
      powerWatts: 80,
      energyJoules: value(snapshot, 'hw_energy_joules_total', { hw_id: 'package-1' }),
    });
  });

  it('has every workload row once, and their energy adds up to that of the metrics', () => {
    const ids = host.workloads.map(({ workload, kind, class: group }) => `${workload} ${kind} ${group}`);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThanOrEqual(4);
    const sum = host.workloads.reduce((total, { energyJoules }) => total + energyJoules, 0);
    expect(sum).toBeCloseTo(value(snapshot, 'negawatt_workload_energy_joules_total'), 6);
    const shares = host.workloads.reduce((total, { dynamicShare }) => total + (dynamicShare ?? 0), 0);
    expect(shares).toBeCloseTo(1, 9);
    const unit = host.workloads.find(({ name }) => name === 'nginx.service');
    const where = { workload: unit?.workload ?? '' };
    expect(unit).toMatchObject({
      kind: 'unit',
      ended: false,
      dynamicJoules: value(snapshot, 'negawatt_workload_energy_joules_total', { ...where, part: 'dynamic' }),
      cpuSeconds: value(snapshot, 'negawatt_workload_cpu_seconds_total', where),
      grams: value(snapshot, 'negawatt_workload_emissions_grams_total', where),
      labels: { systemd_unit: 'nginx.service' },
    });
    expect(unit?.grams).toBeGreaterThan(0);
  });

  it('sorts the workloads by dynamic energy', () => {
    const dynamic = host.workloads.map(({ dynamicJoules }) => dynamicJoules);
    expect(dynamic).toEqual([...dynamic].sort((a, b) => b - a));
    expect(dynamic[0]).toBeGreaterThan(0);
  });

  it('keeps location and market apart, each with its factor and its overhead shown', () => {
    const { location, market } = host.emissions;
    const grams = value(snapshot, 'negawatt_emissions_location_grams_total');
    expect(location).toMatchObject({
      available: true,
      grams,
      pue: 1.25,
      factor: {
        id: 'DE/direct/2023',
        gramsPerKwh: 400,
        basis: 'direct',
        gases: 'CO2e',
        year: 2023,
        zone: 'DE',
        status: 'earlier',
      },
    });
    expect(market).toMatchObject({ available: true, factor: { gramsPerKwh: 700, basis: 'residual' } });
    if (!location.available) throw new Error('no location-based emissions');
    expect(location.overheadGrams).toBeCloseTo(grams * 0.2, 9);
    // Energy x PUE x factor, of the joules that the same tick shows.
    expect(grams).toBeCloseTo((host.host.energyJoules / 3.6e6) * 1.25 * 400, 6);
  });

  it('lists sources with state, reason and fix', () => {
    expect(host.sources.map(({ name, state, why, fix }) => [name, state, why, fix])).toEqual(
      SOURCES.map(({ source, state, why, fix }) => [source, state, why, fix]),
    );
  });
});

describe('what is not known', () => {
  it('is said with reason and fix where no zone is set, and no workload has grams', () => {
    const host = hostJson(drivenHost().settle(undefined, NO_CARBON));
    expect(host.emissions.location).toMatchObject({ available: false, series: [] });
    expect(host.emissions.location).toHaveProperty('reason', expect.stringMatching(/zone/));
    expect(host.emissions.location).toHaveProperty('fix', expect.stringContaining('--grid.zone'));
    for (const workload of host.workloads) expect(workload).not.toHaveProperty('grams');
  });

  it('takes the reason of the factor that is missing', () => {
    const problems = [{ reason: 'only a lifecycle factor is held for XX', fix: 'put your own in a file' }];
    const host = hostJson(drivenHost().settle(undefined, { ...NO_CARBON, zone: 'XX', problems }));
    expect(host.emissions.market).toEqual({ available: false, ...problems[0], series: [] });
  });

  it('says of a new row that its counters are held back, so that nobody takes 0 for a figure', () => {
    const driven = drivenHost();
    driven.step();
    const early = driven.step();
    const rows = hostJson(early).workloads;
    expect(rows.some(({ settling, energyJoules }) => settling && energyJoules === 0)).toBe(true);
    expect(hostJson(early, 'booked').workloads.every(({ settling }) => !settling)).toBe(true);
    expect(hostJson(driven.settle()).workloads.every(({ settling }) => !settling)).toBe(true);
  });

  it('is left out, not 0: no power before the first span, no overhead without a PUE', () => {
    const first = hostJson(drivenHost().step());
    expect(first.host).not.toHaveProperty('powerWatts');
    const host = hostJson(drivenHost().settle(undefined, carbon({ pue: undefined })));
    expect(host.emissions.location).toMatchObject({ overheadGrams: 0 });
    expect(host.emissions.location).not.toHaveProperty('pue');
  });

  it('tells what the site pays and drinks where that was told, and nothing of it where not', () => {
    expect(hostJson(drivenHost().settle(undefined, carbon({ pue: undefined })))).not.toHaveProperty('site');
    const price = { currency: 'EUR', perKWh: 0.25 };
    const { site, host } = hostJson(drivenHost().settle(undefined, carbon({ price, wue: 2 })));
    expect(site).toMatchObject({ pue: 1.25, price: { currency: 'EUR', perKwh: 0.25 }, wueLitresPerKwh: 2 });
    expect(site?.cueKgPerKwh).toBeCloseTo(0.5, 12);
    expect(site?.cost?.[0]?.amount).toBeCloseTo(host.energyKwh * 1.25 * 0.25, 9);
    expect(site?.waterLitres).toBeCloseTo(host.energyKwh * 2, 9);
  });

  it('tells an estimate with its error band and where its curve is from', () => {
    const host = hostJson(drivenHost({ modelled: true }).settle());
    expect(host.host).toMatchObject({
      source: 'model',
      quality: 'estimated',
      errorBand: 0.3,
      curve: { name: 'test', citation: 'written in this test' },
    });
  });

  it('says that counters are still held at 0 after the start', () => {
    const driven = drivenHost();
    driven.step();
    const host = hostJson(driven.step());
    expect(host.settling).toBe(true);
    expect(host.host.energyJoules).toBe(0);
    expect(host.host.powerWatts).toBeGreaterThan(0);
  });
});

describe('an example zone', () => {
  it('is named at the very top', () => {
    const host = hostJson(drivenHost().settle(undefined, carbon({ example: true })));
    expect(Object.entries(host)[0]).toEqual(['example', 'EXAMPLE ZONE DE']);
  });

  it('is gone once the real zone is set', () => {
    const driven = drivenHost();
    driven.settle(undefined, carbon({ example: true }));
    expect(hostJson(driven.step(undefined, carbon()))).not.toHaveProperty('example');
  });
});

describe('a change of the factor', () => {
  it('starts another series, and the total goes on over both', () => {
    const driven = drivenHost();
    driven.settle();
    const later = factor('location', 300);
    const next = { ...later, id: 'DE/direct/2024', row: { ...later.row, year: 2024 } };
    const { location } = hostJson(driven.settle(undefined, carbon({ location: next }))).emissions;
    expect(location.series.map((one) => one.factor)).toEqual(['DE/direct/2023', 'DE/direct/2024']);
    const sum = location.series.reduce((total, { grams }) => total + grams, 0);
    expect(location).toMatchObject({ grams: sum, factor: { id: 'DE/direct/2024' } });
  });
});

describe('a workload that ended', () => {
  it('is marked while its row is still shown', () => {
    const driven = drivenHost();
    driven.settle();
    driven.host.groups.delete('3');
    driven.step({ busy: 10, groups: { 4: 5 } });
    const host = hostJson(driven.step({ busy: 10, groups: { 4: 5 } }));
    expect(host.workloads.find(({ workload }) => workload.endsWith('nginx.service'))?.ended).toBe(true);
    expect(host.workloads.find(({ kind }) => kind === 'container')?.ended).toBe(false);
  });
});

describe('a GPU', () => {
  const NGINX = '/system.slice/nginx.service';
  const left = { pid: 999, utilization: ratio(0.1), left: true };
  const driven = drivenHost({
    more: (at) => {
      const first = reading('gpu-0', at, [NGINX]);
      return {
        gpuBoards: [board('gpu-0', 0), board('gpu-1', 1)],
        gpus: [
          { ...first, processes: [...(first.processes ?? []), left] },
          { meter: 'gpu-1', at },
        ],
      };
    },
  });
  driven.host.addMeter('gpu-0', 'gpu', 60);
  const host = hostJson(driven.settle());

  it('is shown with all that its driver tells', () => {
    expect(host.gpus?.[0]).toEqual({
      hwId: 'gpu-0',
      vendor: 'amd',
      model: 'AMD Instinct MI210',
      driver: '6.10.5',
      pciAddress: '0000:01:00.0',
      powerWatts: 60,
      powerLimitWatts: 560,
      utilization: 0.5,
      memoryUsedBytes: 40 * 2 ** 30,
      memoryTotalBytes: 64 * 2 ** 30,
      temperatureCelsius: 61,
      clockHertz: 1.7e9,
      memoryClockHertz: 1.6e9,
      throttled: ['power'],
      processes: 1,
    });
  });

  it('has no field that its driver does not tell: absent is not 0', () => {
    expect(Object.keys(host.gpus?.[1] ?? {})).toEqual([
      ...['hwId', 'vendor', 'model', 'driver', 'pciAddress', 'powerLimitWatts'],
    ]);
  });

  it('counts the time of the workload that ran on it', () => {
    expect(host.workloads.find(({ name }) => name === 'nginx.service')?.gpuSeconds).toBeGreaterThan(10);
    expect(host.workloads.find(({ kind }) => kind === 'container')).not.toHaveProperty('gpuSeconds');
  });

  it('is not there on a host without any', () => {
    expect(hostJson(drivenHost().settle())).not.toHaveProperty('gpus');
  });

  it('lists the instances of a divided board', () => {
    const divided = drivenHost({
      more: (at) => ({
        gpus: [
          {
            meter: 'gpu-0',
            at,
            slices: 7,
            instances: [{ id: 'a', kind: 'mig', profile: '1g.10gb', slices: 1, memoryUsed: bytes(5e9) }],
          },
        ],
      }),
    });
    expect(hostJson(divided.settle()).gpus).toEqual([
      {
        hwId: 'gpu-0',
        instances: [{ id: 'a', kind: 'mig', profile: '1g.10gb', slices: 1, memoryUsedBytes: 5e9 }],
      },
    ]);
  });
});

describe('counters as booked', () => {
  it('show at once what a scrape shows only after the series has stood at 0 for a while', () => {
    const driven = drivenHost();
    driven.step();
    const snapshot = driven.step();
    expect(hostJson(snapshot).host.energyJoules).toBe(0);
    const booked = hostJson(snapshot, 'booked');
    expect(booked.settling).toBe(false);
    expect(booked.host.energyJoules).toBe(250 * 5);
    const rows = booked.workloads.reduce((sum, { energyJoules }) => sum + energyJoules, 0);
    expect(rows).toBeCloseTo(250 * 5, 6);
    expect(booked.emissions.location).toMatchObject({
      grams: expect.closeTo((1250 / 3.6e6) * 1.25 * 400, 9),
    });
  });

  it('are the same as exported once everything has settled', () => {
    const snapshot = drivenHost().settle();
    expect(hostJson(snapshot, 'booked')).toEqual(hostJson(snapshot));
  });
});
