import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { absent, type Found, found, unreadable } from '../model/found.ts';
import type { StartMarks } from './otlp-starts.ts';
import { replaceFile } from './replace-file.ts';

const FILE = 'otlp-starts.json';
/** The first one, without a checksum, was in no release. */
const FORMAT = 2;
/** 100 series of work and some 200 others, of 300 bytes each, are 90 KiB. */
const LARGEST = 2 ** 20;

/** Start times in the state directory. */
export interface MarksFile {
  /**
   * Absent where there are none yet. Unreadable where the file cannot be used: the counters then start with their next
   * export. Never rejects.
   */
  read(): Promise<Found<StartMarks>>;
  /** Writes them if they changed. @throws the error of the file system. */
  keep(marks: StartMarks): Promise<void>;
}

export const marksFile = (directory: string): MarksFile => {
  const path = join(directory, FILE);
  let written: string | undefined;
  return {
    read: async () => {
      try {
        const { size } = await stat(path);
        if (size > LARGEST) throw new Error(`it is larger than ${LARGEST} bytes`);
        return found(marksIn(await readFile(path, 'utf8')));
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return absent(`no ${path} yet`);
        return unreadable(
          `${path} is ignored: ${whyOf(cause)}; to the receiver counters begin anew`,
          'Nothing needs to be done: it is written anew with the next push.',
        );
      }
    },
    keep: async ({ bootId, booted, series }) => {
      const marks: Marks = { bootId, booted, series: [...series] };
      const text = `${JSON.stringify({ format: FORMAT, ...marks, checksum: checksumOf(marks) })}\n`;
      if (text === written) return;
      await replaceFile(path, text);
      written = text;
    },
  };
};

/** What JSON.parse says of a damaged file has pieces of it. */
const whyOf = (cause: unknown): string => {
  if (cause instanceof SyntaxError) return 'it is damaged';
  return cause instanceof Error ? cause.message : String(cause);
};

interface Marks extends Omit<StartMarks, 'series'> {
  readonly series: readonly (readonly [string, number])[];
}

/** A time with another digit is a time like any other. */
const checksumOf = ({ bootId, booted, series }: Marks): number =>
  crc32(JSON.stringify({ bootId, booted, series }));

/** Throws an Error where it is none. */
const marksIn = (text: string): StartMarks => {
  const { format, bootId, booted, series, checksum } = Object(JSON.parse(text)) as Readonly<
    Record<string, unknown>
  >;
  if (format !== FORMAT) throw new Error('it is of another version');
  if (typeof bootId !== 'string' || !isTime(booted) || !Array.isArray(series) || !series.every(isPair))
    throw new Error('it is damaged');
  if (checksum !== checksumOf({ bootId, booted, series })) throw new Error('it is damaged');
  return { bootId, booted, series: new Map(series) };
};

const isPair = (pair: unknown): pair is [string, number] =>
  Array.isArray(pair) && pair.length === 2 && typeof pair[0] === 'string' && isTime(pair[1]);

const isTime = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0;
