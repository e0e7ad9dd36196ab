import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** Files of TLS to a receiver, as the section `export.otlp` names them. */
export interface TlsFiles {
  readonly ca_file?: string | undefined;
  readonly cert_file?: string | undefined;
  readonly key_file?: string | undefined;
}

/** What they hold, in PEM: authorities to trust, the certificate of this agent with its chain, and its private key. */
export interface TlsTexts {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Why the files cannot be used, and the operator's next step. Never holds what a file says. */
export class TlsFileError extends Error {
  readonly fix: string;

  constructor(message: string, fix: string) {
    super(message);
    this.name = 'TlsFileError';
    this.fix = fix;
  }
}

/** A bundle of all public authorities is a fifth of it; a larger file is another one. */
const LARGEST = 2 ** 20;
const OTHERS_READ = 0o004;

/**
 * Reads and checks the files: anew for each push, so that a renewed certificate needs no restart.
 *
 * @throws TlsFileError where one cannot be used, or key and certificate do not belong together.
 */
export const readTlsFiles = async (files: TlsFiles): Promise<TlsTexts> => {
  const ca = await textOf(files, 'ca_file');
  const cert = await textOf(files, 'cert_file');
  const key = await textOf(files, 'key_file');
  if (ca !== undefined) certificateIn(ca, files, 'ca_file');
  if (cert !== undefined && key !== undefined) {
    const own = certificateIn(cert, files, 'cert_file');
    if (!own.checkPrivateKey(keyIn(key, files)))
      throw new TlsFileError(
        `export.otlp.key_file: ${files.key_file} is not the key of the certificate in ${files.cert_file}`,
        'Name the two files that were made together; while they are being renewed this passes by itself.',
      );
  }
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
};

const certificateIn = (text: string, files: TlsFiles, name: keyof TlsFiles): X509Certificate => {
  try {
    return new X509Certificate(text);
  } catch {
    // Words of OpenSSL say less, and the file may be another one than was meant.
    throw new TlsFileError(
      `export.otlp.${name}: ${files[name]} holds no certificate in PEM form`,
      'Name a file with -----BEGIN CERTIFICATE-----, of a certificate and those between it and its authority.',
    );
  }
};

const keyIn = (text: string, { key_file: file }: TlsFiles): KeyObject => {
  try {
    return createPrivateKey(text);
  } catch {
    throw new TlsFileError(
      `export.otlp.key_file: ${file} holds no private key in PEM form, or one under a passphrase`,
      'Name a file with -----BEGIN PRIVATE KEY-----; nobody is there to be asked for a passphrase.',
    );
  }
};

const textOf = async (files: TlsFiles, name: keyof TlsFiles): Promise<string | undefined> => {
  const path = files[name];
  if (path === undefined) return undefined;
  const place = `export.otlp.${name}: ${path}`;
  try {
    // Not waiting: a pipe without a writer would hold a thread for ever.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      // Of the open file: the path may lead elsewhere a moment later.
      const found = await file.stat();
      const { mode, size } = found;
      // A device could be read without end.
      if (!found.isFile()) throw new TlsFileError(`${place} is no regular file`, 'Name the right file.');
      if (size > LARGEST) throw new TlsFileError(`${place} is larger than 1 MiB`, 'Name the right file.');
      if (name === 'key_file' && (mode & OTHERS_READ) !== 0)
        throw new TlsFileError(
          `${place} is a secret and every user of this host may read it`,
          `chmod 640 ${path}, and chgrp it to the group that negawatt runs as; if others could read it, make a new one.`,
        );
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof TlsFileError) throw cause;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new TlsFileError(
      `${place} cannot be read: ${code}`,
      `Correct export.otlp.${name}, or let the user of negawatt read the file.`,
    );
  }
};
