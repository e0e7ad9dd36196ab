/** What clocks do wrong, on the real sources, loop and engine: energy is neither lost nor invented. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type LoopClock, startLoop } from '../../agent/loop.ts';
import { loadConfig } from '../../src/config/index.ts';
import type { Clock } from '../../src/model/source.ts';
import { createSampler, createSources, quickInventory, type Sampler } from '../../src/sources/index.ts';
import { seconds } from '../../src/units.ts';
import { createFakeHost, type FakeHost, PACKAGE_RANGE } from '../fixtures/fake-host.ts';
import { type Run, runEngine } from '../fixtures/run-engine.ts';
import { keepIfAsked } from './results.ts';

const WATTS = 100;
const TICK_MS = 5000;
const clean: (() => void)[] = [];
afterEach(() => {
  for (const step of clean.splice(0).reverse()) step();
});

interface World {
  readonly run: Run;
  readonly host: FakeHost;
  /** Joules that the meter counted since the first tick. */
  readonly truth: () => number;
  /** Seconds pass in which nobody is stopped: the meter counts, timers fire. */
  pass(duration: number): void;
  /** The process stands still while the meter counts on; its timers fire late. */
  stall(duration: number): void;
  /** The machine sleeps: CLOCK_MONOTONIC stands still, the age of the boot and the wall clock go on. */
  suspend(duration: number, watts: number): void;
  /** Somebody sets the wall clock. */
  step(by: number): void;
}

/** The loop of the agent on a host with one package, and with all three clocks in the test's hand. */
const world = async (): Promise<World> => {
  const loaded = await loadConfig({ env: {}, flags: {} });
  if (!loaded.ok) throw new Error('the defaults are not usable');
  const host = createFakeHost();
  clean.push(() => host.dispose());
  host.processor({});
  let raw = 1_000_000_000n;
  let counted = 0;
  let asleep = 0;
  let stepped = 0;
  let now = 1000;
  let idle = 0;
  host.zone('intel-rapl:0', { name: 'package-0', energy: raw });
  const write = (): void => {
    host.energy('intel-rapl:0', raw);
    host.cpu([0, 0, 0, idle]);
    writeFileSync(join(host.root, 'proc/uptime'), `${(now + asleep).toFixed(2)} 0.00\n`);
  };
  const count = (watts: number, duration: number): void => {
    raw = (raw + BigInt(Math.round(watts * duration * 1e6))) % PACKAGE_RANGE;
    counted += watts * duration;
    idle += duration * 800;
  };
  const clock: Clock = {
    monotonic: () => seconds(now),
    wall: () => Date.UTC(2026, 0, 1) + (now - 1000 + asleep + stepped) * 1000,
  };
  const sampler: Sampler = await createSampler({
    sources: createSources(loaded.config.sources, quickInventory(host.paths)),
    paths: host.paths,
    clock,
    disabled: ['process', 'nvml', 'ipmi', 'redfish', 'hwmon', 'drm', 'model'],
  });
  clean.push(() => sampler.close());
  const run = runEngine();
  let due: { readonly at: number; readonly fire: () => void } | undefined;
  const loopClock: LoopClock = {
    now: () => now * 1000,
    setTimer: (fire, delay) => {
      due = { at: now + delay / 1000, fire };
      return {
        cancel: () => {
          due = undefined;
        },
      };
    },
  };
  const tick = (): void => {
    write();
    run.step(sampler.sample());
  };
  tick();
  clean.push(startLoop(tick, TICK_MS, loopClock));
  const fire = (): void => {
    while (due !== undefined && due.at <= now) {
      const { fire: call } = due;
      due = undefined;
      call();
    }
  };
  return {
    run,
    host,
    truth: () => counted,
    pass: (duration) => {
      for (let second = 0; second < duration; second += 1) {
        count(WATTS, 1);
        now += 1;
        fire();
      }
    },
    stall: (duration) => {
      count(WATTS, duration);
      now += duration;
      fire();
    },
    suspend: (duration, watts) => {
      count(watts, duration);
      asleep += duration;
    },
    step: (by) => {
      stepped += by;
    },
  };
};

const energy = (run: Run): number => run.total('hw_host_energy_joules_total');
const watched = (run: Run): number => run.total('negawatt_host_powered_on_seconds_total');

