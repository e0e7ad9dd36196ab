import type { Seconds } from '../units.ts';
import type { Headers } from './otlp-headers.ts';
import type { TlsFiles } from './otlp-tls.ts';

/** Options of the push over OTLP, as the configuration has them. */
export interface OtlpOptions extends TlsFiles {
  readonly url: string;
  readonly interval: Seconds;
  readonly timeout: Seconds;
  readonly compression: 'gzip' | 'none';
  /** Headers by name, each with the file that holds its value. */
  readonly headers_files: Headers;
}

/** The usual path of a receiver (OTLP 1.5, "OTLP/HTTP request"). */
const PATH = '/v1/metrics';

/** Address of a receiver: as it is, or with the usual path where it has none. */
export const endpointOf = (text: string): URL => {
  const url = new URL(text);
  if (url.pathname === '/') url.pathname = PATH;
  return url;
};

/** An address without a user and a query, which could hold a secret. */
export const isEndpoint = (text: string): boolean => {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && [username, password, search, hash].every((part) => part === '');
};

/** Headers that are ours or the connection's to set (RFC 9110; RFC 9112). */
const OURS =
  /^(content-(type|encoding|length)|user-agent|host|connection|transfer-encoding|te|trailer|upgrade|expect|keep-alive|proxy-.*)$/i;

/** Name of a header (RFC 9110, 5.1) that the operator may set. */
export const isHeaderName = (name: string): boolean =>
  /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/.test(name) && !OURS.test(name) && name !== '__proto__';

/** Whether an address asks for TLS; one that is no address is the business of `isEndpoint`. */
export const isOverTls = (text: string): boolean =>
  !URL.canParse(text) || new URL(text).protocol === 'https:';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i;

/** Headers hold secrets: over http they may go to this host alone. */
export const mayCarrySecrets = (text: string): boolean => {
  if (!URL.canParse(text)) return true;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || LOOPBACK.test(hostname);
};
