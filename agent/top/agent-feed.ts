import type { HostJson } from '../../src/index.ts';
import { printable } from '../table.ts';
import type { Feed } from './feed.ts';

/** A snapshot of 200 rows is some 200 KB; what is larger than this is none. */
const MOST_BYTES = 16 * 2 ** 20;
const TIMEOUT_MS = 5_000;
/** The format of `/api/v1/snapshot` that is understood here. */
const FORMAT = 1;

/** Why there is no snapshot. */
export class FeedError extends Error {
  /** `nobody`: nothing listens there. `early`: an agent, before its first sample. */
  readonly kind: 'nobody' | 'early' | 'other';

  constructor(kind: FeedError['kind'], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'FeedError';
    this.kind = kind;
  }
}

/** Follows a running agent over HTTP. @param base such as `http://127.0.0.1:10202`, with or without a path. */
export const agentFeed = (base: string): Feed => {
  const url = `${base.replace(/\/+$/, '')}/api/v1/snapshot?counters=booked`;
  const closing = new AbortController();
  return {
    from: `agent at ${base}`,
    samples: false,
    close: () => closing.abort(),
    read: async () => {
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(TIMEOUT_MS)]);
      const response = await fetch(url, { signal, redirect: 'error' }).catch((cause: unknown) => {
        throw unreachable(base, cause);
      });
      const text = await textOf(response).catch((cause: unknown) => {
        throw cause instanceof FeedError ? cause : unreachable(base, cause);
      });
      const early = response.status === 503;
      if (!response.ok) {
        const said = printable(text.split('\n', 1)[0] ?? '').slice(0, 200);
        throw new FeedError(early ? 'early' : 'other', `${base} answered ${response.status}: ${said}`);
      }
      return parse(text, base);
    },
  };
};

/** The body, as far as it may be read at all. */
const textOf = async (response: Response): Promise<string> => {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.byteLength;
    if (size > MOST_BYTES) throw new FeedError('other', `${response.url} sent more than ${MOST_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
};

const unreachable = (base: string, cause: unknown): FeedError => {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const code = inner instanceof Error && 'code' in inner ? String(inner.code) : '';
  if (code === 'ECONNREFUSED') return new FeedError('nobody', `nothing listens at ${base}`, cause);
  const isLate = inner instanceof Error && inner.name === 'TimeoutError';
  const why = isLate ? `no answer within ${TIMEOUT_MS / 1000} s` : code || String(inner);
  return new FeedError('other', `${base} cannot be read: ${why}`, cause);
};

const parse = (text: string, base: string): HostJson => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new FeedError('other', `what answers at ${base} is no negawatt agent: it sends no JSON`, cause);
  }
  const { format, host, workloads, sources, emissions } = (value ?? {}) as Partial<HostJson>;
  if (typeof format === 'number' && format !== FORMAT)
    throw new FeedError('other', `the agent at ${base} speaks format ${format}, this is for ${FORMAT}`);
  const isSnapshot =
    format === FORMAT &&
    typeof host?.name === 'string' &&
    Array.isArray(host.powerByResource) &&
    Array.isArray(workloads) &&
    Array.isArray(sources) &&
    typeof emissions === 'object';
  if (!isSnapshot)
    throw new FeedError('other', `what answers at ${base} is no negawatt agent, or one too old for this`);
  return value as HostJson;
};
