import { describe, expect, it } from 'vitest';
import {
  type CalibrationPlan,
  type CalibrationProgress,
  type CalibrationRig,
  calibrate,
} from '../../src/calibrate.ts';
import type { Reading } from '../../src/model/meter.ts';
import { ratio, seconds, watts } from '../../src/units.ts';
import { runEngine } from '../fixtures/run-engine.ts';
import { type ScriptedHost, scriptedHost } from '../fixtures/scripted-host.ts';

const PLAN: CalibrationPlan = {
  steps: [0, 0.25, 0.5, 1].map(ratio),
  stepDuration: seconds(20),
  force: false,
};
const power = (load: number): number => 100 + 200 * Math.sqrt(load);

/** A host of four processors that does what the burner asks, beside other work of its own. */
const rigOf = (
  host: ScriptedHost,
  { other = 0, react = () => {} }: { other?: number; react?: (load: number) => void } = {},
) => {
  const run = runEngine({ metering: { interval: seconds(1), floors: new Map() } });
  const progress: CalibrationProgress[] = [];
  let asked = 0;
  return {
    progress,
    rig: {
      tick: () => run.step(host.sample()).view,
      wait: async (duration: number) => {
        const load = Math.min(1, asked + other);
        react(load);
        host.advance(duration, { busy: 4 * load * duration });
      },
      burner: {
        set: async (load: number) => {
          asked = load;
        },
      },
      onProgress: (one: CalibrationProgress) => progress.push(one),
    },
  };
};
const meterFollows = (host: ScriptedHost, id: string) => (load: number) => {
  const meter = host.counters.get(id);
  if (meter !== undefined) meter.power = power(load);
};

describe('calibrating', () => {
  it('finds the curve that the host follows, at the loads that were reached', async () => {
    const host = scriptedHost();
    host.addMeter('package-0', 'package', 100);
    // Other work of 4 %: every step reaches more than was asked.
    const { rig, progress } = rigOf(host, { other: 0.04, react: meterFollows(host, 'package-0') });
    const result = await calibrate(rig, PLAN);
    if (!result.found) throw new Error(result.reason);
    const { fit, steps, meter } = result.value;
    expect(meter).toMatchObject({ source: 'components', text: 'components: package-0 (rapl)' });
    expect(steps.map(({ load }) => load)).toEqual([0.04, 0.29, 0.54, 1].map((load) => expect.closeTo(load)));
    for (const { load, power: measured } of steps) expect(measured).toBeCloseTo(power(load), 6);
    expect(fit.pairs).toBe(40);
    expect(fit.points.at(-1)?.power).toBeCloseTo(300, 6);
    expect(fit.points[0]).toMatchObject({ extrapolated: true });
    expect(progress.map(({ stage }) => stage)).toEqual([
      'meter',
      ...PLAN.steps.flatMap(() => ['step', 'measured']),
    ]);
  });

  it('leaves out the first half of a step: a processor that boosts settles', async () => {
    const host = scriptedHost();
    host.addMeter('package-0', 'package', 100);
    let since = host.now;
    let before = 0;
    const react = (load: number): void => {
      if (load !== before) since = host.now;
      before = load;
      host.counters.get('package-0')!.power = power(load) * (load > 0 && host.now - since < 9 ? 1.5 : 1);
    };
    const result = await calibrate(rigOf(host, { react }).rig, PLAN);
    if (!result.found) throw new Error(result.reason);
    for (const { load, power: measured } of result.value.steps) expect(measured).toBeCloseTo(power(load), 6);
  });

  it('compares a slow meter with the load over its own spans, those of the settling left out', async () => {
    const host = scriptedHost();
    host.addMeter('bmc', 'platform', 100, { source: 'ipmi', interval: seconds(6) });
    const meter = host.counters.get('bmc')!;
    const run = runEngine({ metering: { interval: seconds(1), floors: new Map() } });
    let asked = 0;
    let since = host.now;
    let waiting: Reading[] = [];
    const rig: CalibrationRig = {
      tick: () => {
        const sample = host.sample(waiting);
        waiting = [];
        return run.step(sample).view;
      },
      // It reports every 6 s, whatever the steps are; for 19 s of a step the processors draw half as much again.
      wait: async (duration) => {
        for (let second = 0; second < duration; second++) {
          meter.power = power(asked) * (asked > 0 && host.now - since < 19 ? 1.5 : 1);
          host.advance(1, { busy: 4 * asked });
          if (host.now % 6 === 0)
            waiting.push({ meter: 'bmc', at: seconds(host.now), microjoules: meter.raw });
        }
      },
      burner: {
        set: async (load) => {
          asked = load;
          since = host.now;
        },
      },
      onProgress: () => {},
    };
    const result = await calibrate(rig, { ...PLAN, stepDuration: seconds(40) });
    if (!result.found) throw new Error(result.reason);
    expect(result.value.meter.source).toBe('platform');
    for (const { load, power: measured, pairs } of result.value.steps) {
      expect(measured).toBeCloseTo(power(load), 6);
      expect(pairs).toBeGreaterThanOrEqual(2);
    }
  });

  it('takes off GPU boards, which the model adds from their own meters', async () => {
    for (const id of ['package-0', 'wall']) {
      const host = scriptedHost();
      const domain = id === 'wall' ? 'wall' : 'package';
      host.addMeter(id, domain, 100);
      if (id === 'wall') host.addMeter('package-0', 'package', 50);
      host.addMeter('gpu-0', 'gpu', 70, { source: 'nvml' });
      const react = (load: number): void => {
        host.counters.get(id)!.power = power(load) + (id === 'wall' ? 70 : 0);
      };
      const result = await calibrate(rigOf(host, { react }).rig, PLAN);
      if (!result.found) throw new Error(result.reason);
      expect(result.value.fit.points[0]?.power, id).toBeCloseTo(100, 6);
      expect(result.value.fit.points.at(-1)?.power, id).toBeCloseTo(300, 6);
    }
  });
});

