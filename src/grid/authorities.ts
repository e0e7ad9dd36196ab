import { readFile } from 'node:fs/promises';
import { GridError } from '../model/grid.ts';

/** Certificates in PEM. @throws GridError (refused), as only the operator can help. */
export const authorities = async (file: string): Promise<string> => {
  const text = await readFile(file, 'latin1').catch(() => '');
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new GridError('refused', `ca_file: ${file} holds no certificate, or cannot be read`, {
    fix: 'Give a file of certificates in PEM that negawatt may read.',
  });
};
