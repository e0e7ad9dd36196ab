import type { IncomingHttpHeaders } from 'node:http';

/** Why a request is not let in. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
}

const LOOPBACK_PEER = /^(?:(?:::ffff:)?127(?:\.\d{1,3}){3}|::1)$/;
const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/**
 * Lets in what programs on this host send, and nothing that a browser or a proxy passes on. Pure.
 *
 * The peer must be on loopback. The host that was asked for must be one of its names: a page whose name was bound to
 * 127.0.0.1 after it was loaded asks for its own (DNS rebinding). A page of another origin is told by its `Origin` and
 * `Sec-Fetch-Site`, which no script can leave out (Fetch Metadata); and it cannot send JSON without asking first.
 */
export const refuseStranger = (
  peer: string | undefined,
  headers: IncomingHttpHeaders,
): Refusal | undefined => {
  if (peer === undefined || !LOOPBACK_PEER.test(peer)) {
    return { status: 403, reason: 'work is taken from this host alone: send it to 127.0.0.1 or [::1]' };
  }
  if (headers.forwarded !== undefined || headers['x-forwarded-for'] !== undefined) {
    return { status: 403, reason: 'work is not taken through a proxy' };
  }
  const { host, origin } = headers;
  if (host === undefined || !LOOPBACK_HOST.test(host)) {
    return { status: 403, reason: 'the Host header must be localhost, 127.0.0.1 or [::1]' };
  }
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') {
    return { status: 403, reason: 'a page of another site may not send work' };
  }
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
    return { status: 403, reason: 'a page of another origin may not send work' };
  }
  const type = headers['content-type'] ?? '';
  if (!/^application\/json[ \t]*(?:;[ \t]*charset="?utf-8"?[ \t]*)?$/i.test(type)) {
    return { status: 415, reason: 'the Content-Type must be application/json' };
  }
  if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity') {
    return { status: 415, reason: 'the body must not be compressed' };
  }
  return undefined;
};
