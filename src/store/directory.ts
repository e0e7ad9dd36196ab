import { join } from 'node:path';

/**
 * Directory of the state where none is configured: the service's (`STATE_DIRECTORY`, systemd.exec(5)), else
 * `/var/lib/negawatt` for root, else the user's (`XDG_STATE_HOME`, XDG Base Directory Specification 0.8).
 * Undefined where there is no home either: keep the state in memory then, and say so.
 */
export const defaultStateDirectory = (
  env: Readonly<Record<string, string | undefined>>,
  userId: number | undefined,
): string | undefined => {
  const service = env.STATE_DIRECTORY?.split(':')[0];
  if (service) return service;
  if (userId === 0) return '/var/lib/negawatt';
  const { XDG_STATE_HOME: state, HOME: home } = env;
  if (state?.startsWith('/')) return join(state, 'negawatt');
  return home ? join(home, '.local/state/negawatt') : undefined;
};
