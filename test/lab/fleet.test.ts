import { describe, expect, it } from 'vitest';
import { createPrometheusExporter } from '../../src/exporters/prometheus.ts';
import { createLabFleet, type LabFleet } from '../../src/lab/fleet.ts';
import { mixedHosts } from '../../src/lab/mixture.ts';
import { total } from '../../src/ledger.ts';
import type { Snapshot } from '../../src/snapshot.ts';
import { checkInvariants } from '../fixtures/run-engine.ts';

/** Monday, 5 January 2026, 00:00 UTC. */
const FROM = 1_767_571_200;
const HOUR = 3600;

const fleetOf = (seed: string, hosts = 8, hours = 3): LabFleet =>
  createLabFleet({
    seed,
    hosts: mixedHosts(hosts, FROM, 1),
    ...{ from: FROM, to: FROM + hours * HOUR, step: 300, version: '1' },
  });

const lastOf = (fleet: LabFleet): ReadonlyMap<string, Snapshot> => {
  const last = new Map<string, Snapshot>();
  for (const { all } of fleet.scrapes())
    for (const { host, snapshot } of all) {
      if (snapshot === undefined) continue;
      checkInvariants(last.get(host.spec.name), snapshot);
      last.set(host.spec.name, snapshot);
    }
  return last;
};

const shown = (snapshots: ReadonlyMap<string, Snapshot>): string =>
  JSON.stringify([...snapshots].map(([host, { points }]) => [host, points]));

describe('simulated fleet', () => {
  it('tells the same story for the same seed and another one for another', () => {
    const one = shown(lastOf(fleetOf('a', 3, 2)));
    expect(shown(lastOf(fleetOf('a', 3, 2)))).toBe(one);
    expect(shown(lastOf(fleetOf('b', 3, 2)))).not.toBe(one);
  });

  it('has the agent count exactly the energy that hosts truly used, and book all of it to rows', () => {
    const fleet = fleetOf('truth');
    const last = lastOf(fleet);
    expect(new Set(fleet.hosts.map(({ role }) => role.name)).size).toBe(5);
    for (const { spec, role, totals } of fleet.hosts) {
      const { ledger, view } = last.get(spec.name) as Snapshot;
      const host = total(ledger, 'hw_host_energy_joules_total', {});
      const rows = total(ledger, 'negawatt_workload_energy_joules_total', {});
      expect(Math.abs(rows / host - 1)).toBeLessThan(1e-9);
      if (role.meters === 'model') {
        expect(view.metered.state.host.quality).toBe('estimated');
        continue;
      }
      const truth = role.bmc === 'none' ? totals.sockets + totals.dram + totals.boards : totals.inlet;
      // Counters are whole microjoules; a package is read some times.
      expect(Math.abs(host - truth)).toBeLessThan(1e-3);
      expect(total(ledger, 'negawatt_meter_events_total', { event: 'implausible' })).toBe(0);
      expect(total(ledger, 'negawatt_meter_events_total', { event: 'gap' })).toBe(0);
    }
  });

  it('has hosts do what they do, also if they are looked at later and more often', () => {
    const began = FROM - 3 * 86_400;
    const hosts = [{ name: 'a', role: 'web', from: began } as const];
    const since = { seed: 'later', hosts, began, to: FROM + 6 * HOUR, version: '1' };
    const months = createLabFleet({ ...since, from: began, step: HOUR });
    const later = createLabFleet({ ...since, from: FROM, step: 300 });
    let [energy, work] = [0, 0];
    for (const { at, all } of months.scrapes())
      if (at === FROM) [energy, work] = [all[0]?.host.totals.inlet ?? 0, all[0]?.host.totals.work ?? 0];
    for (const _ of later.scrapes());
    const [whole, part] = [months, later].map((fleet) => fleet.hosts[0]?.totals);
    expect(((whole?.inlet ?? 0) - energy) / (part?.inlet ?? 0)).toBeCloseTo(1, 3);
    expect(((whole?.work ?? 0) - work) / (part?.work ?? 0)).toBeCloseTo(1, 3);
    const factors = [months, later].map(({ grid }) => grid.carbonAt(FROM * 1000).location?.row.value);
    expect(factors[0]).toBe(factors[1]);
  });

  it('lets registers turn to 0 on the way, as those of real processors do', () => {
    const fleet = fleetOf('wraps', 1, 24);
    const [snapshot] = lastOf(fleet).values();
    expect(
      total((snapshot as Snapshot).ledger, 'negawatt_meter_events_total', { event: 'wrap' }),
    ).toBeGreaterThan(50);
  });

  it('counts work of applications as they did it', () => {
    const fleet = fleetOf('work', 2, 6);
    const last = lastOf(fleet);
    for (const { spec, totals } of fleet.hosts)
      expect(total((last.get(spec.name) as Snapshot).ledger, 'negawatt_work_total', {})).toBeCloseTo(
        totals.work,
        -1,
      );
  });

  it('says nothing of a host that is switched off, and goes on with its counters after another boot', () => {
    const off = { from: FROM + 1 * HOUR, to: FROM + 3 * HOUR };
    const fleet = createLabFleet({
      seed: 'off',
      hosts: [{ name: 'batch-1', role: 'batch', off: [off] }],
      ...{ from: FROM, to: FROM + 5 * HOUR, step: 300, version: '1' },
    });
    const seen: [number, number | undefined][] = [];
    for (const { at, all } of fleet.scrapes()) {
      const [{ snapshot } = { snapshot: undefined }] = all;
      seen.push([at, snapshot && total(snapshot.ledger, 'hw_host_energy_joules_total', {})]);
    }
    const silent = seen.filter(([, energy]) => energy === undefined).map(([at]) => at);
    expect(silent).toHaveLength(24);
    expect([silent[0], silent.at(-1)]).toEqual([off.from, off.to - 300]);
    const known = seen.flatMap(([, energy]) => (energy === undefined ? [] : [energy]));
    expect(known).toEqual(known.toSorted((a, b) => a - b));
    const [{ totals }] = fleet.hosts as [LabFleet['hosts'][0]];
    // One step at the boot is not known: nobody had read the counters before.
    expect(known.at(-1)).toBeGreaterThan(0.95 * (totals.sockets + totals.dram));
    expect(known.at(-1)).toBeLessThan(totals.sockets + totals.dram);
  });

  it('has each metric of the catalogue that a host of its kind can have', async () => {
    const names = new Set<string>();
    for (const snapshot of lastOf(fleetOf('all', 8, 1)).values()) {
      const text = await createPrometheusExporter(() => snapshot).render();
      for (const [, name] of text.matchAll(/^([a-z_]+)[{ ]/gm)) names.add(name ?? '');
    }
    for (const name of [
      ...['negawatt_gpu_instance_energy_joules_total', 'negawatt_gpu_throttled', 'hw_gpu_utilization_ratio'],
      ...['negawatt_grid_intensity_forecast_grams_per_kilowatt_hour', 'negawatt_grid_intensity_age_seconds'],
      ...['negawatt_emissions_location_grams_total', 'negawatt_emissions_market_grams_total'],
      ...['negawatt_embodied_emissions_grams_total', 'negawatt_energy_cost_total', 'negawatt_pue_ratio'],
      ...[
        'negawatt_meter_drift_ratio',
        'negawatt_host_power_error_ratio',
        'negawatt_self_energy_joules_total',
      ],
      ...['negawatt_workload_reserved_gpu_seconds_total', 'negawatt_site_water_litres_total'],
    ])
      expect(names, name).toContain(name);
  });
});
