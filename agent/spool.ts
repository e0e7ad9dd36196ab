import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CommandError } from './exit.ts';

/** A year of hours of 1,000 hosts is about 1 GB as text. */
const MOST_BYTES = 8 * 2 ** 30;

/** What came by standard input, in a file that is read more than once and taken away at the end. */
export interface Spooled {
  readonly path: string;
  remove(): void;
}

/** Throws CommandError where nothing comes, or too much. */
export const spool = async (input: Readable = process.stdin, most = MOST_BYTES): Promise<Spooled> => {
  const dir = mkdtempSync(join(tmpdir(), 'negawatt-stdin-'));
  const remove = (): void => rmSync(dir, { recursive: true, force: true });
  const path = join(dir, 'stdin.csv');
  let bytes = 0;
  const counted = async function* (pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const piece of pieces) {
      bytes += piece.length;
      if (bytes > most)
        throw new CommandError(`more than ${most} bytes come by standard input: name a file with --csv`);
      yield piece;
    }
  };
  try {
    await pipeline(input, counted, createWriteStream(path, { mode: 0o600 }));
    if (bytes === 0)
      throw new CommandError(
        'nothing comes by standard input: send a table to it, or name a file with --csv',
      );
  } catch (error) {
    remove();
    throw error;
  }
  return { path, remove };
};
