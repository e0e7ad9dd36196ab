import { type Seconds, seconds } from '../units.ts';
import { type Auth, refused } from './redfish-auth.ts';
import { BmcError } from './redfish-error.ts';
import type { BmcHttp, Exchange } from './redfish-http.ts';
import { AskLater } from './slow-poll.ts';
import { printable } from './text.ts';

/** Reads resources of one BMC, one at a time. */
export interface RedfishClient {
  /** The resource that a link leads to, as JSON. Rejects with a BmcError, or AskLater. */
  get(link: string, signal: AbortSignal): Promise<unknown>;
  /** As `get`; undefined where there is none, as the dead links of some firmware. */
  find(link: string, signal: AbortSignal): Promise<unknown>;
  close(): void;
}

const MOST_REDIRECTS = 3;
const REDIRECTS = [301, 302, 303, 307, 308];
/** What a BMC is given when it says that it is busy and not for how long. */
const BUSY = seconds(60);
const LONGEST_BUSY = 3600;

/** @param wall milliseconds since 1970 UTC, for dates in `Retry-After`. */
export const createClient = (http: BmcHttp, auth: Auth, wall: () => number): RedfishClient => {
  const pathOf = (link: string, base: string): string => {
    const url = URL.canParse(link, `${http.origin}${base}`)
      ? new URL(link, `${http.origin}${base}`)
      : undefined;
    if (url?.origin === http.origin) return url.pathname + url.search;
    throw new BmcError('retry', `${http.origin}${base} leads to another host: not followed`, {
      fix: 'Set sources.redfish.url to the address that the BMC itself uses.',
    });
  };
  const send = async (path: string, signal: AbortSignal, again = true): Promise<Exchange> => {
    const headers = await auth.headers(signal);
    const answer = await http.exchange({ method: 'GET', path, headers }, signal);
    if (answer.status !== 401) return answer;
    if (again && auth.renew()) return send(path, signal, false);
    throw refused(http.origin, 401);
  };
  const get = async (link: string, signal: AbortSignal): Promise<unknown> => {
    let path = pathOf(link, '/redfish/v1/');
    for (let hop = 0; hop <= MOST_REDIRECTS; hop += 1) {
      const answer = await send(path, signal);
      if (!REDIRECTS.includes(answer.status)) return contentOf(`${http.origin}${path}`, answer, wall());
      path = pathOf(answer.headers.location ?? '', path);
    }
    throw new BmcError('retry', `${http.origin}${link} redirects without end`, {
      fix: 'Update the firmware of the BMC, or switch the source off with --no-source.redfish.',
    });
  };
  return {
    get,
    find: async (link, signal) => {
      try {
        return await get(link, signal);
      } catch (cause) {
        if (cause instanceof BmcError && (cause.status === 404 || cause.status === 410)) return undefined;
        throw cause;
      }
    },
    close: () => void auth.close().finally(() => http.close()),
  };
};

const contentOf = (url: string, { status, headers, body }: Exchange, now: number): unknown => {
  if (status === 503) {
    const wait = waitOf(headers['retry-after'], now);
    throw new AskLater(`${url} is busy and asks to come back in ${wait.toFixed(0)} s`, wait, {
      fix: 'Nothing to do; if it stays so, restart the BMC.',
    });
  }
  if (status === 403) {
    throw new BmcError('fatal', `${url} may not be read with this account: HTTP 403`, {
      fix: 'Give the account the role ReadOnly at the BMC.',
      status,
    });
  }
  if (status !== 200) {
    throw new BmcError('retry', `${url} answers with HTTP ${status}`, {
      fix: 'Is sources.redfish.url that of the BMC, and does its firmware offer Redfish?',
      status,
    });
  }
  try {
    return JSON.parse(body);
  } catch {
    const type = printable(headers['content-type'] ?? 'no type', 60);
    throw new BmcError('retry', `${url} answers with something else than JSON (${type})`, {
      fix: 'Is sources.redfish.url that of the BMC, and does its firmware offer Redfish?',
    });
  }
};

/** Seconds or a date (RFC 9110, 10.2.3). */
const waitOf = (text: string | undefined, now: number): Seconds => {
  if (text === undefined) return BUSY;
  const wait = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - now) / 1000;
  return Number.isNaN(wait) ? BUSY : seconds(Math.min(LONGEST_BUSY, Math.max(1, wait)));
};
