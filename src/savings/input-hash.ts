import type { ScopeSeries } from './series.ts';

/** SHA-256 in parts: bytes are handed in as they come. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  /** Hexadecimal; nothing may be handed in afterwards. */
  hex(): string;
}

/** NaN in one form: its other bits mean nothing and differ between processors. */
const bytesOf = (values: ArrayLike<number>): Uint8Array => {
  const view = new DataView(new ArrayBuffer(8 * values.length));
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at] ?? Number.NaN;
    if (Number.isNaN(value)) view.setBigUint64(8 * at, 0x7ff8_0000_0000_0000n, true);
    else view.setFloat64(8 * at, value, true);
  }
  return new Uint8Array(view.buffer);
};

/** Of columns as they were read: start, step, length and count, then each column as 64-bit floats, little-endian. */
export const hashColumns = (
  hasher: Hasher,
  { from, step, length }: Pick<ScopeSeries, 'from' | 'step' | 'length'>,
  columns: readonly ArrayLike<number>[],
): string => {
  hasher.update(bytesOf([from, step, length, columns.length]));
  for (const column of columns) hasher.update(bytesOf(column));
  return hasher.hex();
};

/** Hash by name of everything that a scope puts into an evaluation; columns that it does not have are left out. */
export const hashSeries = (
  name: string,
  series: ScopeSeries,
  hasher: () => Hasher,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    (
      [
        ['energy', [series.energy, series.demanded, series.powered, series.coverage]],
        ['work', series.work],
        ['drivers', series.drivers],
        ['guards', series.guards],
        ['grid', [series.grid, series.pue]],
      ] as const
    )
      .filter(([, columns]) => columns.length > 0)
      .map(([column, columns]) => [`${name}_${column}`, hashColumns(hasher(), series, columns)]),
  );
