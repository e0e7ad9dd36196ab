import type { CpuMode, CpuTimes } from '../model/host.ts';
import { type Ratio, ratio, type Seconds, seconds } from '../units.ts';

/** CPU time of the whole host between two readings. */
export interface CpuUse {
  readonly from: Seconds;
  readonly to: Seconds;
  /** user + nice + system + interrupt + softirq. Guest time is inside user; stolen time was never ours. */
  readonly busy: Seconds;
  /** All modes together, stolen time included: processors x time. */
  readonly total: Seconds;
  readonly stolen: Seconds;
  /** Busy share of all processor time, 0..1: what drives a load curve. */
  readonly load: Ratio;
}

const BUSY: readonly CpuMode[] = ['user', 'nice', 'system', 'interrupt', 'softirq'];
const MODES: readonly CpuMode[] = [...BUSY, 'idle', 'iowait', 'steal'];

/** The difference of two cumulative readings; a mode that went backwards counts as unchanged (iowait does). */
export const cpuUseBetween = (before: CpuTimes, now: CpuTimes): CpuUse => {
  const grown = (mode: CpuMode): number => Math.max(0, now.modes[mode] - before.modes[mode]);
  const busy = BUSY.reduce((total, mode) => total + grown(mode), 0);
  const total = MODES.reduce((all, mode) => all + grown(mode), 0);
  return {
    from: before.at,
    to: now.at,
    busy: seconds(busy),
    total: seconds(total),
    stolen: seconds(grown('steal')),
    load: ratio(total > 0 ? Math.min(1, busy / total) : 0),
  };
};
