import { NO_PUSHES, type PushState } from '../model/push-state.ts';
import type { Seconds } from '../units.ts';
import type { Outcome } from './otlp-answer.ts';

/** Monotonic waiting, passed in so that a test can hold the clock. */
export interface PushClock {
  setTimer(callback: () => void, milliseconds: number): { cancel(): void };
}

export const pushClock: PushClock = {
  setTimer: (callback, milliseconds) => {
    const timer = setTimeout(callback, milliseconds);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

export interface PushEvent {
  readonly level: 'info' | 'warn';
  readonly message: string;
  readonly fix: string;
}

export interface PushOptions {
  readonly interval: Seconds;
  /** Makes an export of what holds now and sends it. Never rejects. @param timeout milliseconds; undefined: as configured. */
  readonly push: (signal: AbortSignal, timeout?: number) => Promise<Outcome>;
  readonly onEvent: (event: PushEvent) => void;
  /** From 0 to 1, evenly. */
  readonly random: () => number;
  readonly wall: () => number;
  readonly clock?: PushClock;
}

export interface Pusher {
  state(): PushState;
  start(): void;
  /** Ends what is under way and sends what holds now once more, within `grace` milliseconds. */
  close(grace: number): Promise<void>;
}

/** Pauses after failures: first, longest, factor, spread (OpenTelemetry Collector, exporterhelper, defaults). */
const FIRST_MS = 5_000;
const LONGEST_MS = 30_000;
const FACTOR = 1.5;
const SPREAD = 0.5;

/** Pause before the next attempt, spread so that a fleet does not come back at one moment; never below `after`. */
export const pauseAfter = (failures: number, after: Seconds | undefined, random: number): number => {
  const pause =
    Math.min(FIRST_MS * FACTOR ** (failures - 1), LONGEST_MS) * (1 - SPREAD + 2 * SPREAD * random);
  // A time that was asked for is kept; the spread goes on top of it.
  return after === undefined ? pause : Math.max(pause, after * 1000 + FIRST_MS * random);
};

/**
 * Pushes at each interval, one export at a time. Counters are cumulative, so nothing is queued but the wish to send: a
 * retry sends what holds then, and an interval that comes while one is on its way is dropped and counted.
 */
export const createPusher = (options: PushOptions): Pusher => {
  const { interval, push, onEvent, random, wall, clock = pushClock } = options;
  const calledOff = new AbortController();
  let state: PushState = NO_PUSHES;
  let running: Promise<void> | undefined;
  let timer: { cancel(): void } | undefined;
  let wake: (() => void) | undefined;
  let isClosed = false;
  let trouble: string | undefined;
  let partial: string | undefined;

  const note = (outcome: Outcome): void => {
    if (outcome.kind === 'taken') {
      const isWhole = outcome.partial === undefined;
      state = {
        ...state,
        ...(isWhole ? { taken: state.taken + 1 } : { partial: state.partial + 1 }),
        lastTaken: wall(),
      };
      if (trouble !== undefined) {
        const { dropped } = state;
        onEvent({
          level: 'info',
          message: `metrics are pushed again; ${dropped} exports were dropped so far`,
          fix: '',
        });
      }
      trouble = undefined;
      if (outcome.partial !== undefined && outcome.partial !== partial) {
        const fix = 'See the log of the receiver; this is said once.';
        onEvent({ level: 'warn', message: `the receiver took a part only: ${outcome.partial}`, fix });
      }
      partial = outcome.partial ?? partial;
      return;
    }
    state = { ...state, failed: state.failed + 1 };
    if (trouble === outcome.why) return;
    trouble = outcome.why;
    onEvent({ level: 'warn', message: `metrics are not pushed: ${outcome.why}`, fix: outcome.fix });
  };

  const pause = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      const waiting = clock.setTimer(resolve, milliseconds);
      wake = () => {
        waiting.cancel();
        resolve();
      };
    });

  const run = async (): Promise<void> => {
    for (let failures = 1; !isClosed; failures += 1) {
      const outcome = await push(calledOff.signal);
      if (isClosed) return;
      note(outcome);
      if (outcome.kind !== 'retry') return;
      await pause(pauseAfter(failures, outcome.after, random()));
    }
  };

  const turn = (): void => {
    timer = clock.setTimer(turn, interval * 1000);
    if (running !== undefined) {
      state = { ...state, dropped: state.dropped + 1 };
      return;
    }
    running = run().finally(() => {
      running = undefined;
    });
  };

  return {
    state: () => state,
    start: () => {
      // A fleet that starts at one moment does not push at one.
      timer = clock.setTimer(turn, interval * 1000 * random());
    },
    close: async (grace) => {
      isClosed = true;
      timer?.cancel();
      wake?.();
      calledOff.abort();
      await running;
      note(await push(new AbortController().signal, grace));
    },
  };
};
