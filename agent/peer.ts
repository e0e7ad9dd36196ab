import { isIPv6 } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { WebTls } from '../src/index.ts';

/** Why a client's certificate does not let it in; undefined: it does. */
export const refusePeer = (
  socket: Pick<TLSSocket, 'authorized' | 'getPeerX509Certificate'>,
  { clientAuth, allowedSans }: Pick<WebTls, 'clientAuth' | 'allowedSans'>,
): string | undefined => {
  if (clientAuth === 'none' || clientAuth === 'request') return undefined;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined)
    return clientAuth === 'verify-if-given' ? undefined : 'it showed no certificate';
  if (clientAuth === 'any') return undefined;
  if (!socket.authorized) return 'its certificate is not of an authority in client_ca, or has ended';
  if (allowedSans.length === 0) return undefined;
  const has = sansOf(certificate.subjectAltName ?? '').map(canonical);
  return allowedSans.some((san) => has.includes(canonical(san)))
    ? undefined
    : 'its certificate has none of the names in client_allowed_sans';
};

/**
 * Names of a certificate, of the kinds that can be allowed. Node writes them as `DNS:a.example, IP Address:10.0.0.1`,
 * and in quotes as JSON where one holds a comma or a quote, so that no name can pass for two.
 */
export const sansOf = (text: string): readonly string[] =>
  [...text.matchAll(/(?:^|, )([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,]*)/g)].flatMap(([, kind, value = '']) => {
    if (!['DNS', 'IP Address', 'URI', 'email'].includes(kind ?? '')) return [];
    return value.startsWith('"') ? quoted(value) : [value];
  });

const quoted = (value: string): readonly string[] => {
  try {
    return [String(JSON.parse(value))];
  } catch {
    return [];
  }
};

/** `2001:DB8:0:0:0:0:0:1` and `2001:db8::1` are one address; one with a zone (`fe80::1%eth0`) is in no certificate. */
const canonical = (name: string): string =>
  isIPv6(name) && !name.includes('%') ? new URL(`http://[${name}]`).hostname : name;
