import { type HostJson, type HostUse, hostUse } from '../../src/index.ts';
import { NO_TRENDS, type Trends, trendsAfter } from './trend.ts';

/** What the screen shows: a snapshot, and what ran since the one before. */
export interface Shown {
  readonly host: HostJson;
  readonly use: HostUse;
  readonly trends: Trends;
}

/** The same object where there is no newer sample. An agent that was started anew goes on. */
export const nextShown = (before: Shown | undefined, now: HostJson): Shown => {
  if (before === undefined) return { host: now, use: hostUse(undefined, now), trends: NO_TRENDS };
  const { host, use, trends } = before;
  const isSame = host.tick === now.tick && host.agent.startedAt === now.agent.startedAt;
  if (isSame) return before;
  const next = hostUse(host, now, use);
  return { host: now, use: next, trends: trendsAfter(trends, now.host.powerWatts, next.rows) };
};
