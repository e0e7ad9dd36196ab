import type { GpuProcess } from '../model/gpu.ts';
import { ratio } from '../units.ts';
import type { Sampled } from './nvml-utilization.ts';

/**
 * Processes of a board that were there at the last reading and are no more. The driver forgets the samples of a process
 * that has ended and keeps those of the board (driver 580 on an H200): what the board was busy for nobody who is still
 * there was theirs.
 */
export class LeftProcesses {
  /** All that were seen since the driver last sampled, as they were last. */
  readonly #seen = new Map<number, GpuProcess>();

  /**
   * @param here the processes of this reading.
   * @param sampled what the driver sampled of the board; undefined where it tells nothing.
   */
  read(here: readonly GpuProcess[], sampled: Sampled | undefined): readonly GpuProcess[] {
    // Without a new sample nothing is known of the time since the last one: that is told with the next.
    if (sampled?.isFresh === false) {
      for (const one of here) if (!this.#seen.has(one.pid)) this.#seen.set(one.pid, one);
      return [];
    }
    for (const { pid } of here) this.#seen.delete(pid);
    const gone = [...this.#seen.values()];
    this.#seen.clear();
    for (const one of here) this.#seen.set(one.pid, one);
    const missing = (sampled?.mean ?? 0) - sumOf(here);
    if (gone.length === 0 || missing <= 0) return [];
    const before = sumOf(gone);
    return gone.map(({ pid, group, utilization = 0 }) => ({
      pid,
      ...(group === undefined ? {} : { group }),
      utilization: ratio(missing * (before > 0 ? utilization / before : 1 / gone.length)),
      left: true,
    }));
  }
}

const sumOf = (processes: readonly GpuProcess[]): number =>
  processes.reduce((total, { utilization = 0 }) => total + utilization, 0);
