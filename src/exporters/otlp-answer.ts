import type { IncomingHttpHeaders } from 'node:http';
import { ProtobufReader } from '@opentelemetry/otlp-transformer/build/src/common/protobuf/protobuf-reader.js';
import { counted, plural } from '../model/counted.ts';
import { oneLine, redacted } from '../model/foreign-text.ts';
import { retryAfter } from '../model/retry-after.ts';
import { type Seconds, seconds } from '../units.ts';
import { partialSuccess } from './otlp-message.ts';

/**
 * How a push ended.
 *
 * - `taken`: the receiver has it; `partial` where it left points out.
 * - `retry`: the same may go well later.
 * - `refused`: it will not; `isOfExport` where another export may be taken all the same.
 * - `unsent`: nothing was sent, since a file on this host has to be put right first.
 */
export type Outcome =
  | { readonly kind: 'taken'; readonly partial?: string }
  | { readonly kind: 'retry'; readonly why: string; readonly fix: string; readonly after?: Seconds }
  | { readonly kind: 'refused'; readonly why: string; readonly fix: string; readonly isOfExport: boolean }
  | { readonly kind: 'unsent'; readonly why: string; readonly fix: string };

/** What a receiver answered. */
export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Undefined: more than anybody has to say. */
  readonly body: Buffer | undefined;
  /** When it came, milliseconds since 1970 UTC. */
  readonly arrived: number;
}

/** Statuses that a client may try again (OTLP 1.5, "Retryable response codes"). */
const RETRYABLE = new Set([429, 502, 503, 504]);
/** Statuses that tell of what was sent (RFC 9110, 15.5), not of the way: too old or malformed, too large, not usable. */
const OF_EXPORT = new Set([400, 413, 422]);
/** What a receiver says of a failure is shown up to here. */
const MOST_SAID = 200;
/** A receiver that asks to wait longer is asked once an hour all the same: it may have been repaired. */
const LONGEST_WAIT = seconds(3600);
/** Shorter words, such as Basic, are no secrets. */
const SECRET_WORD = 8;

/** @param secrets what no text may show, also if the receiver repeats it. */
export const outcomeOf = (answered: Answered, secrets: readonly string[]): Outcome => {
  const { status, headers, body, arrived } = answered;
  if (status >= 200 && status < 300) return successOf(headers, body, secrets);
  const said = body === undefined ? '' : saidIn(headers, body, secrets);
  const why = `it answers ${status}${said === '' ? '' : `: ${said}`}`;
  if (!RETRYABLE.has(status))
    return { kind: 'refused', why, fix: fixOf(status), isOfExport: OF_EXPORT.has(status) };
  const after = retryAfter(headers, arrived, LONGEST_WAIT);
  const fix =
    status === 429
      ? 'Nothing: it is tried again. If it stays so, raise export.otlp.interval.'
      : 'Nothing: it is tried again.';
  return { kind: 'retry', why, fix, ...(after === undefined ? {} : { after }) };
};

const successOf = (
  headers: IncomingHttpHeaders,
  body: Buffer | undefined,
  secrets: readonly string[],
): Outcome => {
  const type = headers['content-type'] ?? '';
  const isNoReceiver = body === undefined || /html/i.test(type);
  if (isNoReceiver) {
    return {
      kind: 'refused',
      isOfExport: false,
      why:
        body === undefined
          ? 'it answers with more than a receiver has to say'
          : 'a page answers, no receiver',
      fix: 'Correct export.otlp.url: the path of OTLP receivers is /v1/metrics. A proxy or a log-in page may answer instead.',
    };
  }
  if (body.length === 0 || !/protobuf/i.test(type)) return { kind: 'taken' };
  try {
    const partial = partialSuccess(body);
    if (partial === undefined) return { kind: 'taken' };
    const said = shown(partial.message, secrets);
    return {
      kind: 'taken',
      partial: `${counted(partial.rejected, 'point')} ${plural(partial.rejected, 'was', 'were')} rejected${said === '' ? '' : `: ${said}`}`,
    };
  } catch {
    // The status says that it was taken; what stands beside it is not needed.
    return { kind: 'taken' };
  }
};

const FIXES: Readonly<Record<number, string>> = {
  400: 'See the log of the receiver: it does not understand what it was sent.',
  401: 'Correct the token: export.otlp.headers_files names its file.',
  403: 'Give this token the right to write metrics: export.otlp.headers_files names its file.',
  404: 'Correct export.otlp.url: the path of OTLP receivers is /v1/metrics.',
  405: 'Correct export.otlp.url: the path of OTLP receivers is /v1/metrics.',
  413: 'Let the receiver take larger requests, or lower attribution.top.',
  415: 'Set export.otlp.compression to none if it takes no gzip; it must take application/x-protobuf.',
};

const fixOf = (status: number): string =>
  FIXES[status] ??
  (status >= 300 && status < 400
    ? 'Name the final address in export.otlp.url: redirects are not followed, as a token would go with them.'
    : 'See the log of the receiver.');

/** What a receiver says: text as it is, of protobuf the message of its google.rpc.Status. */
const saidIn = (headers: IncomingHttpHeaders, body: Buffer, secrets: readonly string[]): string => {
  const type = headers['content-type'] ?? '';
  if (/protobuf/i.test(type)) return shown(statusMessage(body), secrets);
  return /^(text\/plain|application\/json)/i.test(type) || type === '' ? shown(body.toString(), secrets) : '';
};

const statusMessage = (body: Buffer): string => {
  try {
    const reader = new ProtobufReader(body);
    while (!reader.isAtEnd()) {
      const { fieldNumber, wireType } = reader.readTag();
      // google/rpc/status.proto: 2 is the message.
      if (fieldNumber === 2 && wireType === 2) return reader.readString();
      reader.skip(wireType);
    }
  } catch {
    // Not what it says it is.
  }
  return '';
};

/** Text of somebody else without secrets: a header's value, and what of it stands behind a word such as `Bearer`. */
const shown = (text: string, secrets: readonly string[]): string => {
  const parts = secrets.flatMap((one) => [
    one,
    ...one.split(' ').filter((word) => word.length >= SECRET_WORD),
  ]);
  return oneLine(redacted(text, parts), MOST_SAID);
};
