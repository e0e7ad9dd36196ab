import { crc32 } from 'node:zlib';
import type { KeptDay } from '../model/archive.ts';

/** The columns as bytes, little-endian, a checksum before them: a bit that flips makes a number like any other. */
export const bytesOf = ({ about, columns }: Pick<KeptDay, 'about' | 'columns'>): Buffer => {
  const width = columns[0]?.length ?? 0;
  const bytes = Buffer.alloc(4 + columns.length * width * 8);
  let at = 4;
  for (const column of columns)
    for (const value of column) {
      bytes.writeDoubleLE(value, at);
      at += 8;
    }
  bytes.writeUInt32LE(crc32(about, crc32(bytes.subarray(4))), 0);
  return bytes;
};

/** Undefined where the bytes are not those that were written. */
export const columnsIn = (
  bytes: Buffer,
  about: string,
  length: number,
): readonly Float64Array[] | undefined => {
  const count = length === 0 ? 0 : (bytes.length - 4) / 8 / length;
  if (!Number.isInteger(count) || bytes.length < 4) return undefined;
  if (crc32(about, crc32(bytes.subarray(4))) !== bytes.readUInt32LE(0)) return undefined;
  return Array.from({ length: count }, (_, column) =>
    Float64Array.from({ length }, (__, i) => bytes.readDoubleLE(4 + (column * length + i) * 8)),
  );
};
