/** Boards that are read each fifth sample, a moment after the processors, beside a meter or a curve of the processors. */
import { describe, expect, it } from 'vitest';
import type { Usage } from '../../../src/model/usage.ts';
import { ratio, seconds, watts } from '../../../src/units.ts';
import { runEngine } from '../../fixtures/run-engine.ts';
import { scriptedHost } from '../../fixtures/scripted-host.ts';

const BOARDS = ['GPU-0', 'GPU-1'] as const;
const EVERY = 5;
const MINUTES = 10;

const lived = (processors: 'a meter' | 'a curve') => {
  const host = scriptedHost();
  host.processors = 100;
  if (processors === 'a meter') host.addMeter('package-0', 'package', 100);
  else host.addModel(80, 300);
  for (const id of BOARDS) {
    host.addMeter(id, 'gpu', 73, {
      source: 'nvml',
      reads: { as: 'energy' },
      ceiling: watts(2000),
      interval: seconds(EVERY),
    });
  }
  const run = runEngine();
  // From the edge of a minute on.
  host.wall = Math.ceil(host.wall / 60_000) * 60_000;
  for (let second = 1; second <= MINUTES * 60; second += 1) {
    // Empty for a minute, so that the floor is seen, then at work.
    const isIdle = second <= 60;
    for (const id of BOARDS) host.counters.get(id)!.power = isIdle ? 73 : 400;
    host.advance(1, { busy: isIdle ? 0 : 5 });
    const sample = host.sample();
    const isRead = second % EVERY === 0;
    const readings = sample.readings.filter(({ meter }) => isRead || !meter.startsWith('GPU'));
    const gpus = BOARDS.map((meter) => ({
      ...{ meter, at: sample.at, utilization: ratio(isIdle ? 0 : 0.5) },
      processes: isIdle ? [] : [{ pid: 1, group: '/', utilization: ratio(0.5) }],
    }));
    run.step({ ...sample, readings, ...(isRead ? { gpus } : {}) });
  }
  return run;
};

describe.each(['a meter', 'a curve'] as const)('boards beside %s of the processors', (processors) => {
  const run = lived(processors);
  const settled = run.snapshots.slice(120);

  it('leave the power of the host the sum of that of its parts, at each sample', () => {
    for (const { powers } of settled) {
      const parts = [...powers.components.values()].reduce((total, power) => total + power, 0);
      expect(powers.host).toBeCloseTo(parts, 6);
      expect(powers.host).toBeGreaterThan(800);
    }
  });

  it('have the host at its floor for no longer than its parts', () => {
    const fixedOf = (of: (view: (typeof settled)[number]['view']) => number): number =>
      run.snapshots.reduce((total, { view }) => total + of(view), 0);
    const host = fixedOf(({ metered }) => metered.host?.fixed ?? 0);
    const parts = fixedOf(({ metered }) => metered.components.reduce((sum, { fixed }) => sum + fixed, 0));
    expect(host / parts).toBeCloseTo(1, 3);
    expect(parts).toBeGreaterThan(2 * 73 * (MINUTES * 60 - 60));
  });

  it('have no minute covered for longer than it lasts, and none that was metered for less', () => {
    const rows = run.engine.unsaved().filter(({ period }) => period === 60);
    const coverage = (scope: Usage['scope'], name: string): readonly number[] =>
      rows.filter((row) => row.scope === scope && row.name === name).map(({ covered }) => covered ?? 0);
    const minutes = coverage('host', '').slice(1, MINUTES - 1);
    expect(minutes).toHaveLength(MINUTES - 2);
    for (const covered of minutes) expect(covered).toBeCloseTo(60, 3);
    const own = coverage('domain', processors === 'a meter' ? 'package-0' : 'model').slice(1, MINUTES - 1);
    for (const covered of own) expect(covered).toBeCloseTo(60, 3);
  });
});
