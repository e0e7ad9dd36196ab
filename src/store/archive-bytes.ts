import { crc32 } from 'node:zlib';
import type { KeptDay } from '../model/archive.ts';

/** Which row it is: one that came to stand under another day or host is as wrong as a changed figure. */
interface Place {
  readonly day: number;
  readonly series: string;
}
type Frame = Omit<KeptDay, 'columns'>;

const checksum = (figures: Uint8Array, { length, isClosed, about }: Frame, { day, series }: Place): number =>
  crc32(JSON.stringify([day, series, length, isClosed, about]), crc32(figures));

/** The columns as bytes, little-endian, a checksum before them: a bit that flips makes a number like any other. */
export const bytesOf = (kept: KeptDay, place: Place): Buffer => {
  const { columns } = kept;
  const width = columns[0]?.length ?? 0;
  const bytes = Buffer.alloc(4 + columns.length * width * 8);
  let at = 4;
  for (const column of columns)
    for (const value of column) {
      bytes.writeDoubleLE(value, at);
      at += 8;
    }
  bytes.writeUInt32LE(checksum(bytes.subarray(4), kept, place), 0);
  return bytes;
};

/** Undefined where the bytes are not those that were written of this series and day. */
export const columnsIn = (bytes: Buffer, frame: Frame, place: Place): readonly Float64Array[] | undefined => {
  const { length } = frame;
  const count = length === 0 ? 0 : (bytes.length - 4) / 8 / length;
  if (!Number.isInteger(count) || bytes.length < 4) return undefined;
  if (checksum(bytes.subarray(4), frame, place) !== bytes.readUInt32LE(0)) return undefined;
  return Array.from({ length: count }, (_, column) =>
    Float64Array.from({ length }, (__, i) => bytes.readDoubleLE(4 + (column * length + i) * 8)),
  );
};