describe('calibrating is refused', () => {
  const refusal = async (rig: Parameters<typeof calibrate>[0], plan = PLAN): Promise<string> => {
    const result = await calibrate(rig, plan);
    return result.found ? 'not refused' : `${result.reason} | ${result.fix}`;
  };

  it('where nothing but the model tells the power', async () => {
    const host = scriptedHost();
    host.addModel(100, 300);
    expect(await refusal(rigOf(host).rig)).toMatch(/no meter tells the power of this host.*\| .*same type/);
  });

  it('where the only meter hands on an estimate', async () => {
    const host = scriptedHost();
    host.addMeter('guest', 'platform', 20, { quality: 'estimated' });
    expect(await refusal(rigOf(host).rig)).toMatch(/no meter tells/);
  });

  it('with the fix of the meter that is there and may not be read', async () => {
    const host = scriptedHost();
    const { rig } = rigOf(host);
    const status = {
      source: 'rapl',
      state: 'unreadable' as const,
      why: 'energy_uj may not be read',
      fix: 'Give CAP_DAC_READ_SEARCH.',
      duration: seconds(0),
    };
    const tick = () => {
      const view = rig.tick();
      return { ...view, sample: { ...view.sample, sources: [status] } };
    };
    expect(await refusal({ ...rig, tick })).toContain('Give CAP_DAC_READ_SEARCH.');
  });

  it('on a host that is busy with other work, unless forced', async () => {
    const busy = () => {
      const host = scriptedHost();
      host.addMeter('package-0', 'package', 100);
      return rigOf(host, { other: 0.3, react: meterFollows(host, 'package-0') }).rig;
    };
    expect(await refusal(busy())).toMatch(/30 % busy with other work.*--force/);
    expect(await refusal(busy(), { ...PLAN, force: true })).toMatch(/measured at 30 % to 100 % load/);
  });

  it('where a better meter appears in the middle', async () => {
    const host = scriptedHost();
    host.addMeter('package-0', 'package', 100);
    const { rig } = rigOf(host, {
      react: (load) => {
        meterFollows(host, 'package-0')(load);
        if (load === 0.5 && !host.counters.has('wall'))
          host.addMeter('wall', 'wall', 400, { ceiling: watts(20_000) });
      },
    });
    expect(await refusal(rig)).toMatch(/changed from components to wall/);
  });

  it('where steps are too short for the meter', async () => {
    const host = scriptedHost();
    host.addMeter('bmc', 'platform', 100, { interval: seconds(30) });
    expect(await refusal(rigOf(host).rig)).toMatch(/every 30 s.*--step-duration 120s/);
  });

  it('where processors are held back and full load is never reached', async () => {
    const host = scriptedHost();
    host.addMeter('package-0', 'package', 100);
    const { rig } = rigOf(host, { react: meterFollows(host, 'package-0') });
    const burner = { set: (load: number) => rig.burner.set(load / 2) };
    expect(await refusal({ ...rig, burner })).toMatch(/measured at 0 % to 50 % load.*quota/);
  });
});
