import type { IncomingMessage } from 'node:http';
import { type Reply, text } from './reply.ts';

export const NOT_YET = text(503, 'there is no snapshot yet: the first sample is being taken', {
  'Retry-After': '1',
});

export const pathOf = ({ url = '/' }: IncomingMessage): string => /^[^?#]*/.exec(url)?.[0] ?? '/';

/** Nothing is changed through the rest of this server, so nothing is taken in. */
export const refusal = ({ method, headers }: IncomingMessage): Reply | undefined => {
  if (method !== 'GET' && method !== 'HEAD') {
    return text(405, 'only GET and HEAD are answered here', { Allow: 'GET, HEAD', Connection: 'close' });
  }
  const length = headers['content-length'];
  if ((length === undefined || length === '0') && headers['transfer-encoding'] === undefined)
    return undefined;
  return text(413, 'a request must have no body here', { Connection: 'close' });
};
