import type { IncomingMessage } from 'node:http';
import { type Reply, text } from './reply.ts';

/** Takes up the configuration anew. Never rejects: the reason it was refused for, or undefined. */
export type Reload = () => Promise<string | undefined>;

const CLOSE = { Connection: 'close' };

/** Answers `POST /-/reload`, or PUT, once the configuration is in force or was refused. */
export const reloadRoute =
  (reload: Reload | undefined) =>
  async ({ method, headers }: IncomingMessage): Promise<Reply> => {
    if (method !== 'POST' && method !== 'PUT')
      return text(405, 'a reload is asked for with POST', { Allow: 'POST, PUT', ...CLOSE });
    if (reload === undefined)
      return text(
        403,
        'web.enable_lifecycle is false in the configuration of this agent; SIGHUP reloads it',
        CLOSE,
      );
    // A page elsewhere that a browser of this host has open must not have the agent do anything.
    if (headers.origin !== undefined || !['none', undefined].includes(headers['sec-fetch-site']?.toString()))
      return text(403, 'a reload is not taken from web pages', CLOSE);
    if (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0)
      return text(413, 'a reload has no body', CLOSE);
    const refused = await reload();
    if (refused === undefined) return text(200, 'the configuration is in force');
    return text(500, `the configuration was not taken up, the one before stays in force:\n${refused}`);
  };
