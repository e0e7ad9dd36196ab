import type { Side } from '../model/comparison.ts';
import type { Remark } from '../model/estimate.ts';
import type { MeasurePlan, Registration } from '../model/measure.ts';
import { usedOf } from './effects.ts';
import type { ScopeSeries } from './series.ts';

/** Limits of the reference of the method, section 8. */
const [MOST_UNKNOWN, MOST_WIDTH] = [0.1, 1] as const;
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

export interface Judged {
  readonly refusals: readonly Remark[];
  readonly flags: readonly Remark[];
}

/** What the two windows must have in common, whatever the design. */
export const sidesAgree = (before: Side, after: Side): Judged => {
  const refusals: Remark[] = [];
  for (const [side, word] of [
    [before, 'before'],
    [after, 'after'],
  ] as const) {
    const unknown = side.hostTime > 0 ? 1 - side.knownTime / side.hostTime : 1;
    if (unknown > MOST_UNKNOWN)
      refusals.push({
        flag: 'silent_hosts',
        text: `Of the time ${word}, ${percent(unknown)} of host-hours are not known. Silence is missing data, never a saving.`,
        remedy: 'Leave out the hosts that were silent, or choose a window in which 90 % is known.',
      });
    if (side.work.some(({ amount }) => amount === 0))
      refusals.push({
        flag: 'no_work',
        text: `No work was done in the time ${word}.`,
        remedy: 'Check the counter of work, or choose another window.',
      });
  }
  const [then, now] = [before.meters.join(', '), after.meters.join(', ')];
  if (then !== now && then !== '' && now !== '')
    refusals.push({
      flag: 'meter_changed',
      text: `Energy was counted by ${then} before and by ${now} after: two meters differ by more than most savings.`,
      remedy: 'Compare windows with the same meter, or begin a new baseline with the new one.',
    });
  if (
    (before.quality === 'estimated') !== (after.quality === 'estimated') &&
    before.quality !== undefined &&
    after.quality !== undefined
  )
    refusals.push({
      flag: 'quality_changed',
      text: `Energy is ${before.quality} before and ${after.quality} after.`,
      remedy: 'Compare windows in which it is metered.',
    });
  return { refusals, flags: [] };
};

/** Energy that only followed work is no saving, and growth must not hide behind one. */
export const workMoved = (before: ScopeSeries, after: ScopeSeries, avoided: number): Judged => {
  const [then, now] = [usedOf(before), usedOf(after)];
  const [work0, work1] = [then.work[0] ?? 0, now.work[0] ?? 0];
  if (!(work0 > 0 && work1 > 0 && then.time > 0 && now.time > 0)) return { refusals: [], flags: [] };
  const work = work1 / now.time / (work0 / then.time) - 1;
  const energy = now.energy / now.time / (then.energy / then.time) - 1;
  const intensity = (1 + energy) / (1 + work) - 1;
  const flags: Remark[] = [];
  if (work < 0 && energy < 0 && intensity >= 0)
    flags.push({
      flag: 'work_fell',
      text: `Energy fell by ${percent(-energy)} because work fell by ${percent(-work)}: energy per work did not fall (${intensity > 0 ? '+' : ''}${percent(intensity)}).`,
      remedy: '',
    });
  if (avoided > 0 && energy > 0 && work > 0)
    flags.push({
      flag: 'work_grew',
      text: `Total energy rose by ${percent(energy)} because work rose by ${percent(work)}; without the measure it would have risen more.`,
      remedy: 'Show both lines: what was avoided, and that the total rose.',
    });
  return { refusals: [], flags };
};

/** Service that got worse makes the unit of work worth less. */
export const serviceHeld = (plan: MeasurePlan, before: ScopeSeries, after: ScopeSeries): Judged => {
  const mean = (column: Float64Array | undefined): number => {
    const known = column?.filter(Number.isFinite);
    return known === undefined || known.length === 0
      ? Number.NaN
      : known.reduce((sum, value) => sum + value, 0) / known.length;
  };
  const flags = plan.guards.flatMap(({ name, maxDegradation }, at): readonly Remark[] => {
    const [then, now] = [mean(before.guards[at]), mean(after.guards[at])];
    if (!Number.isFinite(then) || !Number.isFinite(now))
      return [
        {
          flag: 'guard_unknown',
          text: `The guard ${name} is not known on both sides: whether service got worse cannot be said.`,
          remedy: 'Check its query.',
        },
      ];
    const worse = then > 0 ? now / then - 1 : now > 0 ? Number.POSITIVE_INFINITY : 0;
    return worse > maxDegradation
      ? [
          {
            flag: 'lower_service',
            text: `${name} got worse by ${percent(worse)}, and the plan allows ${percent(maxDegradation)}: a unit of work is worth less.${plan.overrides[name] === undefined ? '' : ` Allowed by the plan: ${plan.overrides[name]}`}`,
            remedy:
              plan.overrides[name] === undefined
                ? 'Bring service back, or say in the plan why it may be worse.'
                : '',
          },
        ]
      : [];
  });
  return { refusals: [], flags };
};

/** Figures that cannot be true whatever the design says. */
export const estimateIsPossible = (
  expected: number,
  avoided: number,
  interval: { readonly low: number; readonly high: number },
): Judged => {
  const refusals: Remark[] = [];
  if (!(expected > 0) || avoided > expected)
    refusals.push({
      flag: 'impossible',
      text: 'More energy would have been avoided than the hosts would have used.',
      remedy: 'Check the windows and the work: one of them is not of these hosts.',
    });
  else if (interval.high - interval.low > 2 * MOST_WIDTH * expected)
    refusals.push({
      flag: 'too_wide',
      text: 'The interval is wider than all the energy of these hosts.',
      remedy: 'Take a longer baseline, untouched hosts, or an on/off test.',
    });
  return { refusals, flags: [] };
};

/** What lowers the grade beside the design, worst first. */
export const planReasons = (
  { hashAtStart, hashNow, frozenAt }: Registration,
  { start, withdrawn }: Pick<MeasurePlan, 'start' | 'withdrawn'>,
  sides: readonly Side[],
): readonly Remark[] => {
  const reasons: Remark[] = [];
  if (hashAtStart === undefined || (frozenAt !== undefined && frozenAt > start))
    reasons.push({
      flag: 'no_plan_before',
      text: 'No plan was registered before the start: what is looked for afterwards is found too easily.',
      remedy: 'Register the next measure before it starts: negawatt measure draft.',
    });
  else if (hashAtStart !== hashNow)
    reasons.push({
      flag: 'plan_changed',
      text: 'The plan was changed after its start.',
      remedy: 'Put it back as it was, or register a new measure.',
    });
  if (sides.some(({ quality }) => quality === 'estimated'))
    reasons.push({
      flag: 'estimated_power',
      text: 'Energy is estimated by a model, not metered: a model cannot see what it does not contain.',
      remedy: 'Meter these hosts (negawatt doctor says how).',
    });
  if (withdrawn !== undefined)
    reasons.push({ flag: 'withdrawn', text: `The measure was given up: ${withdrawn}`, remedy: '' });
  return reasons;
};
