import type { Factor, FactorStatus } from '../model/factor.ts';
import type { GridReading, GridSeries } from '../model/grid.ts';
import { isPlausible } from './guard.ts';

/** Readings of one series, in order of time. */
export interface LiveSeries {
  readonly series: GridSeries;
  readonly readings: readonly GridReading[];
}

/** How old a reading may be before the table takes over (carbon reference, section 7). */
const LONGEST = 24 * 3_600_000;

/**
 * Why a live series may not serve the location-based total, or undefined if it may: that takes averages of what power
 * stations emit, and nothing else.
 */
export const liveRefusal = ({ signal, basis, provider, notForInventory }: GridSeries): string | undefined => {
  if (signal === 'marginal' || basis === 'marginal')
    return `${provider} tells what one kWh more would change: it serves scheduling alone`;
  if (basis === 'lifecycle')
    return `${provider} counts fuel supply and construction beside the stack, so Scope 2 refuses it`;
  return notForInventory === undefined ? undefined : `${provider}: ${notForInventory}`;
};

export interface LiveFactor {
  readonly factor: Factor;
  /** Milliseconds since 1970 UTC from which another answer may hold. */
  readonly until: number;
}

/**
 * The factor of a live series at an instant: the reading of that time, else the last one before it while it is not
 * older than a day, with its age told by the status. Undefined beyond that: the caller falls back and says so. Nothing
 * is interpolated, and no reading of a later time is used.
 */
export const liveFactorAt = (live: LiveSeries, zone: string, wall: number): LiveFactor | undefined => {
  const { series, readings } = live;
  if (liveRefusal(series) !== undefined) return undefined;
  const usable = readings.filter(({ value }) => isPlausible(value));
  const last = usable.findLast(({ from }) => from <= wall);
  if (last === undefined) return undefined;
  const next = usable.find(({ from }) => from > wall)?.from ?? Number.POSITIVE_INFINITY;
  const interval = series.interval * 1000;
  const steps: readonly (readonly [number, FactorStatus])[] = [
    [last.to + interval, 'live'],
    [last.to + 2 * interval, 'live_stale'],
    [last.to + LONGEST, 'live_degraded'],
  ];
  const step = steps.find(([end]) => wall < end);
  if (step === undefined) return undefined;
  const [end, status] = step;
  const until = Math.min(wall < last.to ? last.to : end, next);
  return { factor: factorOf(live, last, zone, status), until };
};

const factorOf = (
  { series }: LiveSeries,
  { value, from, to, estimated }: GridReading,
  zone: string,
  status: FactorStatus,
): Factor => ({
  id: [zone, series.basis, series.provider, ...(series.edition === '' ? [] : [series.edition])].join('/'),
  method: 'location',
  status,
  provider: series.provider,
  readTo: to,
  row: {
    zone,
    name: series.zone,
    level: 'live',
    value,
    basis: series.basis,
    gases: series.gases,
    gwp: series.gwp,
    boundary: series.boundary,
    year: new Date(from).getUTCFullYear(),
    yearKind: 'data',
    source: series.source,
    licence: series.licence,
    citation: '-',
    check: 'live',
    note: estimated ? 'an estimate of the provider' : '-',
  },
});
