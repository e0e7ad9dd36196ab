import type { MeasureStandingJson } from '../src/index.ts';
import { json, type Reply, text } from './reply.ts';

export const MEASURES = '/api/v1/measures';

/** `GET /api/v1/measures` and below it one by its name: how each stands, as it was evaluated last. */
export const measuresReply = (path: string, standings: readonly MeasureStandingJson[]): Reply => {
  if (path === MEASURES) return json({ measures: standings });
  const asked = path.slice(MEASURES.length + 1);
  const one = standings.find(({ name }) => name === asked);
  if (one !== undefined) return json(one);
  const there = standings.map(({ name }) => name).join(', ') || 'none';
  return text(404, `no measure of that name was evaluated here; there are: ${there}`);
};
