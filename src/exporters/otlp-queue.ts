/** Bytes of exports that may wait, as they are sent: 4 kB each with 100 series (measured), so 17 hours at one a minute. */
export const QUEUE_BYTES = 4 * 2 ** 20;

/** Exports that wait for the receiver, in the order in which they were made, in a bounded space. */
export interface ExportQueue {
  /** How many wait. */
  readonly size: number;
  /** Behind all others. @returns how many had to go, the oldest first, so that there is room. */
  add(body: Uint8Array): number;
  /** The oldest, which waits no more. */
  next(): Uint8Array | undefined;
  /** Before all others, after it was `next` and not taken. @returns how many had to go. */
  putBack(body: Uint8Array): number;
}

/** @param most bytes that may wait; one export that is larger than all of it may wait alone. */
export const createExportQueue = (most = QUEUE_BYTES): ExportQueue => {
  const waiting: Uint8Array[] = [];
  let bytes = 0;
  const withRoom = (): number => {
    let dropped = 0;
    while (bytes > most && waiting.length > 1) {
      bytes -= waiting.shift()?.byteLength ?? 0;
      dropped += 1;
    }
    return dropped;
  };
  const counted = (body: Uint8Array): Uint8Array => {
    bytes += body.byteLength;
    return body;
  };
  return {
    get size() {
      return waiting.length;
    },
    add: (body) => {
      // A copy: what a compressor gives is a view into a page that may be many times as large.
      waiting.push(counted(body.slice()));
      return withRoom();
    },
    next: () => {
      const body = waiting.shift();
      bytes -= body?.byteLength ?? 0;
      return body;
    },
    putBack: (body) => {
      waiting.unshift(counted(body));
      return withRoom();
    },
  };
};
