import { describe, expect, it } from 'vitest';
import type { Reading } from '../../src/model/meter.ts';
import { ratio, seconds, watts } from '../../src/units.ts';
import { runEngine } from '../fixtures/run-engine.ts';
import { scriptedHost } from '../fixtures/scripted-host.ts';

/** A board meter that tells power once a second. */
const ACPI = {
  reads: { as: 'power' as const },
  source: 'hwmon',
  ceiling: watts(20_000),
  interval: seconds(1),
};
/** No floor, so that all energy is dynamic and the arithmetic is plain. */
const NO_FLOOR = { metering: { interval: seconds(5), floors: new Map([['package-0', watts(0)]]) } };
const RANGE_UJ = 262_143_328_850n;

describe('cases of the power reference that need no file system', () => {
  it('case 1: a wrap on one of two sockets loses nothing and shows no dip in the host total', () => {
    const host = scriptedHost();
    host.addMeter('package-0', 'package', 100);
    host.addMeter('package-1', 'package', 100, { raw: RANGE_UJ - 1_250_000_000n });
    const run = runEngine();
    run.step(host.sample());
    const powers: number[] = [];
    for (let i = 0; i < 10; i++) {
      host.advance(5, { busy: 10 });
      powers.push(run.step(host.sample()).powers.host ?? 0);
    }
    for (const [id, { truth }] of host.counters) {
      expect(run.total('hw_energy_joules_total', { hw_id: id })).toBeCloseTo(truth, 3);
    }
    expect(run.total('hw_host_energy_joules_total')).toBeCloseTo(10_000, 3);
    expect(run.total('negawatt_meter_events_total', { event: 'wrap' })).toBe(1);
    expect(run.total('negawatt_meter_events_total')).toBe(1);
    for (const power of powers) expect(power).toBeGreaterThan(198);
  });

  it('case 2: a counter that is reset loses at most one interval, adds nothing and is counted once', () => {
    const host = scriptedHost();
    host.addMeter('package-0', 'package', 100, { raw: 200_000_000_000n });
    const run = runEngine();
    run.step(host.sample());
    for (let i = 0; i < 20; i++) {
      host.advance(5, { busy: 10 });
      const counter = host.counters.get('package-0');
      if (i === 7 && counter !== undefined) counter.raw = 3_000_000n;
      run.step(host.sample());
    }
    const energy = run.total('hw_host_energy_joules_total');
    expect(energy).toBeLessThanOrEqual(20 * 500);
    expect(energy).toBeGreaterThanOrEqual(19 * 500 - 1e-6);
    expect(run.total('negawatt_meter_events_total', { event: 'reset' })).toBe(1);
    expect(
      run.snapshots.at(-1)?.points.find((p) => p.metric === 'negawatt_host_energy_source_info')?.labels,
    ).toEqual({
      source: 'components',
      quality: 'derived',
      complete: 'false',
    });
  });

  it('case 7 (in part): a sentinel is dropped and counted and the counter does not move', () => {
    const host = scriptedHost();
    host.addMeter('acpi', 'platform', 200, ACPI);
    const run = runEngine();
    run.step(host.sample());
    host.advance(5);
    run.step(host.sample());
    const before = run.total('hw_host_energy_joules_total');
    host.advance(5);
    const bad: Reading = { meter: 'acpi', at: seconds(host.now), microwatts: 4_294_967_295_000n };
    run.step(host.sample([bad]));
    expect(run.total('hw_host_energy_joules_total')).toBe(before);
    expect(run.total('negawatt_meter_events_total', { event: 'sentinel' })).toBe(1);
    host.advance(5);
    run.step(host.sample());
    expect(run.total('hw_host_energy_joules_total')).toBeCloseTo(3 * 1000, 6);
  });

  it('case 8: a reused pid is another process, and no difference is negative', () => {
    const host = scriptedHost();
    host.addMeter('package-0', 'package', 100);
    const run = runEngine({ ...NO_FLOOR, processMetrics: true });
    host.processes = [{ pid: 42, startTicks: 100, name: 'first', cpu: seconds(500) }];
    run.step(host.sample());
    host.advance(60, { busy: 20 });
    host.processes = [
      { pid: 42, startTicks: Math.round((host.now - 20) * 100), name: 'second', cpu: seconds(5) },
    ];
    run.step(host.sample());
    const second = run.total('negawatt_process_energy_joules_total', { process_executable_name: 'second' });
    expect(run.total('negawatt_process_energy_joules_total', { process_executable_name: 'first' })).toBe(0);
    expect(second).toBeCloseTo((6000 * 5) / 20, 6);
    expect(run.total('negawatt_process_energy_joules_total')).toBeCloseTo(6000, 6);
  });

  it('case 9: a process that lived between two readings is in its group, with its energy', () => {
    const host = scriptedHost();
    host.addMeter('package-0', 'package', 100);
    host.addGroup('2', '/system.slice');
    host.addGroup('3', '/system.slice/cron.service', '2');
    const run = runEngine(NO_FLOOR);
    run.step(host.sample());
    host.advance(5, { busy: 0.2, groups: { '3': 0.2 } });
    run.step(host.sample());
    expect(
      run.total('negawatt_workload_cpu_seconds_total', { workload: 'system.slice/cron.service' }),
    ).toBeCloseTo(0.2, 9);
    expect(
      run.total('negawatt_workload_energy_joules_total', { workload: 'system.slice/cron.service' }),
    ).toBeCloseTo(500, 6);
  });

  it('case 10: a container that is gone gets its last use from its parent and keeps its final value for every scraper', () => {
    const host = scriptedHost();
    host.addMeter('package-0', 'package', 100);
    const id = 'a'.repeat(64);
    host.addGroup('2', '/system.slice');
    host.addGroup('3', `/system.slice/docker-${id}.scope`, '2');
    const run = runEngine();
    run.step(host.sample());
    host.advance(5, { busy: 4, groups: { '3': 4 } });
    run.step(host.sample());
    host.advance(2.5, { busy: 2, groups: { '3': 2 } });
    host.groups.delete('3');
    host.advance(2.5, { busy: 0.5 });
    run.step(host.sample());
    expect(run.total('negawatt_workload_cpu_seconds_total', { workload: id })).toBeCloseTo(6, 9);
    const final = run.total('negawatt_workload_energy_joules_total', { workload: id });
    // Every 15 s and every 60 s: each meets the series at 0, and adds what it grew by until it ends.
    const scrapers = [3, 12].map((ticks) => ({ ticks, last: 0, increase: 0, seen: 0 }));
    let host100 = 0;
    for (let i = 0; i < 224; i++) {
      host.advance(5, { busy: 1 });
      const { points } = run.step(host.sample());
      const whole = points
        .filter(({ metric }) => metric === 'hw_host_energy_joules_total')
        .reduce((sum, { value }) => sum + value, 0);
      expect(whole, 'the host never drops').toBeGreaterThanOrEqual(host100);
      host100 = whole;
      const series = points.filter(
        ({ metric, labels }) => metric === 'negawatt_workload_energy_joules_total' && labels.workload === id,
      );
      if (series.length === 0) continue;
      const shown = series.reduce((sum, { value }) => sum + value, 0);
      for (const scraper of scrapers.filter(({ ticks }) => i % ticks === 0)) {
        scraper.increase += shown - scraper.last;
        scraper.last = shown;
        scraper.seen += 1;
      }
    }
    expect(scrapers.map(({ increase }) => increase)).toEqual([final, final]);
    expect(Math.min(...scrapers.map(({ seen }) => seen)), 'for the whole retention').toBeGreaterThanOrEqual(
      14,
    );
    expect(
      run.total('negawatt_workload_energy_joules_total', { workload: id }),
      'the series ends after the retention',
    ).toBe(0);
    expect(
      run.total('negawatt_workload_energy_joules_total'),
      'and takes nothing with it but its own',
    ).toBeCloseTo((5 + 5 + 224 * 5) * 100 - final, 6);
  });

  it('case 17: stolen time is neither busy nor idle and moves no energy', () => {
    const run = (steal: number): { energy: number; stolen: number } => {
      const host = scriptedHost();
      host.addModel(50, 250);
      host.addGroup('2', '/work.service');
      const engine = runEngine();
      engine.step(host.sample());
      for (let i = 0; i < 12; i++) {
        host.advance(5, { busy: 8, steal, groups: { '2': 8 } });
        engine.step(host.sample());
      }
      const energy = engine.total('negawatt_workload_energy_joules_total', { workload: 'work.service' });
      const points = engine.snapshots.at(-1)?.points ?? [];
      const stolen = points.find(
        (p) => p.metric === 'system_cpu_time_seconds_total' && p.labels.cpu_mode === 'steal',
      );
      return { energy, stolen: stolen?.value ?? Number.NaN };
    };
    const calm = run(0);
    const crowded = run(6);
    expect(crowded.energy).toBeCloseTo(calm.energy, 6);
    expect(calm.energy).toBeCloseTo(60 * 200 * 0.4, 6);
    expect(crowded.stolen).toBeCloseTo(72, 6);
  });

  it('case 19: a wall clock that steps back 90 s changes no joule and no power', () => {
    const host = scriptedHost();
    host.addMeter('package-0', 'package', 100);
    const run = runEngine();
    run.step(host.sample());
    for (let i = 0; i < 10; i++) {
      host.advance(5, { busy: 10 });
      if (i === 4) host.wall -= 90_000;
      const snapshot = run.step(host.sample());
      expect(snapshot.powers.host).toBeCloseTo(100, 6);
    }
    expect(run.total('hw_host_energy_joules_total')).toBeCloseTo(5000, 6);
    const times = run.snapshots.map(({ view }) => view.sample.at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('case 20: 20,000 processes with 500 new ones a second keep the series budget, and the sum is the host', () => {
    const host = scriptedHost();
    host.processors = 64;
    host.addMeter('package-0', 'package', 300);
    const run = runEngine({ ...NO_FLOOR, processMetrics: true });
    let next = 1;
    const started = Math.round(host.now * 100) - 1;
    let live = Array.from({ length: 20_000 }, () => ({
      pid: next++,
      startTicks: started,
      name: 'w',
      cpu: seconds(1),
    }));
    host.processes = live;
    run.step(host.sample());
    for (let pass = 0; pass < 5; pass++) {
      host.advance(10, { busy: 500 });
      live = live.slice(5000).map((one) => ({ ...one, cpu: seconds(one.cpu + 0.02) }));
      const startTicks = Math.round(host.now * 100) - 500;
      live.push(
        ...Array.from({ length: 5000 }, () => ({ pid: next++, startTicks, name: 'w', cpu: seconds(0.01) })),
      );
      host.processes = live;
      run.step(host.sample());
    }
    const points = run.snapshots.at(-1)?.points ?? [];
    expect(points.length).toBeLessThanOrEqual(200);
    expect(run.total('negawatt_process_energy_joules_total')).toBeCloseTo(300 * 50, 3);
  });
});

describe('one host total', () => {
  it('books every instant from one source, and falls back without a hole when a meter falls silent', () => {
    const host = scriptedHost();
    host.addMeter('acpi', 'platform', 300, ACPI);
    host.addMeter('package-0', 'package', 200);
    const run = runEngine();
    run.step(host.sample());
    for (let i = 0; i < 4; i++) {
      host.advance(5, { busy: 10 });
      run.step(host.sample());
    }
    expect(run.total('hw_host_energy_joules_total')).toBeCloseTo(20 * 300, 6);
    for (let i = 0; i < 20; i++) {
      host.advance(5, { busy: 10 });
      const { raw } = host.counters.get('package-0') ?? { raw: 0n };
      run.step(host.sample([{ meter: 'package-0', at: seconds(host.now), microjoules: raw }]));
    }
    expect(run.total('hw_host_energy_joules_total')).toBeCloseTo(20 * 300 + 100 * 200, 6);
    expect(run.total('hw_energy_joules_total')).toBeCloseTo(120 * 200, 6);
    expect(run.total('negawatt_workload_energy_joules_total')).toBeCloseTo(20 * 300 + 100 * 200, 6);
    expect(run.total('negawatt_host_source_changes_total')).toBe(1);
    expect(run.total('negawatt_host_unmetered_seconds_total')).toBe(0);
  });

  it('a meter that tells of each interval a tick late takes over again after it was silent, and no joule is lost', () => {
    const host = scriptedHost();
    host.addMeter('acpi', 'platform', 300, ACPI);
    host.addMeter('package-0', 'package', 200);
    const run = runEngine();
    const tick = (silent: boolean): void => {
      const { raw } = host.counters.get('package-0')!;
      const inside: Reading = { meter: 'package-0', at: seconds(host.now), microjoules: raw };
      const late: Reading = { meter: 'acpi', at: seconds(host.now - 5), microwatts: 300_000_000n };
      run.step(host.sample(silent ? [inside] : [late, inside]));
      host.advance(5, { busy: 10 });
    };
    for (let i = 0; i < 10; i++) tick(false);
    expect(run.snapshots.at(-1)?.view.metered.state.host.source).toBe('platform');
    for (let i = 0; i < 20; i++) tick(true);
    expect(run.snapshots.at(-1)?.view.metered.state.host.source).toBe('components');
    const before = run.total('hw_host_energy_joules_total');
    const until = run.snapshots.at(-1)!.view.metered.state.host.bookedUntil;
    for (let i = 0; i < 10; i++) tick(false);
    const { source, bookedUntil } = run.snapshots.at(-1)!.view.metered.state.host;
    expect(source).toBe('platform');
    // The first interval after the silence is bounded by no two readings of it: the processors' own stands there.
    const energy = run.total('hw_host_energy_joules_total') - before;
    expect(energy).toBeGreaterThanOrEqual((bookedUntil - until) * 300 - 10 * 100);
    expect(energy).toBeLessThanOrEqual((bookedUntil - until) * 300);
    expect(run.total('negawatt_host_unmetered_seconds_total')).toBe(0);
    expect(run.total('negawatt_host_source_changes_total')).toBe(2);
  });

  it('a meter that comes back late and falls silent again is waited for within its patience, and no joule is lost', () => {
    const host = scriptedHost();
    host.addMeter('acpi', 'platform', 300, ACPI);
    host.addMeter('package-0', 'package', 200);
    const run = runEngine();
    const tick = (told: boolean): void => {
      const { raw } = host.counters.get('package-0')!;
      const inside: Reading = { meter: 'package-0', at: seconds(host.now), microjoules: raw };
      const late: Reading = { meter: 'acpi', at: seconds(host.now - 6), microwatts: 300_000_000n };
      run.step(host.sample(told ? [late, inside] : [inside]));
      host.advance(5, { busy: 10 });
    };
    for (let i = 0; i < 10; i++) tick(true);
    for (let i = 0; i < 20; i++) tick(false);
    // Two readings make one report, of a time that is booked: it is waited for in vain.
    for (const told of [true, true]) tick(told);
    const before = run.total('hw_host_energy_joules_total');
    const until = run.snapshots.at(-1)!.view.metered.state.host.bookedUntil;
    for (let i = 0; i < 10; i++) tick(false);
    const { source, bookedUntil } = run.snapshots.at(-1)!.view.metered.state.host;
    expect(source).toBe('components');
    expect(run.total('hw_host_energy_joules_total') - before).toBeCloseTo((bookedUntil - until) * 200, 6);
    expect(bookedUntil).toBe(run.snapshots.at(-1)!.view.sample.at);
    expect(run.total('negawatt_host_unmetered_seconds_total')).toBe(0);
  });

  it('a meter that fell silent is not shown as the power now', () => {
    const host = scriptedHost();
    host.addMeter('acpi', 'platform', 300, ACPI);
    const run = runEngine();
    run.step(host.sample());
    host.advance(5, { busy: 10 });
    expect(run.step(host.sample()).powers.host).toBe(300);
    for (let i = 0; i < 30; i++) {
      host.advance(5, { busy: 10 });
      run.step(host.sample([]));
    }
    expect(run.snapshots.at(-1)?.points.filter((p) => p.metric === 'hw_host_power_watts')).toEqual([]);
    expect(run.total('hw_host_energy_joules_total'), 'missing, not zero and not guessed').toBe(1500);
  });

  it('what the components do not explain is a row of its own, and the parts sum to the host meter', () => {
    const host = scriptedHost();
    host.addMeter('acpi', 'platform', 300, ACPI);
    host.addMeter('package-0', 'package', 180);
    host.addMeter('dram-0', 'dram', 20);
    host.addGroup('2', '/a.service');
    const run = runEngine();
    run.step(host.sample());
    for (let i = 0; i < 10; i++) {
      host.advance(5, { busy: 10, groups: { '2': 6 } });
      run.step(host.sample());
    }
    const of = (resource: string): number => run.total('negawatt_workload_energy_joules_total', { resource });
    expect(of('cpu')).toBeCloseTo(9000, 6);
    expect(of('memory')).toBeCloseTo(1000, 6);
    expect(of('other')).toBeCloseTo(5000, 6);
    expect(run.total('negawatt_workload_energy_joules_total')).toBeCloseTo(
      run.total('hw_host_energy_joules_total'),
      6,
    );
    expect(
      run.total('negawatt_workload_energy_joules_total', { workload: 'a.service', resource: 'other' }),
    ).toBe(0);
  });

  it('with a host meter alone its dynamic energy follows CPU time and is labelled other, not cpu', () => {
    const host = scriptedHost();
    host.addMeter('acpi', 'platform', 300, ACPI);
    host.addGroup('2', '/a.service');
    const run = runEngine({ metering: { interval: seconds(5), floors: new Map([['rest', watts(100)]]) } });
    run.step(host.sample());
    for (let i = 0; i < 10; i++) {
      host.advance(5, { busy: 10, groups: { '2': 5 } });
      run.step(host.sample());
    }
    expect(
      run.total('negawatt_workload_energy_joules_total', { workload: 'a.service', resource: 'other' }),
    ).toBeCloseTo(5000, 6);
    expect(run.total('negawatt_workload_energy_joules_total', { workload: 'idle' })).toBeCloseTo(5000, 6);
    expect(run.total('negawatt_host_static_energy_joules_total')).toBeCloseTo(5000, 6);
    expect(run.total('negawatt_host_dynamic_energy_joules_total')).toBeCloseTo(10_000, 6);
  });

  it('case 6: psys is the host total while it contains its parts, and is refused for good once it does not', () => {
    const host = scriptedHost();
    host.addMeter('psys', 'psys', 150, { ceiling: watts(20_000) });
    host.addMeter('package-0', 'package', 100);
    host.addMeter('dram-0', 'dram', 10);
    const run = runEngine();
    run.step(host.sample());
    for (let i = 0; i < 4; i++) {
      host.advance(5, { busy: 10 });
      run.step(host.sample());
    }
    expect(run.total('hw_host_energy_joules_total')).toBeCloseTo(20 * 150, 6);
    expect(run.total('hw_energy_joules_total')).toBeCloseTo(20 * 110, 6);
    const psys = host.counters.get('psys');
    if (psys !== undefined) psys.power = 50;
    for (let i = 0; i < 4; i++) {
      host.advance(5, { busy: 10 });
      run.step(host.sample());
    }
    if (psys !== undefined) psys.power = 150;
    for (let i = 0; i < 4; i++) {
      host.advance(5, { busy: 10 });
      run.step(host.sample());
    }
    expect(run.total('hw_host_energy_joules_total')).toBeCloseTo(20 * 150 + 40 * 110, 6);
    expect(run.total('negawatt_host_source_changes_total')).toBe(1);
  });

  it('one package that cannot be read does not let the other pass for the host, and shows no joule', () => {
    const host = scriptedHost();
    host.addMeter('package-0', 'package', 100);
    host.addMeter('package-1', 'package', 100);
    host.addModel(100, 400);
    const run = runEngine();
    for (let i = 0; i < 12; i++) {
      run.step(host.sample(host.sample().readings.filter(({ meter }) => meter !== 'package-1')));
      host.advance(5, { busy: 10 });
    }
    const points = run.snapshots.at(-1)?.points ?? [];
    const source = points.find((p) => p.metric === 'negawatt_host_energy_source_info');
    expect(source?.labels).toMatchObject({ source: 'model', quality: 'estimated' });
    expect(points.filter((p) => p.labels.hw_id === 'package-1')).toEqual([]);
    expect(points.filter((p) => p.labels.hw_id === 'package-0').length).toBeGreaterThan(0);
  });

  it('a counter that stands still under load is frozen, and the model takes over', () => {
    const host = scriptedHost();
    host.addMeter('package-0', 'package', 0);
    host.addModel(50, 250);
    const run = runEngine();
    run.step(host.sample());
    for (let i = 0; i < 10; i++) {
      host.advance(5, { busy: 10 });
      run.step(host.sample());
    }
    const source = run.snapshots.at(-1)?.points.find((p) => p.metric === 'negawatt_host_energy_source_info');
    expect(source?.labels).toMatchObject({ source: 'model', quality: 'estimated' });
    expect(run.total('negawatt_meter_events_total', { event: 'frozen' })).toBe(1);
    expect(
      run.snapshots.at(-1)?.points.find((p) => p.metric === 'negawatt_host_power_error_ratio')?.value,
    ).toBe(ratio(0.3));
  });
});
