import type { Credentials } from './redfish-credentials.ts';
import { BmcError, RefusedError } from './redfish-error.ts';
import type { BmcHttp, Exchange } from './redfish-http.ts';
import { linkAt } from './redfish-json.ts';

export type AuthKind = 'basic' | 'session' | 'none';

/** How requests show who asks. */
export interface Auth {
  headers(signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
  /** What was shown was refused. @returns whether it is worth another try, with something new. */
  renew(): boolean;
  /** Gives back what the BMC keeps for it. Never rejects. */
  close(): Promise<void>;
}

const nothing = { renew: () => false, close: async () => {} };

export const noAuth: Auth = { ...nothing, headers: async () => ({}) };

/** Basic authentication (RFC 7617), name and password with each request. */
export const basicAuth = ({ username, password }: Credentials): Auth => {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  return { ...nothing, headers: async () => ({ authorization }) };
};

const SESSIONS = '/redfish/v1/SessionService/Sessions';
/** A BMC that is gone must not hold up the end of the program. */
const FAREWELL_MS = 2000;

/**
 * A log-in token (DSP0266, 13.3.4): one for the life of the source, since a BMC has few. Renewed when it has run out,
 * deleted at the end.
 */
export const sessionAuth = (http: BmcHttp, { username, password }: Credentials): Auth => {
  let session: { readonly token: string; readonly path: string | undefined } | undefined;
  const logIn = async (signal: AbortSignal): Promise<NonNullable<typeof session>> => {
    const body = JSON.stringify({ UserName: username, Password: password });
    const answer = await http.exchange({ method: 'POST', path: SESSIONS, headers: {}, body }, signal);
    const token = answer.headers['x-auth-token'];
    if (answer.status < 300 && typeof token === 'string') return { token, path: pathOf(http.origin, answer) };
    if (answer.status === 401 || answer.status === 403) throw refused(http.origin, answer.status);
    throw new BmcError('retry', `${http.origin} gives no log-in token: HTTP ${answer.status}`, {
      fix: 'If its sessions are used up, end some on its page. If it has none, set sources.redfish.auth to basic.',
      status: answer.status,
    });
  };
  return {
    headers: async (signal) => {
      session ??= await logIn(signal);
      return { 'x-auth-token': session.token };
    },
    renew: () => {
      session = undefined;
      return true;
    },
    close: async () => {
      const ended = session;
      session = undefined;
      if (ended?.path === undefined) return;
      const headers = { 'x-auth-token': ended.token };
      await http
        .exchange({ method: 'DELETE', path: ended.path, headers }, AbortSignal.timeout(FAREWELL_MS))
        .catch(() => {});
    },
  };
};

/** Where the session can be deleted; only at the BMC itself. */
const pathOf = (origin: string, { headers, body }: Exchange): string | undefined => {
  try {
    const url = new URL(headers.location ?? linkAt(JSON.parse(body)) ?? '', `${origin}${SESSIONS}/`);
    return url.origin === origin && url.pathname.length > SESSIONS.length + 1 ? url.pathname : undefined;
  } catch {
    return undefined;
  }
};

export const refused = (origin: string, status: number): RefusedError =>
  new RefusedError('fatal', `${origin} refuses the name or the password: HTTP ${status}`, {
    fix: 'Correct the credentials file; the BMC is asked again when it has changed, else after 5 minutes, so that no account is locked.',
    status,
  });
