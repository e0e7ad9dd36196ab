import { promisify } from 'node:util';
import { gzip, gzipSync } from 'node:zlib';

const inThread = promisify(gzip);
/** What is compressed at once, in about a millisecond; a thread and its memory are for what takes longer. */
const SMALL = 64 * 1024;

/** The text shrinks to a sixth at once; what a higher level adds is not worth its time at each scrape. */
const FAST = { level: 1 };

const compress = async (plain: Buffer): Promise<Buffer> =>
  plain.length <= SMALL ? gzipSync(plain, FAST) : await inThread(plain, FAST);

/** The body of a scrape, made once for each snapshot however many ask. */
export interface MetricsBody {
  plain(): Promise<Buffer>;
  gzipped(): Promise<Buffer>;
}

interface Held {
  readonly of: object;
  readonly plain: Promise<Buffer>;
  gzipped?: Promise<Buffer>;
}

/**
 * Bodies by snapshot: scrapes within one tick get identical bytes, concurrent ones wait for the same rendering.
 *
 * @param snapshot what is current now. @param render makes the text; a failure reaches all who wait and is not kept.
 */
export const metricsBody = (
  snapshot: () => object | undefined,
  render: () => Promise<string>,
): MetricsBody => {
  let held: Held | undefined;
  const current = (): Held => {
    const now = snapshot();
    if (held !== undefined && held.of === now) return held;
    const made: Held = { of: now ?? {}, plain: render().then((text) => Buffer.from(text)) };
    held = made;
    const forget = (): void => {
      if (held === made) held = undefined;
    };
    made.plain.catch(forget);
    return made;
  };
  return {
    plain: () => current().plain,
    gzipped: () => {
      const body = current();
      body.gzipped ??= body.plain.then((plain) => compress(plain));
      return body.gzipped;
    },
  };
};

/** Whether a client takes gzip (RFC 9110, section 12.5.3): named, or by `*`, and not with q=0. */
export const acceptsGzip = (header: string | undefined): boolean => {
  const weights = new Map<string, number>();
  for (const part of (header ?? '').toLowerCase().split(',')) {
    const [coding = '', ...parameters] = part.split(';').map((text) => text.trim());
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    weights.set(coding, weight === undefined ? 1 : Number(weight.slice(2)));
  }
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0;
};
