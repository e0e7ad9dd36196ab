/** What takes longer is said to be at work. */
const SILENT_MS = 2000;
const REDRAW_MS = 200;
const WIDTH = 24;
const CLEAR_LINE = '\r\u001B[K';

interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

interface ProgressOptions {
  readonly screen?: Screen;
  /** Milliseconds of any clock that does not turn back. */
  readonly clock?: () => number;
}

const barOf = (what: string, done: number): string => {
  const filled = Math.round(WIDTH * done);
  return `${what} [${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${String(Math.round(100 * done)).padStart(3)} %`;
};

/**
 * Hands a long job a function that is told the share that is done, 0 to 1. After two seconds a bar stands on stderr, where
 * that is a terminal, and is taken away at the end: nothing of it gets into a pipe or a file.
 */
export const withProgress = async <T>(
  what: string,
  job: (onProgress: (done: number) => void) => Promise<T>,
  { screen = process.stderr, clock = () => performance.now() }: ProgressOptions = {},
): Promise<T> => {
  if (screen.isTTY !== true) return job(() => {});
  const begun = clock();
  let drawn: number | undefined;
  let furthest = 0;
  try {
    return await job((done) => {
      const now = clock();
      furthest = Math.max(furthest, Math.min(1, done));
      if (now - begun < SILENT_MS || (drawn !== undefined && now - drawn < REDRAW_MS)) return;
      drawn = now;
      screen.write(`${CLEAR_LINE}${barOf(what, furthest)}`);
    });
  } finally {
    if (drawn !== undefined) screen.write(CLEAR_LINE);
  }
};

/** How far something that always takes its time has come, on a stream that a person watches. */
export interface Progress {
  /** @param share 0 to 1. */
  tell(share: number): void;
  /** The line is done; what is printed next stands below it. */
  end(): void;
}

/**
 * A bar on a terminal from the start on, that stays as a line when it is done; elsewhere one line when it begins and none
 * after it, so that logs stay short.
 */
export const createProgress = (
  what: string,
  stream: NodeJS.WriteStream = process.stderr,
  now: () => number = Date.now,
): Progress => {
  const isTerminal = stream.isTTY === true;
  if (!isTerminal) stream.write(`${what}\n`);
  let last = Number.NEGATIVE_INFINITY;
  const draw = (share: number): void => void stream.write(`\r${barOf(what, share)}`);
  return {
    tell: (share) => {
      if (!isTerminal || now() - last < REDRAW_MS) return;
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
