import type { Meter } from '../model/meter.ts';
import { type Seconds, seconds } from '../units.ts';
import type { HostSource } from './host-total.ts';
import type { MeteringStep } from './metering.ts';

/** The meters that the host total is made of. */
export interface HostMeter {
  readonly source: HostSource;
  /** `components: package-0, dram-0 (rapl)`. */
  readonly text: string;
  /** Slowest refresh among them, GPU boards left aside. */
  readonly interval: Seconds;
}

const MOST_NAMED = 8;

/** What the host total is made of at this tick; undefined where it is an estimate or nothing was booked. */
export const hostMeterOf = (
  { host }: Pick<MeteringStep, 'host'>,
  meters: readonly Meter[],
): HostMeter | undefined => {
  if (host === undefined || host.source === 'model' || host.quality === 'estimated') return undefined;
  const used = meters.filter(({ id }) => id in host.byMeter);
  const names = used.map(({ id }) => id).sort();
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  const sources = [...new Set(used.map(({ source }) => source))].join(', ');
  return {
    source: host.source,
    text: `${host.source}: ${names.slice(0, MOST_NAMED).join(', ')}${more} (${sources})`,
    interval: slowestOf(used.filter(({ domain }) => domain !== 'gpu')),
  };
};

export const slowestOf = (meters: readonly Meter[]): Seconds =>
  seconds(Math.max(0, ...meters.map(({ interval }) => interval)));
