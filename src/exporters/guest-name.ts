import { createHash } from 'node:crypto';

const LONGEST = 100;

/**
 * A guest's name as the name of a folder and a part of an address: letters, digits, dot, dash and underscore. A name
 * that had to be changed carries a checksum, so that two guests never share a folder.
 */
export const guestId = (name: string): string => {
  const plain = name
    .replaceAll(/[^A-Za-z0-9._-]/g, '_')
    .replace(/^\./, '_')
    .slice(0, LONGEST);
  if (plain === name && name !== '') return plain;
  return `${plain}-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
};
