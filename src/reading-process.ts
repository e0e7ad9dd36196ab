/** The process that reads for `reading.ts`: answers what it is asked, in any order, until whoever asks lets go of it. */
import { buildId } from './build-id.ts';
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
  /** Build of the program that asks. */
  readonly asker: string | undefined;
  readonly what: Readable;
  readonly input: unknown;
}
export type Answer =
  | { readonly id: number; readonly value: unknown }
  /** Why it could not be read, in the words of the error. */
  | { readonly id: number; readonly failed: string }
  /** This program is of another build than the one that asks: what it reads is not what that one understands. */
  | { readonly id: number; readonly otherBuild: true };

const answerTo = async ({ id, what, input }: Question): Promise<Answer> => {
  try {
    return { id, value: await readers[what](input as never) };
  } catch (cause) {
    return { id, failed: cause instanceof Error ? cause.message : String(cause) };
  }
};

/** A bundle that was put in place of the one that runs; sources without a build ask whatever bundle there is. */
const isOtherBuild = ({ asker }: Question): boolean =>
  asker !== undefined && buildId !== undefined && asker !== buildId;

const tell = (answer: Answer): void => {
  // Whoever asked may have ended meanwhile.
  process.send?.(answer, undefined, undefined, () => {});
};
process.on('message', (question: Question) => {
  if (isOtherBuild(question)) tell({ id: question.id, otherBuild: true });
  else void answerTo(question).then(tell);
});
// Whoever asked let go of it, or was killed. Not `process.exit`, which waits for what a file system never answers.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// Ctrl-C in a terminal is meant for whoever asked, and goes to all.
process.on('SIGINT', () => {});
