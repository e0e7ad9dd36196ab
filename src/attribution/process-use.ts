import type { ProcessPass, ProcessReading } from '../model/process.ts';
import { type Joules, joules, type Seconds, scale, seconds, sum } from '../units.ts';

/** CPU time and dynamic energy of the host since the last pass over its processes. */
export interface PassWindow {
  readonly busy: Seconds;
  readonly dynamic: Joules;
}

export interface ProcessState {
  readonly at: Seconds;
  /** What was read of each process, by pid. */
  readonly readings: ReadonlyMap<number, ProcessReading>;
}

export interface ProcessEnergy {
  readonly pid: number;
  readonly startTicks: number;
  readonly name: string;
  readonly cpu: Seconds;
  readonly energy: Joules;
}

export interface ProcessUse {
  readonly state: ProcessState;
  /** Time between the two passes; 0 at the first. */
  readonly window: Seconds;
  /** Processes that used any CPU time in the window; empty at the first pass. */
  readonly processes: readonly ProcessEnergy[];
  /** Dynamic energy that no living process accounts for: ended and unseen ones, kernel, interrupts. */
  readonly rest: Joules;
  /** Share of the host's busy time that living processes account for, 0..1: what tools by PID can see at best. */
  readonly seen: number;
}

/** Clock ticks in a second for every Linux architecture that servers use (USER_HZ, proc(5)). */
const USER_HZ = 100;

/**
 * Dynamic energy by process between two passes. Pure. Law: the processes and `rest` sum to the window's dynamic energy.
 *
 * A reused pid is another process. One that started after the last pass is counted from its start; at the first pass
 * nobody's past is counted.
 */
export const processUse = (
  before: ProcessState | undefined,
  pass: ProcessPass,
  window: PassWindow,
): ProcessUse => {
  const readings = new Map<number, ProcessReading>();
  const used: { reading: ProcessReading; cpu: Seconds }[] = [];
  for (const reading of pass.processes) {
    readings.set(reading.pid, reading);
    if (before === undefined) continue;
    const known = before.readings.get(reading.pid);
    // Most processes sleep: the source gives the same object again.
    if (known === reading) continue;
    const same = known !== undefined && known.startTicks === reading.startTicks;
    const isNew = !same && reading.startTicks / USER_HZ >= before.at - 1;
    const delta = same ? Math.max(0, reading.cpu - known.cpu) : isNew ? reading.cpu : 0;
    if (delta > 0) used.push({ reading, cpu: seconds(delta) });
  }
  const total = sum(used.map((use) => use.cpu));
  const divisor = Math.max(window.busy, total);
  const processes = used.map(({ reading, cpu: own }): ProcessEnergy => {
    const energy = scale(window.dynamic, own / divisor);
    return { pid: reading.pid, startTicks: reading.startTicks, name: reading.name, cpu: own, energy };
  });
  const rest = before === undefined ? window.dynamic : window.dynamic - sum(processes.map((p) => p.energy));
  return {
    state: { at: pass.from, readings },
    window: seconds(before === undefined ? 0 : pass.from - before.at),
    processes,
    rest: joules(Math.max(0, rest)),
    seen: divisor > 0 ? total / divisor : 0,
  };
};
