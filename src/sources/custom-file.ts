import { close, constants, fstat, open, read } from 'node:fs';
import { promisify } from 'node:util';
import { SourceError } from '../model/source-error.ts';
import type { Content } from './custom-value.ts';
import { failedRead } from './failure.ts';
import { printable } from './text.ts';

const openFile = promisify(open);
const statFile = promisify(fstat);
const closeFile = promisify(close);
const readFile = promisify(read);

/** More than any meter says; a larger file is the wrong one. */
export const MOST_BYTES = 65_536;

/**
 * Reads a small file with the time of its last change. A file of the kernel (procfs, sysfs) is written as it is read:
 * its size is not its length, and it has no age. Rejects with SourceError; a pipe or a device is refused, not waited for.
 */
export const readMeterFile = async (file: string): Promise<Content> => {
  let fd: number;
  try {
    // Not blocking: a pipe without a writer would hold a thread for ever.
    fd = await openFile(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw kept(failedRead(file, cause, `Check that ${printable(file)} is there and may be read.`));
  }
  try {
    const stats = await statFile(fd);
    if (!stats.isFile()) {
      throw new SourceError('retry', `${printable(file)} is no regular file`, {
        fix: 'Name a file that is written anew with each value.',
      });
    }
    const buffer = Buffer.alloc(MOST_BYTES + 1);
    let length = 0;
    for (let got = -1; got !== 0 && length < buffer.length; length += got) {
      ({ bytesRead: got } = await readFile(fd, buffer, length, buffer.length - length, length));
    }
    if (length > MOST_BYTES) {
      throw new SourceError('retry', `${printable(file)} is larger than ${MOST_BYTES} bytes`, {
        fix: 'Name the file of one meter.',
      });
    }
    const text = buffer.toString('utf8', 0, length);
    return stats.size === length ? { text, madeAt: stats.mtimeMs } : { text };
  } catch (cause) {
    throw kept(failedRead(file, cause, 'See dmesg: the file system or the device below it fails.'));
  } finally {
    await closeFile(fd).catch(() => {});
  }
};

/** Whatever happens to one meter of several, the others stay open: it is asked again. */
const kept = (error: SourceError): SourceError =>
  new SourceError('retry', error.message, { cause: error.cause, fix: error.fix });
