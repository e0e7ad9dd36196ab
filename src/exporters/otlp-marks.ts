import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StartMarks } from './otlp-starts.ts';
import { replaceFile } from './replace-file.ts';

const FILE = 'otlp-starts.json';
const FORMAT = 1;
/** 100 series of work and some 200 others, of 300 bytes each, are 90 KiB. */
const LARGEST = 2 ** 20;

/** Start times in the state directory. */
export interface MarksFile {
  /** Undefined where there are none that can be read: then the counters start with their next export. */
  read(): Promise<StartMarks | undefined>;
  /** Writes them if they changed. @throws the error of the file system. */
  keep(marks: StartMarks): Promise<void>;
}

export const marksFile = (directory: string): MarksFile => {
  const path = join(directory, FILE);
  let written: string | undefined;
  return {
    read: async () => {
      try {
        const text = await readFile(path, 'utf8');
        return text.length > LARGEST ? undefined : marksIn(JSON.parse(text));
      } catch {
        return undefined;
      }
    },
    keep: async ({ bootId, booted, series }) => {
      const text = `${JSON.stringify({ format: FORMAT, bootId, booted, series: [...series] })}\n`;
      if (text === written) return;
      await replaceFile(path, text);
      written = text;
    },
  };
};

const marksIn = (value: unknown): StartMarks | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  const { format, bootId, booted, series } = value as Readonly<Record<string, unknown>>;
  if (format !== FORMAT || typeof bootId !== 'string' || !isTime(booted) || !Array.isArray(series))
    return undefined;
  const pairs = series.filter(
    (pair): pair is [string, number] => Array.isArray(pair) && typeof pair[0] === 'string' && isTime(pair[1]),
  );
  return { bootId, booted, series: new Map(pairs) };
};

const isTime = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0;
