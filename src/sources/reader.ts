import { closeSync, openSync, readvSync } from 'node:fs';
import { SourceError } from '../model/source-error.ts';
import { afterKey, lineEnd, skipBlanks, unsignedAt, unsignedBigAt } from './bytes.ts';
import { type DescriptorBudget, descriptors } from './descriptors.ts';
import { type FilePath, failedRead, malformed } from './failure.ts';
import { printable } from './text.ts';

const FIRST_SIZE = 16_384;
/** /proc/stat of a host with thousands of interrupts stays below 1 MiB; a larger file is not a kernel counter. */
const LARGEST = 8 * 1024 * 1024;

/** Where every read lands. One for all files: its content holds until the next read of any of them. */
export const landing: { bytes: Buffer } = { bytes: Buffer.allocUnsafeSlow(FIRST_SIZE) };

/** One buffer as a list: `readvSync` checks fewer arguments than `readSync`, a fifth of what a read takes in Node. */
const into: [Buffer] = [landing.bytes];

/** Reads all of an open file into `landing` and returns the number of bytes. Throws what `readv` does. */
export const readFrom = (fd: number, path: FilePath): number => {
  for (;;) {
    into[0] = landing.bytes;
    const length = readvSync(fd, into, 0);
    if (length < landing.bytes.length) return length;
    // A full buffer may hold a cut number. Position 0 makes the kernel write the file anew into a larger one.
    if (length >= LARGEST)
      throw new SourceError('fatal', `${printable(path)} is larger than ${LARGEST} bytes`);
    landing.bytes = Buffer.allocUnsafeSlow(length * 2);
  }
};

/** Opens, reads to `landing` and closes. Returns the number of bytes; throws SourceError. */
export const readOnce = (path: FilePath): number => {
  try {
    const fd = openSync(path, 'r');
    try {
      return readFrom(fd, path);
    } finally {
      closeSync(fd);
    }
  } catch (cause) {
    throw failedRead(path, cause);
  }
};

/** A small text file as a string without its last newline; for what is read once. Throws SourceError. */
export const readSmall = (path: FilePath): string =>
  landing.bytes.toString('utf8', 0, readOnce(path)).replace(/\n$/, '');

/**
 * A kernel file that is read again and again through one descriptor. A read of position 0 makes the kernel write its
 * content anew; a descriptor of something that was removed fails, so it never follows a successor of the same name.
 * Opened at the first read; after any failure it is closed, and opened anew at the next read.
 */
export class KeptFile {
  readonly path: FilePath;
  readonly #budget: DescriptorBudget;
  #fd = -1;

  constructor(path: FilePath, budget: DescriptorBudget = descriptors) {
    this.path = path;
    this.#budget = budget;
  }

  /** Whether a descriptor is held: if not, the next read follows the path, whatever it leads to by then. */
  get kept(): boolean {
    return this.#fd >= 0;
  }

  /** Its descriptor, until the next `read` or `close`; -1: none. */
  get descriptor(): number {
    return this.#fd;
  }

  /** Opens it if the budget allows. Throws SourceError. */
  open(): void {
    if (this.#fd >= 0 || !this.#budget.take()) return;
    try {
      this.#fd = openSync(this.path, 'r');
    } catch (cause) {
      this.#budget.give();
      throw failedRead(this.path, cause);
    }
  }

  /** Reads all of it into `landing` and returns the number of bytes. Throws SourceError. */
  read(): number {
    if (this.#fd < 0) {
      this.open();
      if (this.#fd < 0) return readOnce(this.path);
    }
    try {
      return readFrom(this.#fd, this.path);
    } catch (cause) {
      this.close();
      throw failedRead(this.path, cause);
    }
  }

  /** A file that holds one unsigned number. Throws SourceError. */
  readUnsigned(): number {
    const length = this.read();
    const value = unsignedAt(landing.bytes, 0, length);
    return value >= 0 ? value : this.#bad(length, 'an unsigned number');
  }

  /** As `readUnsigned`, exact over 64 bits. */
  readUnsignedBig(): bigint {
    const length = this.read();
    const value = unsignedBigAt(landing.bytes, 0, length);
    return value >= 0n ? value : this.#bad(length, 'an unsigned number');
  }

  /** The unsigned number on the line that begins with `key`. Throws SourceError. */
  readKey(key: Uint8Array): number {
    const length = this.read();
    const at = afterKey(landing.bytes, length, key);
    const end = at < 0 ? 0 : lineEnd(landing.bytes, at, length);
    const value = at < 0 ? -1 : unsignedAt(landing.bytes, skipBlanks(landing.bytes, at, end), end);
    return value >= 0 ? value : this.#bad(length, `a line "${Buffer.from(key).toString()}NUMBER"`);
  }

  close(): void {
    if (this.#fd < 0) return;
    const fd = this.#fd;
    this.#fd = -1;
    this.#budget.give();
    try {
      closeSync(fd);
    } catch {
      // Linux frees the descriptor even where close(2) reports an error: nothing is left to do.
    }
  }

  #bad(length: number, expected: string): never {
    throw malformed(this.path, landing.bytes.subarray(0, length), expected);
  }
}
