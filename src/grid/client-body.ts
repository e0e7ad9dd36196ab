import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { oneLine } from '../model/foreign-text.ts';
import { GridError } from '../model/grid.ts';

/**
 * Reads a body to its end as UTF-8, decompressed where it is gzip. Reads no further than `most` bytes after
 * decompression: a body that unpacks to gigabytes costs no more than that. Rejects with GridError (failed), or with what
 * the connection says.
 */
export const readBody = async (response: IncomingMessage, most: number): Promise<string> => {
  const stream = await decoded(response);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const fail = (error: unknown): void => {
      stream.destroy();
      reject(error);
    };
    response.on('error', () => fail(brokeOff()));
    stream.on('error', (cause: Error) =>
      fail(new GridError('failed', `the answer is damaged: ${oneLine(cause.message, 60)}`, { fix: AGAIN })),
    );
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= most) chunks.push(chunk);
      else
        fail(new GridError('failed', `the answer is larger than ${most / 2 ** 20} MiB`, { fix: ASK_LESS }));
    });
    stream.on('end', () => {
      if (response.complete) resolve(new TextDecoder().decode(Buffer.concat(chunks)));
      else fail(brokeOff());
    });
  });
};

const brokeOff = (): GridError => new GridError('failed', 'the answer broke off', { fix: AGAIN });
const AGAIN = 'It is asked again later; if it stays so, see what a proxy in between does.';
const ASK_LESS = 'See whether the address is that of the API, and ask for fewer readings if it can be told.';

/** Only where there is something to decompress is the decompressor loaded. */
const decoded = async (response: IncomingMessage): Promise<Readable> => {
  const encoding = response.headers['content-encoding'];
  if (encoding === undefined || encoding === 'identity') return response;
  if (encoding !== 'gzip' && encoding !== 'x-gzip') {
    throw new GridError(
      'failed',
      `the answer is packed as ${oneLine(encoding, 30)}, which was not asked for`,
    );
  }
  const { createGunzip } = await import('node:zlib');
  return response.pipe(createGunzip());
};

/** The body of a failure, as far as it comes soon: it must not turn a refusal into a time-out. Never rejects. */
export const readReason = async (response: IncomingMessage, most: number, wait: number): Promise<string> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, wait, '');
  });
  return Promise.race([readBody(response, most).catch(() => ''), late]).finally(() => clearTimeout(timer));
};
