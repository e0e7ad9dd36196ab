import type { HostBooking } from './energy/host-total.ts';
import type { Sample } from './model/sample.ts';
import type { PersistedState } from './model/state.ts';

/** What became of the energy of the time in which the agent was down: one line for the log, once after a restart. */
export interface Resumed {
  readonly level: 'info' | 'warn';
  readonly message: string;
}

export interface ResumedInput {
  readonly saved: PersistedState;
  /** Whether the state of the tick could be gone on from, beside the counters. */
  readonly restored: boolean;
  /** Whether the marks of control groups were kept: without them nobody knows whose work it was. */
  readonly owners: boolean;
  /** The first sample of this run. */
  readonly first: Sample;
  /** Up to when the host was booked before this tick, monotonic seconds, 0 where it never was, and what the tick booked. */
  readonly bookedUntil: number;
  readonly host: HostBooking | undefined;
}

/** Clocks of readings differ by less: a longer hole is time without energy. */
const LONGEST_ROUNDING_S = 0.5;

/** Undefined until it is known: a meter may report later. Pure. */
export const resumed = (input: ResumedInput): Resumed | undefined => {
  const { saved, restored, owners, first, bookedUntil, host } = input;
  if (saved.bootId !== first.bootId) {
    const down = Math.max(0, (first.wall - saved.wall) / 1000);
    return {
      level: 'warn',
      message:
        `the host was booted since the state was kept ${spanOf(down)} ago: counters go on; ` +
        'energy used after that and before the boot is not counted, for its meters began anew',
    };
  }
  const down = spanOf(Math.max(0, first.at - saved.savedAt));
  const lost = (why: string): Resumed => ({
    level: 'warn',
    message: `the agent was down for ${down}: counters go on; ${why}`,
  });
  if (!restored) return lost('energy used meanwhile is not counted, for the saved state could not be read');
  if (host === undefined) return undefined;
  // Killed before the host was ever booked: what its meters counted is booked from their first reading.
  const hole = bookedUntil === 0 ? 0 : host.from - bookedUntil;
  if (hole > LONGEST_ROUNDING_S)
    return lost(
      `energy of ${spanOf(hole)} of it is not counted, for a meter may have passed its range more than once or was not ` +
        'there; negawatt_host_unmetered_seconds_total has grown by that',
    );
  return {
    level: 'info',
    message:
      `the agent was down for ${down}: ${Math.round(host.energy)} J used since are counted, ` +
      (owners ? 'with their owners' : 'those of workloads in `other`, for it did not end in good order'),
  };
};

const spanOf = (seconds: number): string =>
  seconds < 120
    ? `${seconds.toFixed(1)} s`
    : seconds < 7200
      ? `${Math.round(seconds / 60)} min`
      : `${(seconds / 3600).toFixed(1)} h`;
