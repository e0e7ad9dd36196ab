import { createHash } from 'node:crypto';
import type { GridReading, GridSignal } from '../model/grid.ts';
import type { GridStanding, GridState } from '../model/grid-state.ts';
import type { GramsPerKWh, Seconds } from '../units.ts';
import { recent } from './merge.ts';

/**
 * What this agent knows of the grid, as `GET /api/v1/grid` gives it to other agents: a public contract. Fields may be
 * added; `format` grows when one changes its meaning. Units end the names, times are ISO 8601 in UTC.
 */
export interface GridJson {
  readonly format: 1;
  readonly generatedAt: string;
  /** Providers that have not answered since they were configured: their series are missing here for now. */
  readonly unanswered: number;
  readonly series: readonly GridSeriesJson[];
}

export interface GridSeriesJson {
  /** Who stated the values, `electricity-maps`. */
  readonly provider: string;
  readonly zone: string;
  /** `average`, or `marginal`: of one kWh more, for scheduling and in no total. */
  readonly signal: GridSignal;
  readonly basis: 'direct' | 'lifecycle' | 'marginal';
  readonly gases: 'CO2' | 'CO2e';
  readonly gwp: string;
  readonly boundary: string;
  readonly edition: string;
  /** Why no inventory may take it, where its signal and basis do not say so already. */
  readonly notForInventory?: string;
  readonly source: string;
  /** Some licences allow use inside one organisation only: `redistribution` says so. */
  readonly licence: string;
  /** `own-use`: not to be passed on to another organisation. `see-licence`: as the licence says. */
  readonly redistribution: 'own-use' | 'see-licence';
  readonly intervalSeconds: Seconds;
  /** When the provider was heard last. */
  readonly fetchedAt: string;
  /** Since the end of the newest reading, when the document was made; absent without a reading. */
  readonly ageSeconds?: Seconds;
  /** `fresh`, `stale`, `degraded` or `gone`, by that age. */
  readonly state: GridStanding;
  /** Why the provider did not answer last, if so. */
  readonly error?: string;
  /** Of the last 24 hours, the newest one in any case. */
  readonly readings: readonly GridReadingJson[];
  readonly forecast?: { readonly generatedAt: string; readonly readings: readonly GridReadingJson[] };
}

export interface GridReadingJson {
  readonly from: string;
  readonly to: string;
  readonly gramsPerKwh: GramsPerKWh;
  /** Whether the provider calls it an estimate, which it may restate. */
  readonly estimated: boolean;
}

export interface GridDocument {
  readonly json: GridJson;
  /** Changes with what is told, not with the time of asking. */
  readonly etag: string;
  /** For `Cache-Control: max-age`: until the next question to a provider. */
  readonly maxAge: Seconds;
}

export const GRID_FORMAT = 1;
const SHOWN_MS = 24 * 3_600_000;
/** Whoever asks at the very moment of a question to a provider may come a little later. */
const LEAST_MAX_AGE = 5;
const MOST_MAX_AGE = 300;
/** Providers whose terms forbid to pass values on (carbon reference, section 7). */
const OWN_USE: ReadonlySet<string> = new Set(['watttime', 'electricity-maps', 'singularity']);

const time = (at: number): string => new Date(at).toISOString();

const readingJson = ({ from, to, value, estimated }: GridReading): GridReadingJson => ({
  ...{ from: time(from), to: time(to) },
  ...{ gramsPerKwh: value, estimated },
});

/** One series; undefined where nothing is known of it. @param span milliseconds of the past that are told. */
export const seriesJson = (state: GridState, now: number, span = SHOWN_MS): GridSeriesJson | undefined => {
  const { series, fetchedAt, age, readings, forecast, error } = state;
  if (series === undefined || fetchedAt === undefined) return undefined;
  const { interval, ...rest } = series;
  return {
    ...rest,
    redistribution: OWN_USE.has(series.provider) ? 'own-use' : 'see-licence',
    intervalSeconds: interval,
    fetchedAt: time(fetchedAt),
    ...(age === undefined ? {} : { ageSeconds: age }),
    state: state.state,
    ...(error === undefined ? {} : { error: error.message }),
    readings: recent(readings, now, span).map(readingJson),
    ...(forecast === undefined
      ? {}
      : {
          forecast: { generatedAt: time(forecast.generatedAt), readings: forecast.readings.map(readingJson) },
        }),
  };
};

/** What `GET /api/v1/grid` answers now. @param now milliseconds since 1970 UTC. */
export const gridDocument = (states: readonly GridState[], now: number): GridDocument => {
  const series = states.flatMap((state) => seriesJson(state, now) ?? []);
  const unanswered = states.filter((state) => state.series === undefined).length;
  const next = Math.min(...states.map((state) => state.next ?? Number.POSITIVE_INFINITY));
  const told = series.map(({ ageSeconds: _, ...rest }) => rest);
  const wait = Math.floor((next - now) / 1000);
  return {
    json: { format: GRID_FORMAT, generatedAt: time(now), unanswered, series },
    etag: `W/"${createHash('sha256').update(JSON.stringify(told)).digest('base64url').slice(0, 22)}"`,
    maxAge: Math.min(Math.max(wait, LEAST_MAX_AGE), MOST_MAX_AGE) as Seconds,
  };
};
