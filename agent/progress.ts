import type { Seconds } from '../src/index.ts';

/** What takes longer is said to be at work. */
const SILENT_MS = 2000;
const REDRAW_MS = 200;
const WIDTH = 24;
const CLEAR_LINE = '\r\u001B[K';

interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** A person looks at it, and it understands what takes a bar away again. */
const isWatched = ({ isTTY }: Screen): boolean => isTTY === true && process.env.TERM !== 'dumb';

interface ProgressOptions {
  /** The output is for a program: nobody is told how long it takes. */
  readonly isQuiet?: boolean;
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
  { isQuiet = false, screen = process.stderr, clock = () => performance.now() }: ProgressOptions = {},
): Promise<T> => {
  if (isQuiet || !isWatched(screen)) return job(() => {});
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

interface WaitOptions extends ProgressOptions {
  /** How long it takes; where that is not known beforehand, the line tells how long it takes so far. */
  readonly duration?: Seconds;
}

/** What takes its time by the clock: after two seconds a line on a terminal's stderr says so, and is taken away at the end. */
export const whileWaiting = async <T>(
  what: string,
  job: () => Promise<T>,
  { duration, isQuiet = false, screen = process.stderr, clock = () => performance.now() }: WaitOptions = {},
): Promise<T> => {
  if (isQuiet || !isWatched(screen)) return job();
  const begun = clock();
  let isDrawn = false;
  const timer = setInterval(() => {
    const passed = clock() - begun;
    if (passed < SILENT_MS) return;
    isDrawn = true;
    const line =
      duration === undefined
        ? `${what}, ${Math.floor(passed / 1000)} s so far`
        : barOf(what, Math.min(1, passed / 1000 / duration));
    screen.write(`${CLEAR_LINE}${line}`);
  }, REDRAW_MS).unref();
  try {
    return await job();
  } finally {
    clearInterval(timer);
    if (isDrawn) screen.write(CLEAR_LINE);
  }
};

/** Lines that come one by one while something of a known length goes on. */
export interface LinesAndBar {
  write(text: string): void;
  /** The bar goes away; the lines stay. */
  end(): void;
}

/** On a terminal a bar below the lines tells how much of the time is over; elsewhere there are the lines alone. */
export const linesAndBar = (
  what: string,
  duration: Seconds,
  { isQuiet = false, screen = process.stderr, clock = () => performance.now() }: ProgressOptions = {},
): LinesAndBar => {
  if (isQuiet || !isWatched(screen)) return { write: (text) => void screen.write(text), end: () => {} };
  const begun = clock();
  const bar = (): string => `${CLEAR_LINE}${barOf(what, Math.min(1, (clock() - begun) / 1000 / duration))}`;
  const timer = setInterval(() => screen.write(bar()), 1000).unref();
  screen.write(bar());
  return {
    write: (text) => void screen.write(`${CLEAR_LINE}${text}${bar()}`),
    end: () => {
      clearInterval(timer);
      screen.write(CLEAR_LINE);
    },
  };
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
  const isTerminal = isWatched(stream);
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
