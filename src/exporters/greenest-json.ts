import { type GreenestStart, greenest } from '../carbon/greenest.ts';
import type { GridForecast, GridReading } from '../model/grid.ts';
import type { GridState } from '../model/grid-state.ts';
import type { GramsPerKWh, Ratio } from '../units.ts';

/** What `GET /api/v1/greenest` and `negawatt greenest` are asked. Seconds. */
export interface GreenestQuery {
  readonly duration: number;
  readonly within: number;
  /** Undefined: every series that tells a forecast. */
  readonly signal?: 'average' | 'marginal' | undefined;
}

/** A public contract. Units end the names, times are ISO 8601 in UTC. */
export interface GreenestJson {
  readonly format: 1;
  readonly askedAt: string;
  readonly durationSeconds: number;
  readonly withinSeconds: number;
  /** By series; two are never compared with each other. */
  readonly forecasts: readonly GreenestForecastJson[];
  /** Why there is no answer, or not by every provider, and what to do; one line each. */
  readonly problems: readonly { readonly reason: string; readonly fix: string }[];
}

export interface GreenestForecastJson {
  readonly provider: string;
  readonly zone: string;
  readonly signal: 'average' | 'marginal';
  readonly basis: string;
  readonly gases: string;
  readonly licence: string;
  readonly generatedAt: string;
  /** Since the provider made it. */
  readonly ageSeconds: number;
  /** Of the time asked; less than `withinSeconds` where the forecast ends before. */
  readonly coveredSeconds: number;
  /** Expected mean of a run that begins now; absent where the forecast does not cover it. */
  readonly nowGramsPerKwh?: GramsPerKWh;
  readonly meanGramsPerKwh: GramsPerKWh;
  /** Best first. */
  readonly starts: readonly {
    readonly start: string;
    readonly end: string;
    readonly gramsPerKwh: GramsPerKWh;
    /** Absent where a run that begins now is not covered, or where an intensity is not above 0. */
    readonly savesAgainstNow?: Ratio;
    readonly savesAgainstMean?: Ratio;
  }[];
}

const NO_PROVIDER = {
  reason: 'no provider of live grid data is configured',
  fix: 'name one that tells a forecast in grid.providers, such as gb-carbon-intensity, watttime or electricity-maps',
};

const time = (wall: number): string => new Date(wall).toISOString();

/** When to run something, by every forecast that is known. @param now milliseconds since 1970 UTC. */
export const greenestJson = (
  states: readonly GridState[],
  { duration, within, signal }: GreenestQuery,
  now: number,
): GreenestJson => {
  const problems: { reason: string; fix: string }[] = states.length === 0 ? [NO_PROVIDER] : [];
  const forecasts = states.flatMap((state): readonly GreenestForecastJson[] => {
    const { series, forecast, readings, label, error } = state;
    if (series === undefined) {
      problems.push({
        reason: `${label}: ${error?.message ?? 'has not answered yet'}`,
        fix: error?.fix ?? 'ask again in a minute',
      });
      return [];
    }
    if (signal !== undefined && series.signal !== signal) return [];
    if (forecast === undefined) {
      problems.push({
        reason: `${label} tells no forecast`,
        fix: 'switch its forecast on in grid.providers, if its plan has one, or add a provider that has',
      });
      return [];
    }
    const answer = greenest(fromNow(forecast, readings, now), {
      now,
      duration: duration * 1000,
      within: within * 1000,
    });
    if (answer === undefined) {
      const end = forecast.readings.at(-1)?.to;
      problems.push({
        reason: `the forecast of ${label} covers no such run${end === undefined ? '' : `: it ends ${time(end)}`}`,
        fix: 'ask for a shorter run, or within a shorter time',
      });
      return [];
    }
    const { provider, zone, basis, gases, licence } = series;
    return [
      {
        ...{ provider, zone, signal: series.signal, basis, gases, licence },
        generatedAt: time(forecast.generatedAt),
        ageSeconds: answer.age / 1000,
        coveredSeconds: answer.covered / 1000,
        ...(answer.now === undefined ? {} : { nowGramsPerKwh: answer.now }),
        meanGramsPerKwh: answer.mean,
        starts: answer.starts.map(startJson),
      },
    ];
  });
  if (forecasts.length === 0 && problems.length === 0)
    problems.push({
      reason: `no provider tells a ${signal ?? ''} signal`,
      fix: 'leave out signal, or name the other one',
    });
  return {
    ...{ format: 1, askedAt: time(now), durationSeconds: duration, withinSeconds: within },
    ...{ forecasts, problems },
  };
};

/** Forecasts begin with the next span: the one that lasts is told as a reading. */
const fromNow = (forecast: GridForecast, readings: readonly GridReading[], now: number): GridForecast => {
  const [first] = forecast.readings;
  if (first === undefined || first.from <= now) return forecast;
  const lasting = readings.filter(({ from, to }) => to > now && from < first.from);
  const held = lasting.map((one) => ({ ...one, to: Math.min(one.to, first.from) }));
  return { ...forecast, readings: [...held, ...forecast.readings] };
};

const startJson = ({
  start,
  end,
  intensity,
  ...saves
}: GreenestStart): GreenestForecastJson['starts'][number] => ({
  ...{ start: time(start), end: time(end), gramsPerKwh: intensity },
  ...saves,
});
