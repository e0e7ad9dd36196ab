import type { GridAnswer, GridError, GridForecast, GridReading, GridSeries } from '../model/grid.ts';
import {
  GRID_STANDINGS,
  type GridCounts,
  type GridStanding,
  type GridState,
  standingOf,
} from '../model/grid-state.ts';
import { type Seconds, seconds } from '../units.ts';
import { believable, type Drops, mergeReadings, seriesKey } from './merge.ts';
import type { ReadSeries } from './series-schema.ts';

type Counts = { -readonly [K in 'asked' | 'answered' | 'failed' | 'restated' | 'seriesChanges']: number };

/** What is known of one provider, and how it came to be known. Holds no clock and no timer. */
export class SlotRecord {
  readonly #counts: Counts = { asked: 0, answered: 0, failed: 0, restated: 0, seriesChanges: 0 };
  readonly #dropped = { future: 0, missing: 0, absurd: 0, overlap: 0 };
  readonly #entered = Object.fromEntries(GRID_STANDINGS.map((name) => [name, 0])) as Record<
    GridStanding,
    number
  >;
  #series: GridSeries | undefined;
  #readings: readonly GridReading[] = [];
  #forecast: GridForecast | undefined;
  #fetchedAt: number | undefined;
  #notes: readonly string[] = [];
  #error: GridState['error'];
  #failures = 0;
  #standing: GridStanding = 'gone';

  /** Failures in a row. */
  get failures(): number {
    return this.#failures;
  }

  get fetchedAt(): number | undefined {
    return this.#fetchedAt;
  }

  /** Takes what was kept on disk. */
  restore(kept: ReadSeries, now: number): void {
    this.#series = kept.series;
    this.#readings = mergeReadings([], kept.readings, kept.series, now).readings;
    this.#forecast = kept.forecast;
    this.#fetchedAt = kept.fetchedAt;
  }

  asked(): void {
    this.#counts.asked += 1;
  }

  /** @returns what the operator should hear of a change of the series. */
  answered(answer: GridAnswer, now: number): string | undefined {
    const { series, forecast } = answer;
    const before = this.#series;
    const isOther = before !== undefined && seriesKey(before) !== seriesKey(series);
    const merged = mergeReadings(isOther ? [] : this.#readings, answer.readings, series, now);
    this.#count(merged.dropped);
    this.#counts.answered += 1;
    // Another series is exported under labels of its own, and none of it was told anew yet.
    this.#counts.restated = isOther ? 0 : this.#counts.restated + merged.restated;
    if (isOther) this.#counts.seriesChanges += 1;
    this.#series = series;
    this.#readings = merged.readings;
    // An answer without one does not undo what was foretold: it grows old by itself.
    const foretold = forecast && { ...forecast, readings: believable(forecast.readings, series.signal) };
    this.#forecast = foretold ?? (isOther ? undefined : this.#forecast);
    this.#fetchedAt = now;
    this.#notes = answer.notes;
    this.#error = undefined;
    this.#failures = 0;
    return isOther ? `is another series now: ${difference(before, series)}` : undefined;
  }

  failed({ kind, message, fix }: GridError, now: number): void {
    this.#counts.failed += 1;
    this.#failures += 1;
    this.#error = { kind, message, fix, since: this.#error?.since ?? now };
  }

  /** Where it stands now, counted when it is another one than at the last look. @returns the one before, if so. */
  look(now: number): { readonly standing: GridStanding; readonly before?: GridStanding } {
    const before = this.#standing;
    this.#standing = this.#series === undefined ? 'gone' : standingOf(this.#age(now), this.#series.interval);
    if (before === this.#standing) return { standing: before };
    this.#entered[this.#standing] += 1;
    return { standing: this.#standing, before };
  }

  state(now: number): Omit<GridState, 'id' | 'provider' | 'label' | 'next'> {
    const age = this.#age(now);
    const counts: GridCounts = {
      ...this.#counts,
      dropped: { ...this.#dropped },
      entered: { ...this.#entered },
    };
    return {
      ...(this.#series === undefined ? {} : { series: this.#series }),
      readings: this.#readings,
      ...(this.#forecast === undefined ? {} : { forecast: this.#forecast }),
      ...(this.#fetchedAt === undefined ? {} : { fetchedAt: this.#fetchedAt }),
      ...(age === undefined ? {} : { age }),
      state: this.#standing,
      ...(this.#error === undefined ? {} : { error: this.#error }),
      notes: this.#notes,
      counts,
    };
  }

  #age(now: number): Seconds | undefined {
    const newest = this.#readings.at(-1);
    return newest === undefined ? undefined : seconds(Math.max(0, (now - newest.to) / 1000));
  }

  #count(dropped: Drops): void {
    for (const [why, number] of Object.entries(dropped)) this.#dropped[why as keyof Drops] += number;
  }
}

const difference = (before: GridSeries, after: GridSeries): string =>
  (['provider', 'zone', 'signal', 'basis', 'gases', 'gwp', 'boundary', 'edition'] as const)
    .filter((name) => before[name] !== after[name])
    .map((name) => `${name} "${after[name]}" after "${before[name]}"`)
    .join(', ');
