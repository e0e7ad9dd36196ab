import { open } from 'node:fs/promises';
import { type Found, found, unreadable } from '../model/found.ts';
import { errnoOf } from './failure.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** One line of a name and a password is short; a larger file is another one. */
const LARGEST = 4096;
const OTHERS_READ = 0o004;
const KEY = 'sources.redfish.credentials_file';

/**
 * Reads `username:password`, one line; the password may hold colons. Never rejects. Refuses a file that every user of
 * the host may read. Neither part is ever in a reason or a fix.
 */
export const readCredentials = async (path: string): Promise<Found<Credentials>> => {
  let text: string;
  try {
    const file = await open(path, 'r');
    try {
      // Of the open file: the path may lead elsewhere a moment later.
      const { mode } = await file.stat();
      if ((mode & OTHERS_READ) !== 0) {
        return unreadable(
          `${path} holds a password and every user of this host may read it`,
          `chmod 640 ${path}, and chgrp it to the group that negawatt runs as.`,
        );
      }
      const buffer = Buffer.alloc(LARGEST + 1);
      const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
      if (bytesRead > LARGEST) return unreadable(`${path} is larger than ${LARGEST} bytes`, FORM(path));
      text = buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (cause) {
    return unreadable(
      `${KEY}: ${path} cannot be read: ${errnoOf(cause) || 'no file'}`,
      `Write it and make it readable for negawatt: ${FORM(path)}`,
    );
  }
  const line = text.replace(/\r?\n$/, '');
  const colon = line.indexOf(':');
  if (colon <= 0 || colon === line.length - 1 || /[\r\n]/.test(line)) {
    return unreadable(`${path} is not one line of username:password`, FORM(path));
  }
  return found({ username: line.slice(0, colon), password: line.slice(colon + 1) });
};

const FORM = (path: string): string =>
  `one line, username:password, in ${path}, with mode 640 or 600; an account with the role ReadOnly is enough.`;
