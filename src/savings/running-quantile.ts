/** A set of numbers that grows, and can be asked for its quantiles at any time. */
export interface RunningQuantile {
  /** The number at this index of those that were announced; each at most once. */
  add(index: number): void;
  readonly size: number;
  /** Type 7, as `quantile`; NaN while the set is empty. */
  at(level: number): number;
}

/**
 * All numbers that may be added are announced first, so that each has a rank; a Fenwick tree (Fenwick, Software: Practice
 * and Experience 24, 1994) over ranks then counts those that are in. An answer takes the logarithm of their number, where
 * sorting at every question would take the square of it.
 */
export const runningQuantile = (values: Float64Array): RunningQuantile => {
  const n = values.length;
  const order = Uint32Array.from(values.keys()).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b);
  const rank = new Uint32Array(n);
  order.forEach((index, at) => {
    rank[index] = at;
  });
  const tree = new Uint32Array(n + 1);
  const top = 2 ** Math.floor(Math.log2(Math.max(1, n)));
  let size = 0;
  /** The number with `below` smaller ones in the set. */
  const ordered = (below: number): number => {
    let [at, left] = [0, below];
    for (let step = top; step > 0; step = Math.floor(step / 2)) {
      const next = at + step;
      if (next <= n && (tree[next] ?? 0) <= left) {
        at = next;
        left -= tree[next] ?? 0;
      }
    }
    return values[order[at] ?? 0] ?? Number.NaN;
  };
  return {
    add: (index) => {
      size += 1;
      for (let at = (rank[index] ?? 0) + 1; at <= n; at += at & -at) tree[at] = (tree[at] ?? 0) + 1;
    },
    get size() {
      return size;
    },
    at: (level) => {
      if (size === 0) return Number.NaN;
      const place = (size - 1) * level;
      const below = Math.floor(place);
      const low = ordered(below);
      return place === below ? low : low + (place - below) * (ordered(below + 1) - low);
    },
  };
};