test.each([-90, 90, -86_400, 3600 * 24 * 365])(
  'a wall clock that is set by %d s changes no joule, no power and no time',
  async (by) => {
    const { run, truth, pass, step } = await world();
    pass(60);
    step(by);
    pass(60);
    step(-by);
    pass(60);
    expect(energy(run)).toBeCloseTo(truth(), 6);
    expect(watched(run)).toBe(180);
    for (const { powers } of run.snapshots.slice(1)) expect(powers.host).toBeCloseTo(WATTS, 6);
    const kept = run.engine
      .persist()
      .usage.filter(({ period, scope }) => period === 3600 && scope === 'host')
      .reduce((sum, one) => sum + one.energy, 0);
    expect(kept, 'hours that the clock went through twice hold their energy once').toBeCloseTo(truth(), 6);
    keepIfAsked({
      what: `a wall clock that is set by ${by} s and back (injected clock)`,
      howMany: '180 s, set after 60 s and after 120 s',
      result: `meter ${truth()} J, counted ${energy(run)} J, rows of hours ${kept} J; watched ${watched(run)} s`,
    });
  },
);

test('a process that stood still books all of that time at once, and then keeps to its plan', async () => {
  const { run, truth, pass, stall } = await world();
  pass(12);
  stall(200);
  pass(58);
  expect(energy(run)).toBeCloseTo(truth(), 6);
  expect(watched(run)).toBe(270);
  const times = run.snapshots.map(({ view }) => view.sample.at - 1000);
  expect(times).toEqual([0, 5, 10, 212, ...Array.from({ length: 12 }, (_, i) => 215 + 5 * i)]);
  for (const { powers } of run.snapshots.slice(1)) expect(powers.host).toBeCloseTo(WATTS, 6);
  keepIfAsked({
    what: 'a process that stands still (injected clock)',
    howMany: '200 s of 270 s',
    result: `meter ${truth()} J, counted ${energy(run)} J; watched ${watched(run)} s`,
  });
});

test('a process that stood still for longer than its counter surely takes to wrap says so, and invents nothing', async () => {
  const { run, truth, pass, stall } = await world();
  pass(60);
  stall(400);
  pass(60);
  // At the ceiling of 1000 W a counter of 262 kJ could have turned twice in that time.
  expect(energy(run)).toBeCloseTo(truth() - WATTS * 400, 6);
  expect(run.total('negawatt_meter_events_total', { event: 'gap' })).toBe(1);
  expect(run.total('negawatt_host_unmetered_seconds_total')).toBe(400);
  keepIfAsked({
    what: 'a process that stands still for longer than its counter surely takes to wrap (injected clock)',
    howMany: '400 s of 520 s',
    result: `meter ${truth()} J, counted ${energy(run)} J: ${run.total('negawatt_host_unmetered_seconds_total')} s told as unmetered, nothing invented`,
  });
});

test('missed ticks are skipped and not made up for: each tick covers the time since the one before', async () => {
  const { run, truth, pass, stall } = await world();
  for (let round = 0; round < 10; round += 1) {
    stall(7);
    pass(13);
  }
  pass(5);
  expect(energy(run)).toBeCloseTo(truth(), 6);
  expect(watched(run)).toBe(205);
  const steps = run.snapshots
    .slice(1)
    .map(({ view }, i) => view.sample.at - run.snapshots[i]!.view.sample.at);
  expect(Math.min(...steps)).toBeGreaterThan(0);
  keepIfAsked({
    what: 'ticks that are missed (injected clock)',
    howMany: '10 stalls of 7 s in 205 s, sampling at 5 s',
    result: `meter ${truth()} J, counted ${energy(run)} J; watched ${watched(run)} s in ${steps.length} intervals of ${Math.min(...steps)} to ${Math.max(...steps)} s`,
  });
});

test('a machine that slept books what its meter counted meanwhile, and no time', async () => {
  const { run, truth, pass, suspend } = await world();
  pass(60);
  suspend(1000, 2);
  pass(60);
  expect(energy(run)).toBeCloseTo(truth(), 6);
  expect(watched(run)).toBe(120);
  keepIfAsked({
    what: 'a machine that sleeps (injected clock)',
    howMany: '1000 s between two minutes awake',
    result: `meter ${truth()} J, counted ${energy(run)} J; watched ${watched(run)} s`,
  });
});

test('what a meter counted in a sleep and no load awake explains is left out, told, and never invented', async () => {
  const { run, truth, pass, suspend } = await world();
  pass(60);
  suspend(8 * 3600, 2);
  pass(60);
  const asleep = 8 * 3600 * 2;
  // The interval of the sleep is given up as a whole, the 5 s awake in it too.
  expect(energy(run)).toBeCloseTo(truth() - asleep - WATTS * 5, 6);
  expect(run.total('negawatt_meter_events_total', { event: 'reset' })).toBe(1);
  expect(watched(run)).toBe(120);
  keepIfAsked({
    what: 'a sleep in which the meter counts what no load awake explains (injected clock)',
    howMany: `${8 * 3600} s between two minutes awake`,
    result: `meter ${truth()} J, ${asleep} of them asleep; counted ${energy(run)} J, told as a reset; watched ${watched(run)} s`,
  });
});
