/** An export as it goes on the wire. */
export interface Packed {
  readonly bytes: Uint8Array;
  /** How its bytes are compressed: a reload may change that for the next one. */
  readonly encoding: 'gzip' | undefined;
}

/** Bytes of exports that may wait, as they are sent: 4 kB each with 100 series (measured), so 17 hours at one a minute. */
export const QUEUE_BYTES = 4 * 2 ** 20;

/** Exports that wait for the receiver, in the order in which they were made, in a bounded space. */
export interface ExportQueue {
  /** How many wait. */
  readonly size: number;
  /** Behind all others. @returns how many had to go, the oldest first, so that there is room. */
  add(one: Packed): number;
  /** The oldest, which waits no more. */
  next(): Packed | undefined;
  /** Before all others, after it was `next` and not taken. @returns how many had to go. */
  putBack(one: Packed): number;
}

/** @param most bytes that may wait; one export that is larger than all of it may wait alone. */
export const createExportQueue = (most = QUEUE_BYTES): ExportQueue => {
  const waiting: Packed[] = [];
  let bytes = 0;
  const next = (): Packed | undefined => {
    const one = waiting.shift();
    bytes -= one?.bytes.byteLength ?? 0;
    return one;
  };
  const withRoomFor = (one: Packed): number => {
    bytes += one.bytes.byteLength;
    let dropped = 0;
    for (; bytes > most && waiting.length > 1; dropped += 1) next();
    return dropped;
  };
  return {
    get size() {
      return waiting.length;
    },
    add: ({ bytes: given, encoding }) => {
      // A copy: a compressor gives a view into a page that is several times as large, and slice() of a Buffer is a view too.
      const one = { bytes: new Uint8Array(given), encoding };
      waiting.push(one);
      return withRoomFor(one);
    },
    next,
    putBack: (one) => {
      waiting.unshift(one);
      return withRoomFor(one);
    },
  };
};
