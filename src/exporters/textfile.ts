import { stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { replaceFile } from './replace-file.ts';

/** Why a file cannot be written, and the operator's next step. */
export interface TextfileTrouble {
  readonly reason: string;
  readonly fix: string;
}

export interface TextfileOptions {
  /** Where the text goes; its directory must be there. */
  readonly path: string;
  /** Text of the metrics; may reject. */
  readonly render: () => Promise<string>;
  /** Told once when writing fails, again when it fails in another way, and once with undefined when it works again. */
  readonly onTrouble: (trouble: TextfileTrouble | undefined) => void;
}

/** The metrics as a file, for the textfile collector of an exporter that runs anyway. */
export interface Textfile {
  /** Writes what holds now, without waiting; while a writing hangs none is begun beside it. */
  write(): void;
  /** Resolves when nothing is being written any more. */
  settled(): Promise<void>;
  /** Takes the file away: powers of an agent that has ended would be shown as if they held now. */
  remove(): Promise<void>;
}

/** Why the directory of a textfile cannot be used; undefined where it can. Looked at once, at the start. */
export const textfileTrouble = async (path: string): Promise<TextfileTrouble | undefined> => {
  const directory = dirname(path);
  try {
    const found = await stat(directory);
    if (!found.isDirectory())
      return { reason: `${directory} is no directory`, fix: 'name a file inside one' };
    return undefined;
  } catch (cause) {
    return troubleOf(path, cause);
  }
};

export const createTextfile = ({ path, render, onTrouble }: TextfileOptions): Textfile => {
  let running: Promise<void> | undefined;
  let said: string | undefined;
  const tell = (trouble: TextfileTrouble | undefined): void => {
    if (said === trouble?.reason) return;
    said = trouble?.reason;
    onTrouble(trouble);
  };
  const turn = async (): Promise<void> => {
    try {
      await replaceFile(path, await render());
      tell(undefined);
    } catch (cause) {
      tell(troubleOf(path, cause));
    }
  };
  return {
    write: () => {
      running ??= turn().finally(() => {
        running = undefined;
      });
    },
    settled: async () => {
      await running;
    },
    remove: async () => {
      await running;
      await unlink(path).catch(() => {});
    },
  };
};

/** What to do, by the error of the file system (errno(3)). */
const FIXES: Readonly<Record<string, string>> = {
  ENOENT: 'make the directory, or name a file in one that is there',
  ENOTDIR: 'name a file inside a directory',
  EACCES: 'let the user of negawatt write there, by its group for example',
  EPERM: 'let the user of negawatt write there, by its group for example',
  EROFS:
    'the file system is read-only: mount it for writing, or name a file elsewhere (ReadWritePaths= in a unit)',
  ENOSPC: 'the file system is full: make room; the last whole file stays until then',
  EDQUOT: 'the quota is used up: make room; the last whole file stays until then',
  EISDIR: 'a directory has that name: name a file',
};

const troubleOf = (path: string, cause: unknown): TextfileTrouble => {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const why = cause instanceof Error ? cause.message.replace(`${path}.tmp`, path) : String(cause);
  return {
    reason: `${path} cannot be written: ${why}`,
    fix: FIXES[code] ?? 'see what the system says of it',
  };
};
