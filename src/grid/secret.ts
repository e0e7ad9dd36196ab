import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { GridError } from '../model/grid.ts';
import type { GridSecrets } from './secrets.ts';

/** Where the operator keeps the key of a provider: never in the configuration itself. */
export interface SecretPlace {
  readonly key_file?: string | undefined;
  /** Name of a variable of the environment. */
  readonly key_env?: string | undefined;
}

/** What a provider wants: a key or token, or a name and a password. */
export type SecretForm = 'none' | 'key' | 'login';

/** A key where it lies. Read anew for each question, so that a new one needs no restart. */
export interface Secret {
  /** Empty where the operator named no place. @throws GridError (refused) that says what is wrong, without the key. */
  read(): Promise<GridSecrets>;
  /** Whether it may be another one than at the last read. Never rejects. */
  renewed(): Promise<boolean>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** A key is one line and short; a larger file is another one. */
const LARGEST = 4096;
const OTHERS_READ = 0o004;
/** What a header can carry (RFC 9110, 5.5) without quoting. */
const PLAIN = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** A key from a file or the environment. It is never logged, and in no message. */
export const createSecret = (place: SecretPlace, form: SecretForm, env: Environment): Secret => {
  const { key_file: file, key_env: name } = place;
  let mark: string | undefined;
  const textOf = async (): Promise<string | undefined> => {
    if (file !== undefined) {
      const read = await fileText(file, form);
      mark = read.mark;
      return read.text;
    }
    if (name === undefined) return undefined;
    const text = env[name];
    if (text) return text;
    throw new GridError('refused', `the environment has no ${name}, which key_env names`, {
      fix: `Set ${name} for negawatt, in the file that EnvironmentFile= of its unit names, or use key_file.`,
    });
  };
  return {
    read: async () => {
      mark = undefined;
      const text = form === 'none' ? undefined : await textOf();
      return text === undefined ? {} : partsOf(text, form, file ?? `$${name}`);
    },
    // The environment of a process stays as it is.
    renewed: async () => file !== undefined && (await markOf(file)) !== mark,
  };
};

const partsOf = (text: string, form: SecretForm, where: string): GridSecrets => {
  const line = text.replace(/\r?\n$/, '');
  if (!PLAIN.test(line)) {
    throw new GridError('refused', `${where} is not one line of plain text`, { fix: fixOf(where, form) });
  }
  if (form !== 'login') return { key: line };
  const colon = line.indexOf(':');
  if (colon <= 0 || colon === line.length - 1) {
    throw new GridError('refused', `${where} is not one line of username:password`, {
      fix: fixOf(where, form),
    });
  }
  return { username: line.slice(0, colon), password: line.slice(colon + 1) };
};

interface KeyFile {
  readonly text: string;
  readonly mark: string;
}

const fileText = async (path: string, form: SecretForm): Promise<KeyFile> => {
  try {
    // Not waiting: a pipe without a writer would hold a thread for ever.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      // Of the open file: the path may lead elsewhere a moment later.
      const status = await file.stat();
      if ((status.mode & OTHERS_READ) !== 0) {
        throw new GridError('refused', `${path} holds a key and every user of this host may read it`, {
          fix: `chmod 640 ${path}, and chgrp it to the group that negawatt runs as; if others could read it, get a new key.`,
        });
      }
      const buffer = Buffer.alloc(LARGEST + 1);
      const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
      if (bytesRead > LARGEST) {
        throw new GridError('refused', `${path} is larger than ${LARGEST} bytes`, { fix: fixOf(path, form) });
      }
      return { text: buffer.toString('utf8', 0, bytesRead), mark: markIn(status) };
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof GridError) throw cause;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    throw new GridError('refused', `key_file: ${path} cannot be read: ${code || 'no file'}`, {
      fix: `Write it and make it readable for negawatt: ${fixOf(path, form)}`,
    });
  }
};

const fixOf = (where: string, form: SecretForm): string => {
  const what = form === 'login' ? 'username:password' : 'the key alone';
  return `one line, ${what}, in ${where}${where.startsWith('$') ? '' : ', with mode 640 or 600'}.`;
};

const markIn = ({
  ino,
  mtimeMs,
  ctimeMs,
  size,
}: {
  ino: number;
  mtimeMs: number;
  ctimeMs: number;
  size: number;
}): string => [ino, mtimeMs, ctimeMs, size].join(' ');

/** What changes with the content or the rights of a file; undefined where it cannot be looked at. */
const markOf = async (path: string): Promise<string | undefined> => {
  try {
    return markIn(await stat(path));
  } catch {
    return undefined;
  }
};
