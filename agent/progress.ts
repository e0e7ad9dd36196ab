/** How far something has come, on a stream that a person watches. */
export interface Progress {
  /** @param share 0 to 1. */
  tell(share: number): void;
  /** The line is done; what is printed next stands below it. */
  end(): void;
}

const WIDTH = 30;
/** Redrawn at most so often, milliseconds: more is work for nobody's eyes. */
const APART_MS = 100;

/**
 * A bar on a terminal, redrawn in its place; elsewhere one line when it begins and none after it, so that logs stay short.
 */
export const createProgress = (
  what: string,
  stream: NodeJS.WriteStream = process.stderr,
  now: () => number = Date.now,
): Progress => {
  const isTerminal = stream.isTTY === true;
  if (!isTerminal) stream.write(`${what}\n`);
  let last = Number.NEGATIVE_INFINITY;
  const draw = (share: number): void => {
    const full = Math.round(WIDTH * share);
    const bar = `${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}`;
    stream.write(`\r${what} [${bar}] ${String(Math.floor(100 * share)).padStart(3)} %`);
  };
  return {
    tell: (share) => {
      if (!isTerminal || now() - last < APART_MS) return;
      last = now();
      draw(Math.min(1, Math.max(0, share)));
    },
    end: () => {
      if (!isTerminal) return;
      draw(1);
      stream.write('\n');
    },
  };
};
