import type { IncomingMessage } from 'node:http';
import { HistoryError } from '../model/history.ts';

/** Reads no further than `most` bytes after decompression. */
export const bodyOf = async (response: IncomingMessage, most: number, place: string): Promise<string> => {
  const isPacked = /^(x-)?gzip$/i.test(response.headers['content-encoding'] ?? '');
  const stream = isPacked ? response.pipe((await import('node:zlib')).createGunzip()) : response;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const brokeOff = (): void =>
      reject(
        new HistoryError(
          `${place}: the answer broke off`,
          'See the log of the engine and of a proxy in between; ask for fewer hosts if it is too large for it.',
        ),
      );
    response.on('error', brokeOff);
    response.on('aborted', brokeOff);
    stream.on('error', brokeOff);
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= most) chunks.push(chunk);
      else
        reject(
          new HistoryError(
            `${place}: the answer is larger than ${most / 2 ** 20} MiB`,
            'Ask for fewer hosts, or narrow history.prometheus.match.',
          ),
        );
    });
    stream.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
  });
};
