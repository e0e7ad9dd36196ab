import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { SourceError } from '../model/source-error.ts';
import { failedRead } from './failure.ts';

const CHUNK = 64 * 1024;
/** A pipe that somebody put there must not hold a thread of Node's for ever. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * A file of somebody else's, whole. Rejects with SourceError: what errno says, `fatal` where it is no plain file or
 * larger than `most` bytes.
 */
export const readBounded = async (path: string, most: number, fix?: string): Promise<string> => {
  let file: FileHandle | undefined;
  try {
    file = await open(path, FLAGS);
    const stat = await file.stat();
    if (!stat.isFile())
      throw new SourceError('fatal', `${path} is no plain file`, { fix: `Look at ${path}.` });
    const parts: Buffer[] = [];
    for (let size = 0; ; ) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, null);
      if (bytesRead === 0) return Buffer.concat(parts).toString('utf8');
      size += bytesRead;
      if (size > most) {
        throw new SourceError('fatal', `${path} is larger than ${most} bytes and was not read`, {
          fix: `See what wrote ${path}: such files are far smaller.`,
        });
      }
      parts.push(buffer.subarray(0, bytesRead));
    }
  } catch (cause) {
    throw failedRead(path, cause, fix);
  } finally {
    await file?.close().catch(() => {});
  }
};

/** Text as JSON. Throws SourceError with the path, never with the content: it may hold secrets. */
export const parseJson = (text: string, where: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new SourceError('retry', `${where}: expected JSON, found ${text.length} characters that are not`, {
      fix: `Look at what gives ${where}; if it is in order, please report it with its version.`,
    });
  }
};
