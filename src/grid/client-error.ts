import type { IncomingMessage } from 'node:http';
import { CONNECTION_WORDS } from '../model/connection-words.ts';
import { oneLine, redacted } from '../model/foreign-text.ts';
import { GridError } from '../model/grid.ts';
import { retryAfter } from '../model/retry-after.ts';
import { seconds } from '../units.ts';

/** What of a request a message is made from. */
interface Asked {
  readonly url: URL;
  readonly secrets?: readonly string[];
}

/** What a provider says of a failure is shown up to here. */
const MOST_SAID = 200;
/** A provider that asks to wait longer is asked once a day all the same: the key may have been renewed. */
const LONGEST_WAIT = seconds(86_400);

/** Where a question went: never its query, never a user, as both may hold a key. */
export const placeOf = (url: URL): string => `${url.origin}${url.pathname}`;

/** Query strings that a provider repeats: each may hold a key. */
const unasked = (text: string): string => text.replace(/\?[\w.~%-]+=[^\s"'<>]*/g, '?***');

/** The error for a status that is no answer. @param arrived when it came, milliseconds since 1970. */
export const refusalOf = (
  asked: Asked,
  response: IncomingMessage,
  body: string,
  arrived: number,
): GridError => {
  const { statusCode = 0, headers } = response;
  // Redacted before it is cut, else the half of a key could remain.
  const said = oneLine(unasked(redacted(reasonIn(body), asked.secrets)), MOST_SAID);
  const message = `${placeOf(asked.url)} answers ${statusCode}${said === '' ? '' : `: ${said}`}`;
  const wait = retryAfter(headers, arrived, LONGEST_WAIT);
  const options = wait === undefined ? {} : { retryAfter: wait };
  const error = (kind: GridError['kind'], fix: string): GridError =>
    new GridError(kind, redacted(message, asked.secrets), { ...options, fix });
  if (statusCode >= 300 && statusCode < 400) {
    return error(
      'failed',
      'Name the final address: redirects are not followed, as a key would go with them.',
    );
  }
  switch (statusCode) {
    case 401:
    case 403:
      return error(
        'refused',
        'Correct the key (key_file or key_env), or ask the provider for the right to this zone.',
      );
    case 404:
      return error('unknown', 'Correct the zone or the address in grid.providers.');
    case 429:
      return error(
        'busy',
        'Nothing: it is asked less often. If it stays so, other hosts share the key: let them ask one agent.',
      );
    case 503:
      return error('busy', 'Nothing: it is asked again later.');
    default:
      return error(
        'failed',
        statusCode >= 500
          ? 'Nothing: it is asked again later.'
          : 'Check the options of this provider in grid.providers.',
      );
  }
};

/** What a provider says of a failure: the shapes of JSON that are in use, and the text of an acknowledgement in XML. */
const reasonIn = (body: string): string => {
  try {
    return textIn(JSON.parse(body), 3);
  } catch {
    return /<text>([^<]{1,400})<\/text>/.exec(body)?.[1] ?? '';
  }
};

const textIn = (value: unknown, depth: number): string => {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || depth === 0) return '';
  const fields = new Map<string, unknown>(Object.entries(value));
  for (const name of ['message', 'error', 'detail', 'title', 'error_description']) {
    const text = textIn(fields.get(name), depth - 1);
    if (text !== '') return text;
  }
  return '';
};

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS/;
const WHY: Readonly<Record<string, string>> = {
  ...CONNECTION_WORDS,
  ERR_INVALID_CHAR: 'a header holds a character that no header may hold',
};

/** Makes a GridError of whatever ended a request, with no secret in it. */
export const errorOf = (asked: Asked, cause: unknown): GridError => {
  if (cause instanceof GridError) {
    const { kind, fix, retryAfter: wait } = cause;
    const place = placeOf(asked.url);
    const text = cause.message.startsWith(place) ? cause.message : `${place}: ${cause.message}`;
    return new GridError(kind, redacted(text, asked.secrets), {
      fix,
      ...(wait === undefined ? {} : { retryAfter: wait }),
    });
  }
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const text = cause instanceof Error ? cause.message || code : String(cause);
  const why = WHY[code] ?? oneLine(unasked(redacted(text, asked.secrets)), 120);
  // The cause itself is left out: what it holds is printed by whoever logs it.
  return new GridError('failed', redacted(`${placeOf(asked.url)}: ${why}`, asked.secrets), {
    fix: fixOf(code),
  });
};

const fixOf = (code: string): string => {
  if (CERTIFICATE.test(code))
    return 'Its certificate is not trusted: set the clock, or name its authority in ca_file if the address is your own.';
  if (code === 'ERR_INVALID_CHAR') return 'The key must be one line of plain text: write its file anew.';
  return 'See whether this host reaches it, through a firewall or a proxy; it is asked again later.';
};
