import type { GramsPerKWh, Seconds } from '../units.ts';
import type { FactorBasis, Gases } from './factor.ts';

/**
 * What a series of a grid tells. `average`: emissions over energy of all that is fed in, which inventories use.
 * `marginal`: what one kWh more or less would change, which serves scheduling alone and is in no total.
 */
export type GridSignal = 'average' | 'marginal';

/** Intensity of a grid over a span of time. */
export interface GridReading {
  /** Milliseconds since 1970 UTC. */
  readonly from: number;
  /** Milliseconds since 1970 UTC, after `from`; the span is half-open. */
  readonly to: number;
  readonly value: GramsPerKWh;
  /** Whether the provider calls it an estimate of its own, which it may restate. */
  readonly estimated: boolean;
}

/** What all readings of one series share. Readings of two series are never mixed, averaged or compared. */
export interface GridSeries {
  /** Name of the provider as in the configuration, `electricity-maps`. */
  readonly provider: string;
  /** Code of the zone as the provider names it, and as it was asked for. */
  readonly zone: string;
  readonly signal: GridSignal;
  readonly basis: Extract<FactorBasis, 'direct' | 'lifecycle' | 'marginal'>;
  readonly gases: Gases;
  /** Assessment report of the warming potentials; `none` for CO2 alone, `unstated` where the provider does not say. */
  readonly gwp: string;
  /** `production`, `consumption` or `unstated`. */
  readonly boundary: string;
  /** Version of the provider's method, '' where there is none: another one is another series. */
  readonly edition: string;
  /** Why no inventory may take it although its signal and basis would allow it: it serves scheduling. */
  readonly notForInventory?: string;
  readonly source: string;
  readonly licence: string;
  /** Time that one reading covers. */
  readonly interval: Seconds;
}

/** What is expected of a grid, as it was foretold at one time. Never booked. */
export interface GridForecast {
  /** When the provider made it, milliseconds since 1970 UTC. */
  readonly generatedAt: number;
  /** In order of time, without overlap. */
  readonly readings: readonly GridReading[];
}

/** What a provider tells at one time. */
export interface GridAnswer {
  readonly series: GridSeries;
  /** In order of time, without overlap; past and present alone. Earlier ones replace what was told of the same time. */
  readonly readings: readonly GridReading[];
  readonly forecast?: GridForecast;
  /** What the operator should know: a mapped location, a warning of the provider. One line each. */
  readonly notes: readonly string[];
}

/**
 * Why a provider gave no answer.
 *
 * - `refused`: the key is missing, wrong or has no right to the zone (401, 403); no retry until the configuration
 *   changes. - `unknown`: there is no such zone or address (404): a mistake in the configuration. - `busy`: asked too
 *   often (429, 503); wait for `retryAfter`. - `failed`: anything else: time-out, 5xx, a body that is no answer.
 */
export type GridErrorKind = 'refused' | 'unknown' | 'busy' | 'failed';

/** No answer. `message` says what and why in one line without any secret; `fix` what to do. */
export class GridError extends Error {
  readonly kind: GridErrorKind;
  readonly fix: string;
  /** Time that the provider asks to wait. */
  readonly retryAfter: Seconds | undefined;

  constructor(
    kind: GridErrorKind,
    message: string,
    options: { readonly fix?: string; readonly retryAfter?: Seconds; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'GridError';
    this.kind = kind;
    this.fix = options.fix ?? '';
    this.retryAfter = options.retryAfter;
  }
}

/** One zone of one provider of live data. */
export interface GridProvider {
  readonly name: string;
  /** One line for people: `GB Carbon Intensity (NESO), region 13`. */
  readonly label: string;
  /** How often there is something new: as often is it asked. */
  readonly period: Seconds;
  /**
   * Asks once. One request in flight is the caller's duty; time-out and size are bounded here.
   *
   * @param now milliseconds since 1970 UTC. @throws GridError and nothing else.
   */
  ask(now: number, signal: AbortSignal): Promise<GridAnswer>;
  /** Whether what was refused has changed since, a key file written anew: then it is worth another try. Never rejects. */
  renewed?(): Promise<boolean>;
}
