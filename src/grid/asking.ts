import { GridError, type GridErrorKind, type GridForecast } from '../model/grid.ts';
import type { Seconds } from '../units.ts';
import { askGrid, type GridRequest } from './client.ts';
import { skewNotes } from './skew.ts';

export type Fixes = Readonly<Partial<Record<GridErrorKind, string>>>;

/** What the questions of one round have in common. */
export interface Round {
  /** Asks and gives the body. @throws GridError with the fix that helps with this provider */
  body(request: Pick<GridRequest, 'url' | 'headers' | 'secrets'>, fixes?: Fixes): Promise<string>;
  /** What the answers said beside their bodies: a clock that is off. */
  notes(): readonly string[];
}

/** @param wait what a provider is known to want where it is busy and does not say how long. */
export const createRound = (
  common: Pick<GridRequest, 'timeout' | 'signal' | 'accept'>,
  fixes: Fixes,
  wait?: Seconds,
): Round => {
  const notes = new Set<string>();
  return {
    body: async (request, others = fixes) => {
      const response = await withFix(askGrid({ ...common, ...request }), others, wait);
      for (const note of skewNotes(response)) notes.add(note);
      return response.body;
    },
    notes: () => [...notes],
  };
};

const withFix = async <T>(asked: Promise<T>, fixes: Fixes, wait: Seconds | undefined): Promise<T> => {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof GridError)) throw error;
    const { kind, message, retryAfter = kind === 'busy' ? wait : undefined } = error;
    throw new GridError(kind, message, {
      fix: fixes[kind] ?? error.fix,
      cause: error,
      ...(retryAfter === undefined ? {} : { retryAfter }),
    });
  }
};

export interface Foretold {
  readonly forecast?: GridForecast;
  readonly notes: readonly string[];
}

const HOUR = 3_600_000;
/** Plans without forecasts are not asked for one again before a day has passed. */
const DAY = 24 * HOUR;

/**
 * Asks for what is only a help: where it fails, the present still counts, and a note says so. What is refused rests for
 * a day, what fails otherwise for an hour: some providers answer 400 to what a plan does not have.
 */
export const createExtra = (
  what: string,
): ((now: number, ask: () => Promise<Foretold>) => Promise<Foretold>) => {
  let failed: { readonly at: number; readonly pause: number; readonly note: string } | undefined;
  return async (now, ask) => {
    if (failed !== undefined && now >= failed.at && now - failed.at < failed.pause)
      return { notes: [failed.note] };
    try {
      const told = await ask();
      failed = undefined;
      return told;
    } catch (error) {
      if (!(error instanceof GridError)) throw error;
      const note = `no ${what}: ${error.message}`;
      const lasting = error.kind === 'refused' || error.kind === 'unknown';
      failed = { at: now, pause: lasting ? DAY : HOUR, note };
      return { notes: [note] };
    }
  };
};

/** What a provider needs and was not given. @throws GridError (refused) where it is missing. */
export const required = (secret: string | undefined, what: string, fix: string): string => {
  if (secret !== undefined && secret !== '') return secret;
  throw new GridError('refused', `no ${what} is configured`, { fix });
};
