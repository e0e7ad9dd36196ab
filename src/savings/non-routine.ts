import type { Remark } from '../model/estimate.ts';
import type { MeasurePlan } from '../model/measure.ts';
import type { ScopeSeries } from './series.ts';

export interface Adjustment {
  /** J that are added to what was avoided. */
  readonly joules: number;
  /** Half-width, J. */
  readonly uncertainty: number;
  readonly flags: readonly Remark[];
}

/**
 * Dated, evidenced changes that are none of the measure's doing: hosts that draw 30 W less since a refresh would have done
 * so without it, so those joules are taken out of what was avoided. Each event's uncertainty is independent of the others'.
 */
export const nonRoutineAdjustment = (plan: MeasurePlan, after: ScopeSeries): Adjustment => {
  let [joules, variance] = [0, 0];
  const flags: Remark[] = [];
  const end = after.from + after.length * after.step;
  for (const { at, until = end, what, deltaWatts, uncertaintyWatts, evidence } of plan.nonRoutine) {
    let time = 0;
    for (let i = 0; i < after.length; i += 1) {
      const [from, to] = [after.from + i * after.step, after.from + (i + 1) * after.step];
      if (after.usable[i] === 1) time += Math.max(0, Math.min(to, until) - Math.max(from, at));
    }
    if (time === 0) continue;
    joules += deltaWatts * time;
    variance += (uncertaintyWatts * time) ** 2;
    flags.push({
      flag: 'non_routine',
      text: `${what}: ${deltaWatts} W (±${uncertaintyWatts}) over ${(time / 3600).toFixed(0)} h are none of the measure's doing (${evidence}).`,
      remedy: '',
    });
  }
  return { joules, uncertainty: Math.sqrt(variance), flags };
};
