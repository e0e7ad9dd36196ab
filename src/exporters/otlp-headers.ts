import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** What a receiver wants to be told with each push, such as a token. */
export type Headers = Readonly<Record<string, string>>;

/** Why the headers cannot be had, and the operator's next step. Never holds what a file says. */
export class HeaderError extends Error {
  readonly fix: string;

  constructor(message: string, fix: string) {
    super(message);
    this.name = 'HeaderError';
    this.fix = fix;
  }
}

/** A token is one line and short; a larger file is another one. */
const LARGEST = 4096;
const OTHERS_READ = 0o004;
/** What a header can carry (RFC 9110, 5.5) without quoting. */
const PLAIN = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** Reads each header's value from its file: anew for each push, so that a new token needs no restart. */
export const readHeaders = async (files: Headers): Promise<Headers> => {
  const pairs: (readonly [string, string])[] = [];
  for (const [name, path] of Object.entries(files)) pairs.push([name, await valueIn(path, name)]);
  return Object.fromEntries(pairs);
};

const valueIn = async (path: string, name: string): Promise<string> => {
  const text = await textOf(path);
  const line = text.replace(/\r?\n$/, '');
  if (!PLAIN.test(line)) {
    throw new HeaderError(
      `${path} is not one line of plain text`,
      `Write the whole value of the header ${name} there, and nothing else.`,
    );
  }
  return line;
};

const textOf = async (path: string): Promise<string> => {
  try {
    // Not waiting: a pipe without a writer would hold a thread for ever.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      // Of the open file: the path may lead elsewhere a moment later.
      const { mode } = await file.stat();
      if ((mode & OTHERS_READ) !== 0) {
        throw new HeaderError(
          `${path} holds a secret and every user of this host may read it`,
          `chmod 640 ${path}, and chgrp it to the group that negawatt runs as; if others could read it, get a new one.`,
        );
      }
      const buffer = Buffer.alloc(LARGEST + 1);
      const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
      if (bytesRead > LARGEST) {
        throw new HeaderError(
          `${path} is larger than ${LARGEST} bytes`,
          'Write the value of the header alone there.',
        );
      }
      return buffer.toString('latin1', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof HeaderError) throw cause;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new HeaderError(
      `${path} cannot be read: ${code}`,
      'Correct export.otlp.headers_files, or let the user of negawatt read the file.',
    );
  }
};
