import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type EmbodiedState, embodiedStep } from '../../src/carbon/embodied-step.ts';
import { reservedShares } from '../../src/carbon/reserved-share.ts';
import { type SciState, sciOf, sciStep } from '../../src/carbon/sci.ts';
import type { Workload } from '../../src/model/workload.ts';
import { grams, joules, seconds } from '../../src/units.ts';
import { policyFor } from '../fixtures/embodied.ts';

const amount = fc.double({ min: 0, max: 1e6, noNaN: true });
const close = (actual: number, wanted: number): void =>
  expect(Math.abs(actual - wanted)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(wanted)));
const rows: readonly Workload[] = Array.from({ length: 8 }, (_, i) => ({
  id: `w${i}`,
  kind: 'container',
  class: 'x',
  labels: {},
}));
const weights = fc
  .array(fc.double({ min: 0, max: 500, noNaN: true }), { maxLength: 8 })
  .map((all) => all.map((one, i) => ({ workload: rows[i] as Workload, amount: one })));

it('shares of the hardware and what nobody reserved sum to 1, whatever is reserved of whatever there is', () => {
  fc.assert(
    fc.property(
      weights,
      fc.option(fc.integer({ min: 0, max: 256 }), { nil: undefined }),
      weights,
      fc.integer({ min: 0, max: 16 }),
      (processors, ofProcessors, gpus, ofGpus) => {
        const shares = reservedShares({ processors, ofProcessors, gpus, ofGpus });
        for (const part of ['host', 'gpu'] as const) {
          const all = shares.rows.map((row) => row[part]);
          for (const share of [...all, shares.unallocated[part]]) expect(share).toBeGreaterThanOrEqual(0);
          close(all.reduce((sum, share) => sum + share, 0) + shares.unallocated[part], 1);
        }
      },
    ),
  );
});

it('any split of a time into ticks books the same, with and without an end of life inside it', async () => {
  const start = Date.UTC(2026, 0, 1);
  const life = 5 * 365 * 86_400_000;
  const gaps = fc.array(fc.integer({ min: 0, max: 40 * 86_400 }), { minLength: 1, maxLength: 20 });
  const policies = [
    await policyFor({}, { host: { kg: 1300, source: 's' } }),
    await policyFor({}, { host: { kg: 1300, source: 's' }, purchased: start - life + 86_400_000 * 30 }),
    await policyFor({}, { host: { kg: 1300, source: 's' }, purchased: start + 86_400_000 * 3 }),
  ];
  fc.assert(
    fc.property(gaps, fc.constantFrom(...policies), (split, policy) => {
      const run = (ticks: readonly number[]): number => {
        let state: EmbodiedState | undefined;
        let time = 0;
        let total = 0;
        for (const gap of [0, ...ticks]) {
          time += gap;
          const step = embodiedStep(
            state,
            {
              bootId: 'a',
              at: seconds(time),
              uptime: seconds(time),
              wall: start + time * 1000,
              gpus: new Map([['g', 'any']]),
              reserved: { processors: [], ofProcessors: 1, gpus: [] },
            },
            policy,
          );
          state = step.state;
          total += (step.booked.host ?? 0) + (step.booked.gpu ?? 0);
        }
        return total;
      };
      close(run(split), run([split.reduce((sum, gap) => sum + gap, 0)]));
    }),
  );
});

it('a score over any ticks is that of their sums', () => {
  const tick = fc.record({ done: amount, energy: amount, operational: amount, embodied: amount });
  fc.assert(
    fc.property(fc.array(tick, { minLength: 1, maxLength: 20 }), (ticks) => {
      let state: SciState | undefined;
      for (const { done, energy, operational, embodied } of ticks) {
        state = sciStep(state, {
          work: [{ key: 'k', workload: 'host', unit: 'jobs', done, energy: joules(energy) }],
          basis: 'one',
          operational: () => grams(operational),
          embodied: () => grams(embodied),
          isHeld: () => true,
        }).state;
      }
      const sum = (of: (one: (typeof ticks)[number]) => number): number =>
        ticks.reduce((total, one) => total + of(one), 0);
      const pair = state?.pairs.get('k');
      const whole = sciOf({
        operational: grams(sum((one) => one.operational)),
        embodied: grams(sum((one) => one.embodied)),
        done: sum((one) => one.done),
      });
      const score = pair === undefined ? undefined : sciOf(pair);
      if (whole === undefined) expect(score).toBeUndefined();
      else expect(Math.abs((score ?? Number.NaN) - whole)).toBeLessThanOrEqual(1e-9 * whole);
    }),
  );
});
