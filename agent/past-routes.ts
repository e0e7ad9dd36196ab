import type { IncomingMessage } from 'node:http';
import {
  type Calendar,
  type CalendarJson,
  calendarSpan,
  exampleMark,
  HOUR,
  MINUTE,
  pastJson,
  resourcesByDomain,
  type Snapshot,
  type Store,
  type Usage,
} from '../src/index.ts';
import { json, type Reply, text } from './reply.ts';

/** What is kept of the past of this host, and what no save has kept yet. */
export interface Past {
  readonly series: Store['series'];
  readonly unsaved: () => readonly Usage[];
  readonly calendar: Calendar;
}

/** Minutes are kept so long. */
const LONGEST = 48 * HOUR;
const DEFAULT_SPAN = 3 * HOUR;
const MOST_STEPS = 720;
const STEPS = [60, 120, 300, 600, 900, 1800, 3600];
/** So many seconds of minutes are read at once, in some milliseconds; then others have their turn. */
const SLICE = HOUR;

export interface PastQuery {
  /** Seconds since 1970 UTC, of whole steps. */
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** The question, or what is wrong with it. @param now milliseconds since 1970 UTC. */
export const pastQueryOf = (given: URLSearchParams, now: number): PastQuery | string => {
  const unknown = [...given.keys()].find((key) => key !== 'since' && key !== 'step');
  if (unknown !== undefined)
    return `there is no ${JSON.stringify(unknown.slice(0, 40))}; there are since, step`;
  const end = Math.floor(now / 1000);
  const since = instantOf(given.get('since'), end - DEFAULT_SPAN);
  if (since === undefined) return 'since is a time, such as 2026-01-31T14:00:00Z, or seconds since 1970 UTC';
  if (since > end) return 'since lies in the future';
  const from = Math.max(since, end - LONGEST);
  const fitting = STEPS.find((one) => (end - from) / one <= MOST_STEPS / 2) ?? HOUR;
  const step = Number(given.get('step') ?? fitting);
  if (!STEPS.includes(step)) return `step is one of ${STEPS.join(', ')}: seconds, of minutes that are kept`;
  if ((end - from) / step > MOST_STEPS)
    return `that is more than ${MOST_STEPS} steps: ask for a longer step, or since a later time`;
  return { from: Math.floor(from / step) * step, to: (Math.floor(end / step) + 1) * step, step };
};

const instantOf = (given: string | null, otherwise: number): number | undefined => {
  if (given === null) return otherwise;
  const at = /^\d+$/.test(given) ? Number(given) : Math.floor(Date.parse(given) / 1000);
  return Number.isFinite(at) ? at : undefined;
};

/** `GET /api/v1/history?since=...&step=...`: mean power by the minute, as far as it is kept. */
export const pastReply = async (
  request: IncomingMessage,
  past: Past,
  snapshot: Snapshot,
  now: number,
): Promise<Reply> => {
  const query = pastQueryOf(new URL(request.url ?? '/', 'http://localhost').searchParams, now);
  if (typeof query === 'string') return text(400, query);
  try {
    const rows = await minutesOf(past, query);
    const resources = resourcesByDomain(snapshot);
    return json(pastJson({ ...query, rows, resources, example: exampleMark(snapshot.view.carbon) }));
  } catch (error) {
    return unreadable(error);
  }
};

/**
 * Newest first, an hour at a time. The newest hour is read in one go with what is not saved yet: a save in between would
 * else count it twice or not at all. What could not be saved for longer than that is left out, and shows as a gap.
 */
const minutesOf = async (past: Past, { from, to }: PastQuery): Promise<readonly Usage[]> => {
  const isMeant = ({ period, scope, start }: Usage): boolean =>
    period === MINUTE && scope !== 'class' && start >= Math.max(from, to - SLICE) && start < to;
  const rows: Usage[] = past.unsaved().filter(isMeant);
  for (let end = to; end > from; end -= SLICE) {
    const start = Math.max(from, end - SLICE);
    if (end !== to) await new Promise((resolve) => setImmediate(resolve));
    for (const scope of ['host', 'domain'] as const) rows.push(...past.series(MINUTE, scope, start, end));
  }
  return rows;
};

/** Today and this month; a month of hours of one host is read in some milliseconds. Throws SourceError. */
const calendarJson = ({ series, unsaved, calendar }: Past, snapshot: Snapshot): CalendarJson => {
  const { wall } = snapshot.view.sample;
  const example = exampleMark(snapshot.view.carbon);
  const [day, month] = [calendar.dayOf(wall), calendar.monthOf(wall)];
  const from = Math.min(day, month);
  const hours = [
    ...series(HOUR, 'host', from, Math.floor(wall / 1000) + HOUR),
    ...unsaved().filter(({ period }) => period === HOUR),
  ];
  return {
    ...(example === undefined ? {} : { example }),
    format: 1,
    time: new Date(wall).toISOString(),
    timeZone: calendar.timeZone,
    today: calendarSpan(hours, day, HOUR),
    month: calendarSpan(hours, month, HOUR),
  };
};

/** `GET /api/v1/calendar`. */
export const calendarReply = (past: Past, snapshot: Snapshot): Reply => {
  try {
    return json(calendarJson(past, snapshot));
  } catch (error) {
    return unreadable(error);
  }
};

/** The same for the page: what cannot be read does not take the rest of it along. */
export const calendarFor = (past: Past | undefined, snapshot: Snapshot) => {
  try {
    return past === undefined ? undefined : calendarJson(past, snapshot);
  } catch (error) {
    return { problem: wordsOf(error) };
  }
};

const wordsOf = (error: unknown): string => {
  const fix = error instanceof Error && 'fix' in error ? `; ${String(error.fix)}` : '';
  return `${error instanceof Error ? error.message : String(error)}${fix}`;
};

const unreadable = (error: unknown): Reply => text(503, `the past cannot be read: ${wordsOf(error)}`);
