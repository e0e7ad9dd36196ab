import { promisify } from 'node:util';
import { gzip, gzipSync } from 'node:zlib';

const inThread = promisify(gzip);
/** What is compressed at once, in about a millisecond; a thread and its memory are for what takes longer. */
const SMALL = 64 * 1024;

/**
 * The text shrinks to a fifth at once; what a higher level adds is not worth its time at each scrape. A window of 8 KiB
 * costs 1 % of the size and takes an eighth of the memory, which is new at each scrape.
 */
const FAST = { level: 1, windowBits: 13, memLevel: 6 };

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
