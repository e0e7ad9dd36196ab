import { type HostJson, type HostUse, hostUse } from '../../src/index.ts';

/** What the screen shows: a snapshot, and what ran since the one before. */
export interface Shown {
  readonly host: HostJson;
  readonly use: HostUse;
}

/** The same object where there is no newer sample. An agent that was started anew goes on. */
export const nextShown = (before: Shown | undefined, now: HostJson): Shown => {
  if (before === undefined) return { host: now, use: hostUse(undefined, now) };
  const { host, use } = before;
  const isSame = host.tick === now.tick && host.agent.startedAt === now.agent.startedAt;
  return isSame ? before : { host: now, use: hostUse(host, now, use) };
};
