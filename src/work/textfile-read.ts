import { constants } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SourceError } from '../model/source-error.ts';
import type { Seconds } from '../units.ts';
import { lines } from './lines.ts';
import { createMatcher, type Mapping, type Matched } from './matching.ts';
import { shown } from './text.ts';

/** A file holds some lines a workload; what is larger is no such file. */
const MOST_BYTES = 2 ** 20;
const MOST_FILES = 64;
const CHUNK = 64 * 1024;

/** What a directory held. */
export interface TextfilesRead extends Matched {
  /** Files that were read. */
  readonly files: number;
  /** When the oldest of them was written, milliseconds since 1970 UTC. */
  readonly oldest: number | undefined;
}

/**
 * Reads all `*.prom` files of a directory, in the order of their names. A file that is not usable is named and left out;
 * the others count. Rejects where the directory cannot be listed.
 *
 * @param now milliseconds since 1970 UTC; only compared with the times of the files.
 */
export const readTextfiles = async (
  directory: string,
  mappings: readonly Mapping[],
  maxAge: Seconds,
  now: number,
): Promise<TextfilesRead> => {
  const names = (await readdir(directory)).filter((name) => /^[^.].*\.prom$/s.test(name)).sort();
  const problems: string[] = [];
  if (names.length > MOST_FILES) problems.push(`${names.length} files, of which ${MOST_FILES} are read`);
  const matcher = createMatcher(mappings);
  let files = 0;
  let oldest: number | undefined;
  for (const name of names.slice(0, MOST_FILES)) {
    try {
      const written = await readFile(join(directory, name), maxAge, now, matcher.line);
      files += 1;
      oldest = Math.min(oldest ?? written, written);
    } catch (error) {
      problems.push(`${shown(name)}: ${words(error)}`);
    }
  }
  const { readings, problem } = matcher.result();
  const all = [...problems, ...(problem === undefined ? [] : [problem])];
  return { readings, problem: all.length === 0 ? undefined : all.join('; '), files, oldest };
};

/** @returns when it was written. */
const readFile = async (
  path: string,
  maxAge: Seconds,
  now: number,
  onLine: (line: string) => void,
): Promise<number> => {
  // A link could lead out of the directory, and a pipe would never end.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new SourceError('retry', 'is no plain file');
    if (stat.size > MOST_BYTES) throw new SourceError('retry', `is larger than ${MOST_BYTES / 2 ** 20} MiB`);
    const age = Math.round((now - stat.mtimeMs) / 1000);
    if (age > maxAge) throw new SourceError('retry', `was written ${age} s ago, more than max_age`);
    // Whole before any line of it counts: a broken file adds nothing.
    const held: string[] = [];
    await readLines(file, (line) => held.push(line));
    checkAll(held);
    for (const line of held) onLine(line);
    return stat.mtimeMs;
  } finally {
    await file.close();
  }
};

const readLines = async (file: FileHandle, onLine: (line: string) => void): Promise<void> => {
  const text = lines(onLine);
  const buffer = Buffer.alloc(CHUNK);
  for (let at = 0; at <= MOST_BYTES; ) {
    const { bytesRead } = await file.read(buffer, 0, CHUNK, at);
    if (bytesRead === 0) return text.end();
    text.write(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
  throw new SourceError('retry', `is larger than ${MOST_BYTES / 2 ** 20} MiB`);
};

const checkAll = (held: readonly string[]): void => {
  const matcher = createMatcher([]);
  for (const line of held) matcher.line(line);
};

const words = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ELOOP') return 'is a symbolic link, which is not followed';
  if (code === 'EACCES') return 'may not be read by this user';
  if (code !== '') return code;
  return error instanceof Error ? error.message : String(error);
};
