import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DriftState, driftBetween, initialDrift, watchDrift } from '../../../src/energy/drift.ts';
import type { MeterSpan } from '../../../src/energy/span.ts';
import { joules, seconds, watts } from '../../../src/units.ts';
import { runEngine } from '../../fixtures/run-engine.ts';
import { scriptedHost } from '../../fixtures/scripted-host.ts';

const span = (from: number, to: number, power: number): MeterSpan => ({
  from: seconds(from),
  to: seconds(to),
  energy: joules(power * (to - from)),
});
const fine = { name: 'fine', meters: ['fine'] };
const slow = { name: 'slow', meters: ['slow'] };

/** One meter every 5 s, one every `period` s; powers by time. */
const watch = (
  until: number,
  period: number,
  power: (at: number) => number,
  other: (at: number) => number,
  skip: (at: number) => boolean = () => false,
): DriftState => {
  let state = initialDrift;
  let begun = 0;
  let pending = 0;
  for (let at = 5; at <= until; at += 5) {
    const reports = new Map();
    if (!skip(at)) reports.set('fine', { spans: [span(at - 5, at, power(at))], lastAt: seconds(at) });
    pending += other(at) * 5;
    if (at % period === 0) {
      const spans = [{ from: seconds(begun), to: seconds(at), energy: joules(pending) }];
      reports.set('slow', { spans, lastAt: seconds(at) });
      begun = at;
      pending = 0;
    }
    state = watchDrift(state, new Set(['fine', 'slow']), reports);
  }
  return state;
};

describe('two meters of one thing', () => {
  it('are compared over the same minutes, however seldom one of them reports', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(5, 15, 60),
        fc.double({ min: 0.5, max: 2, noNaN: true }),
        fc.integer({ min: 420, max: 3000 }),
        (period, factor, until) => {
          const state = watch(
            until,
            period,
            () => 300 * factor,
            () => 300,
          );
          expect(driftBetween(state, fine, slow)?.ratio).toBeCloseTo(factor, 9);
        },
      ),
    );
  });

  it('are not compared before five minutes, nor across a gap', () => {
    expect(
      driftBetween(
        watch(
          295,
          5,
          () => 300,
          () => 300,
        ),
        fine,
        slow,
      ),
    ).toBeUndefined();
    expect(
      driftBetween(
        watch(
          300,
          5,
          () => 300,
          () => 300,
        ),
        fine,
        slow,
      )?.ratio,
    ).toBeCloseTo(1, 12);
    const gap = (at: number): boolean => at === 500;
    expect(
      driftBetween(
        watch(
          795,
          5,
          () => 300,
          () => 300,
          gap,
        ),
        fine,
        slow,
      ),
    ).toBeUndefined();
    expect(
      driftBetween(
        watch(
          800,
          5,
          () => 300,
          () => 300,
          gap,
        ),
        fine,
        slow,
      )?.ratio,
    ).toBeCloseTo(1, 12);
  });

  it('show a change within the window, and nothing older than ten minutes', () => {
    const changed = (at: number): number => (at > 600 ? 330 : 300);
    expect(
      driftBetween(
        watch(900, 5, changed, () => 300),
        fine,
        slow,
      )?.ratio,
    ).toBeCloseTo(1.05, 9);
    expect(
      driftBetween(
        watch(1200, 5, changed, () => 300),
        fine,
        slow,
      )?.ratio,
    ).toBeCloseTo(1.1, 9);
  });

  it('take bounded memory, and none once nothing is compared', () => {
    const state = watch(
      7200,
      5,
      () => 300,
      () => 300,
    );
    expect(state.get('fine')!.length).toBeLessThanOrEqual(130);
    expect(watchDrift(state, new Set(), new Map()).size).toBe(0);
  });

  it('that counted nothing are no ratio', () => {
    expect(
      driftBetween(
        watch(
          600,
          5,
          () => 300,
          () => 0,
        ),
        fine,
        slow,
      ),
    ).toBeUndefined();
  });
});

describe('the gauge', () => {
  const shown = (build: (host: ReturnType<typeof scriptedHost>) => void) => {
    const host = scriptedHost();
    build(host);
    const engine = runEngine();
    for (let i = 0; i <= 80; i += 1) {
      engine.step(host.sample());
      host.advance(5, { busy: 5 });
    }
    const { points } = engine.snapshots.at(-1)!;
    return points
      .filter(({ metric }) => metric === 'negawatt_meter_drift_ratio')
      .map(({ labels, value }) => [labels.meter, labels.against, Number(value.toFixed(6))]);
  };
  const power = { reads: { as: 'power' }, ceiling: watts(20_000), interval: seconds(10) } as const;

  it('holds the host total against the next meter of the host, and the processor counters against the host', () => {
    expect(
      shown((host) => {
        host.addMeter('package-0', 'package', 120);
        host.addMeter('dram-0', 'dram', 30);
        host.addMeter('psu', 'platform_in', 330, { ...power, source: 'redfish' });
        host.addMeter('dcmi', 'platform', 300, { ...power, source: 'ipmi' });
        host.addMeter('out', 'platform_out', 290, { ...power, source: 'redfish' });
      }),
    ).toEqual([
      ['platform_in/redfish', 'platform/ipmi', 1.1],
      ['components', 'platform_in/redfish', Number((150 / 330).toFixed(6))],
    ]);
  });

  it('is absent where there is one meter, or a meter and an estimate', () => {
    expect(shown((host) => host.addMeter('package-0', 'package', 120))).toEqual([]);
    expect(
      shown((host) => {
        host.addMeter('dcmi', 'platform', 300, { ...power, source: 'ipmi' });
        host.addModel(100, 400);
      }),
    ).toEqual([]);
  });

  it('is not kept over a restart: what is saved holds no window', () => {
    const host = scriptedHost();
    host.addMeter('package-0', 'package', 120);
    host.addMeter('dcmi', 'platform', 300, { ...power, source: 'ipmi' });
    const engine = runEngine();
    for (let i = 0; i <= 80; i += 1) {
      engine.step(host.sample());
      host.advance(5, { busy: 5 });
    }
    expect(JSON.stringify(engine.engine.persist().state.engine)).not.toContain('drift');
  });
});
