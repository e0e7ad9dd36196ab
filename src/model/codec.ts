/**
 * State to JSON and back, with what JSON lacks: bigint, Map and Set. Fields that are undefined are left out.
 * A value of the wrong shape is caught by whoever reads it: here only the three tags are understood.
 */
export const encode = (value: unknown): unknown => {
  if (typeof value === 'bigint') return { $bigint: value.toString() };
  if (value instanceof Map) return { $map: [...value].map(([key, held]) => [encode(key), encode(held)]) };
  if (value instanceof Set) return { $set: [...value].map(encode) };
  if (Array.isArray(value)) return value.map(encode);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, encode(held)]));
  }
  return value;
};

/** Inverse of `encode`. Throws TypeError or SyntaxError on a tag whose content does not fit. */
export const decode = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(decode);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [tag, held] = entries[0] ?? [];
  if (entries.length === 1 && tag === '$bigint') return BigInt(String(held));
  if (entries.length === 1 && tag === '$map') return new Map(listOf(held).map(pairOf));
  if (entries.length === 1 && tag === '$set') return new Set(listOf(held).map(decode));
  return Object.fromEntries(entries.map(([key, inner]) => [key, decode(inner)]));
};

const listOf = (value: unknown): readonly unknown[] => {
  if (!Array.isArray(value)) throw new TypeError('saved state: a map or set is not a list');
  return value;
};

const pairOf = (value: unknown): [unknown, unknown] => {
  const [key, held] = listOf(value);
  return [decode(key), decode(held)];
};
