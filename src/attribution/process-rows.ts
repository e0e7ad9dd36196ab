import type { Seconds } from '../units.ts';
import type { ProcessEnergy } from './process-use.ts';

/** Processes with series of their own, by pid and start time, and when each last used any CPU time. */
export type ProcessRows = ReadonlyMap<string, { readonly row: ProcessEnergy; readonly seenAt: Seconds }>;

export const processRowKey = ({ pid, startTicks }: Pick<ProcessEnergy, 'pid' | 'startTicks'>): string =>
  `${pid}/${startTicks}`;

/**
 * Which processes have series of their own after a pass: those that have one stay for the retention after their last
 * use, free places go to the largest newcomers. Never more than `most`.
 */
export const chooseProcesses = (
  rows: ProcessRows,
  processes: readonly ProcessEnergy[],
  limits: { readonly at: Seconds; readonly most: number; readonly retention: Seconds },
): { readonly rows: ProcessRows; readonly retired: readonly ProcessEnergy[] } => {
  const byKey = new Map(processes.map((process) => [processRowKey(process), process]));
  const next = new Map<string, { row: ProcessEnergy; seenAt: Seconds }>();
  const retired: ProcessEnergy[] = [];
  for (const [key, held] of rows) {
    if (byKey.has(key)) next.set(key, { ...held, seenAt: limits.at });
    else if (limits.at - held.seenAt <= limits.retention) next.set(key, held);
    else retired.push(held.row);
  }
  const newcomers = processes
    .filter((process) => !next.has(processRowKey(process)))
    .sort((a, b) => b.energy - a.energy)
    .slice(0, Math.max(0, limits.most - next.size));
  for (const row of newcomers) next.set(processRowKey(row), { row, seenAt: limits.at });
  return { rows: next, retired };
};
