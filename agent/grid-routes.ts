import type { IncomingMessage } from 'node:http';
import {
  type GreenestQuery,
  type GridState,
  greenestJson,
  gridDocument,
  parseDuration,
} from '../src/index.ts';
import { json, type Reply, text } from './reply.ts';

/** `GET /api/v1/grid`: what this agent knows of the grid, for others without a key. Asks no provider, ever. */
export const gridReply = (
  { headers: asked }: IncomingMessage,
  states: readonly GridState[],
  now: number,
): Reply => {
  const { json: document, etag, maxAge } = gridDocument(states, now);
  const headers = { ETag: etag, 'Cache-Control': `max-age=${maxAge}` };
  const isKnown = asked['if-none-match']?.split(',').some((one) => one.trim() === etag);
  return isKnown ? { ...json(document), status: 304, body: '', headers } : { ...json(document), headers };
};

/** `GET /api/v1/greenest?duration=4h&within=24h[&signal=marginal]`: when to run something. */
export const greenestReply = (request: IncomingMessage, states: readonly GridState[], now: number): Reply => {
  const query = queryOf(new URL(request.url ?? '/', 'http://localhost').searchParams);
  return typeof query === 'string' ? text(400, query) : json(greenestJson(states, query, now));
};

const LONGEST = 7 * 86_400;

/** The question, or what is wrong with it. */
export const queryOf = (given: URLSearchParams): GreenestQuery | string => {
  const duration = parseDuration(given.get('duration') ?? '4h');
  const within = parseDuration(given.get('within') ?? '24h');
  const signal = given.get('signal') ?? undefined;
  const unknown = [...given.keys()].find((key) => !['duration', 'within', 'signal'].includes(key));
  if (unknown !== undefined)
    return `there is no ${JSON.stringify(unknown.slice(0, 40))}; there are duration, within, signal`;
  if (duration === undefined || duration < 60) return 'duration is a time of a minute or more, such as 4h';
  if (within === undefined || within > LONGEST) return 'within is a time of at most 7d, such as 24h';
  if (within < duration) return 'within is shorter than duration: the run has to end within it';
  if (signal !== undefined && signal !== 'average' && signal !== 'marginal')
    return 'signal is average or marginal; without it every series answers';
  return { duration, within, signal };
};
