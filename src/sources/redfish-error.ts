import { SourceError, type SourceErrorKind } from '../model/source-error.ts';
import { errnoOf } from './failure.ts';
import { printable } from './text.ts';

/** An answer of the BMC that is no reading. Never holds what was sent: no credentials get into a log. */
export class BmcError extends SourceError {
  /** HTTP status; undefined where the connection failed. */
  readonly status: number | undefined;

  constructor(
    kind: SourceErrorKind,
    message: string,
    options: { cause?: unknown; fix?: string; status?: number } = {},
  ) {
    super(kind, message, options);
    this.status = options.status;
  }
}

/** The BMC refused the name or the password: another try may lock the account. */
export class RefusedError extends BmcError {}

const pinFix = (origin: string): string => {
  const { hostname, port } = new URL(origin);
  return (
    `Set sources.redfish.ca_file to the authority that signed it, or pin the certificate: compare what ` +
    `openssl s_client -connect ${hostname}:${port || 443} </dev/null | openssl x509 -noout -fingerprint -sha256 ` +
    `shows with the BMC's own page, then set sources.redfish.fingerprint_sha256 to it.`
  );
};

/** Verification errors of OpenSSL and Node (Node documentation, tls: X509 certificate error codes). */
const UNTRUSTED =
  /^(UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|CERT_|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH)/;

const CONNECTION = 'Check sources.redfish.url and that this host can reach its BMC.';

/** What a connection's failure means, in one line. */
export const connectionError = (origin: string, cause: unknown): BmcError => {
  if (cause instanceof BmcError) return cause;
  const code = errnoOf(cause);
  if (UNTRUSTED.test(code)) {
    return new BmcError('retry', `the certificate of ${origin} is not trusted: ${code}`, {
      cause,
      fix: pinFix(origin),
    });
  }
  const why = code || printable(cause instanceof Error ? cause.message : String(cause), 200);
  return new BmcError('retry', `no connection to ${origin}: ${why}`, { cause, fix: CONNECTION });
};

export const pinMismatch = (origin: string, shown: string): BmcError =>
  new BmcError('retry', `${origin} shows another certificate than the one that is pinned: ${shown}`, {
    fix: `If the BMC got a new certificate, set sources.redfish.fingerprint_sha256 to it; else somebody is between. Nothing was sent.`,
  });
