import { accountKey } from '../ledger.ts';
import { type Labels, type MetricName, metricOf } from '../metrics.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Seconds } from '../units.ts';
import { cleaned } from './producer.ts';

/** Start times by series, milliseconds since 1970 UTC; what a restarted agent needs to go on with its series. */
export interface StartMarks {
  readonly bootId: string;
  /** When this boot began. */
  readonly booted: number;
  /** Of the counters that are kept over restarts. */
  readonly series: ReadonlyMap<string, number>;
}

/** Where one run of a process leaves start times for the next: a reload must not look like a reset. */
export interface StartsHandover {
  marks?: StartMarks;
}

/** Start times of the counters of one snapshot. */
export interface Starts {
  /** Milliseconds since 1970 UTC. @param labels as the producer gives them: cleaned. */
  of(metric: MetricName, labels: Labels): number;
  readonly marks: StartMarks;
}

interface Held {
  readonly start: number;
  readonly bornAt: Seconds | undefined;
}

/**
 * Knows since when each counter counts without a break.
 *
 * To a receiver another start time says that a counter began anew, so its whole value is new. A counter that is kept over
 * restarts therefore keeps its start time too; one that was born or began anew between two exports starts at the earlier
 * of them, when it was 0; one that an earlier run kept and of which nobody knows the start begins with its first export,
 * as the OpenTelemetry data model asks ("Cumulative streams: handling unknown start time").
 *
 * @param kept of an earlier run.
 * @param since when this run began, milliseconds since 1970 UTC: later than the process where a reload began it; default:
 *   with the process.
 * @returns takes in what is exported, in the order of time.
 */
export const createStarts = (
  kept: StartMarks | undefined,
  since?: number,
): ((snapshot: Snapshot) => Starts) => {
  let held = new Map<string, Held>();
  let last: number | undefined;
  // Told once for a boot: the time follows a clock that is set now and then.
  let boot = kept === undefined ? undefined : { id: kept.bootId, at: kept.booted };
  return ({ points, ledger, view, setting }) => {
    const now = Math.round(view.sample.wall);
    const began = Math.round(setting.startedAt * 1000);
    const run = since ?? began;
    // Before the first export of a run, all that the run itself counts was 0 when it started.
    const before = last ?? run;
    const { bootId, uptime } = view.sample;
    if (boot?.id !== bootId) boot = { id: bootId, at: Math.round(now - uptime * 1000) };
    const next = new Map<string, Held>();
    const starts = new Map<string, number>();
    for (const { metric, labels } of points) {
      const { kind, persisted } = metricOf(metric);
      if (kind !== 'counter') continue;
      const key = accountKey(metric, cleaned(labels));
      const account = ledger.get(accountKey(metric, labels));
      if (account === undefined && persisted !== true) {
        const ofOthers = { system_cpu_time_seconds_total: boot.at, process_cpu_seconds_total: began };
        starts.set(key, ofOthers[metric as keyof typeof ofOthers] ?? run);
        continue;
      }
      const bornAt = account?.bornAt;
      const known = held.get(key);
      const unknown = (): number => kept?.series.get(key) ?? (last === undefined ? now : before);
      const start =
        known !== undefined && known.bornAt === bornAt
          ? known.start
          : bornAt === undefined
            ? unknown()
            : before;
      next.set(key, { start, bornAt });
      starts.set(key, start);
    }
    held = next;
    last = now;
    return {
      // A clock that was set back must not make a counter start after its own value.
      of: (metric, labels) => Math.min(starts.get(accountKey(metric, labels)) ?? began, now),
      marks: {
        bootId,
        booted: boot.at,
        series: new Map([...next].map(([key, { start }]) => [key, start])),
      },
    };
  };
};
