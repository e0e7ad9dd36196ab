/** The thread that reads for `reading.ts`: answers what it is asked, in any order, until it is told to end. */
import { parentPort } from 'node:worker_threads';
import { loadConfig } from './config/load.ts';
import { loadWebFile } from './config/web-file.ts';
import { readZoneRows } from './grid/zone-rows.ts';
import { readServerSheets } from './sources/server-sheets.ts';

/** What can be read: each takes and gives plain data. A new one is a line here. */
const readers = {
  config: loadConfig,
  webFile: (file: string) => loadWebFile(file),
  zoneRows: readZoneRows,
  serverSheets: readServerSheets,
};

export type Readers = typeof readers;
export type Readable = keyof Readers;
export type InputOf<K extends Readable> = Parameters<Readers[K]>[0];
export type OutputOf<K extends Readable> = Awaited<ReturnType<Readers[K]>>;

export interface Question {
  readonly id: number;
  readonly what: Readable;
  readonly input: unknown;
}
export type Answer =
  | { readonly id: number; readonly value: unknown }
  /** Why it could not be read, in the words of the error. */
  | { readonly id: number; readonly failed: string };

const answerTo = async ({ id, what, input }: Question): Promise<Answer> => {
  try {
    return { id, value: await readers[what](input as never) };
  } catch (cause) {
    return { id, failed: cause instanceof Error ? cause.message : String(cause) };
  }
};

parentPort?.on('message', (question: Question | 'end') => {
  if (question === 'end') parentPort?.close();
  else void answerTo(question).then((answer) => parentPort?.postMessage(answer));
});
