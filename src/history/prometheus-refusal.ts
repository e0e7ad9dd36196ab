import { CONNECTION_WORDS } from '../model/connection-words.ts';
import { oneLine, redacted } from '../model/foreign-text.ts';
import { HistoryError } from '../model/history.ts';
import { reasonIn } from './prometheus-answer.ts';

/** What a server says of a failure is shown up to here. */
const MOST_SAID = 240;

export interface Refusal {
  readonly error: HistoryError;
  /** Whether the same question may be answered in a moment. */
  readonly again: boolean;
}

/** What a status that is no answer means. @param body as far as it was read. */
export const refusalOf = (
  place: string,
  status: number,
  body: string,
  secrets: readonly string[],
): Refusal => {
  const told = wordsOf(body);
  const said = oneLine(redacted(told.text, secrets), MOST_SAID);
  const message = `${place} answers ${status}${said === '' ? '' : `: ${said}`}`;
  const refusal = (again: boolean, fix: string): Refusal => ({
    again,
    error: new HistoryError(message, fix),
  });
  if (status >= 300 && status < 400)
    return refusal(
      false,
      'Name the final address in history.prometheus.url: redirects are not followed, as a token would go with them.',
    );
  if (status === 401 || status === 403)
    return refusal(
      false,
      'Correct token_file, credentials_file or the client certificate of history.prometheus, or ask for the right to read.',
    );
  if (status === 404)
    return refusal(
      false,
      'Correct history.prometheus.url: it goes up to and without /api/v1 (Mimir: .../prometheus; VictoriaMetrics cluster: .../select/0/prometheus).',
    );
  if (status === 429)
    return refusal(true, 'Ask again when fewer others do, or raise the limit of this tenant.');
  if (/timeout|timed out/i.test(told.text))
    return refusal(
      false,
      'Raise the time that the engine gives a query (--query.timeout), or ask for a shorter window or fewer hosts.',
    );
  if (status === 422 || /too many|limit|exceed/i.test(told.text))
    return refusal(
      false,
      'Raise the limit that it names (samples, series or points of a query), or ask for fewer hosts: leaving some out would make the energy look smaller.',
    );
  if (status >= 500)
    return refusal(true, 'See whether the engine and what it reads from are well: its own log says.');
  return refusal(false, 'Correct the query or the options of history.prometheus.');
};

const wordsOf = (body: string): { readonly text: string } => {
  try {
    return { text: reasonIn(JSON.parse(body)) };
  } catch {
    // A page has nothing to say to a terminal but its title.
    return { text: /<title>([^<]{1,200})<\/title>/i.exec(body)?.[1] ?? (/^\s*</.test(body) ? '' : body) };
  }
};

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL|EPROTO/;
/** A connection that broke off may hold the next time; what is not there will not be there in a second. */
const AGAIN = /^(ECONNRESET|EPIPE|EAI_AGAIN|ETIMEDOUT)$/;

/** What ended a connection, with no secret in it. */
export const failureOf = (place: string, cause: unknown, secrets: readonly string[]): Refusal => {
  if (cause instanceof HistoryError) return { again: false, error: cause };
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const text = cause instanceof Error ? cause.message || code : String(cause);
  const why = CONNECTION_WORDS[code] ?? oneLine(redacted(text, secrets), 120);
  return {
    again: AGAIN.test(code),
    // The cause itself is left out: what it holds is printed by whoever logs it.
    error: new HistoryError(
      `${place}: ${why}`,
      CERTIFICATE.test(code)
        ? 'Name its authority in history.prometheus.ca_file, and the certificate that it asks for in cert_file and key_file; set the clock.'
        : 'Start it, or correct history.prometheus.url; see whether this host reaches it, through a firewall or a proxy.',
    ),
  };
};
