import { counted, plural } from '../model/counted.ts';
import { NO_PUSHES, type PushState } from '../model/push-state.ts';
import type { Seconds } from '../units.ts';
import type { Outcome } from './otlp-answer.ts';
import type { ExportQueue, Packed } from './otlp-queue.ts';

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
  /** Where exports wait; what an earlier run left in it goes first. */
  readonly queue: ExportQueue;
  /** Makes an export of what holds now. @throws where it cannot be made. */
  readonly make: () => Promise<Packed>;
  /** Sends one. Never rejects. @param timeout milliseconds; undefined: as configured. */
  readonly send: (one: Packed, signal: AbortSignal, timeout?: number) => Promise<Outcome>;
  readonly onEvent: (event: PushEvent) => void;
  /** From 0 to 1, evenly. */
  readonly random: () => number;
  readonly wall: () => number;
  readonly clock?: PushClock;
}

export interface Pusher {
  state(): PushState;
  start(): void;
  /**
   * Calls off what is under way, makes an export of what holds now and sends all that wait, the oldest first. After `grace`
   * milliseconds nothing more is sent, and what was not taken stays in the queue; making one may take longer on a slow disk.
   */
  close(grace: number): Promise<void>;
}

export const FAULT_FIX = 'This is a fault of the agent: please report it.';

/** Pauses after failures: first, longest, factor, spread (OpenTelemetry Collector, exporterhelper, defaults). */
const FIRST_MS = 5_000;
const LONGEST_MS = 30_000;
const FACTOR = 1.5;
const SPREAD = 0.5;
/**
 * So many exports in a row may be refused at once; after that one a second. Those of long ago may be too old for the
 * receiver; but one that is set wrong, or a proxy before it, refuses all of them, and a night must not be gone in a moment.
 */
const REFUSED_AT_ONCE = 3;
const REFUSED_PAUSE_MS = 1_000;

/** Pause before the next attempt, spread so that a fleet does not come back at one moment; never below `after`. */
export const pauseAfter = (failures: number, after: Seconds | undefined, random: number): number => {
  const pause =
    Math.min(FIRST_MS * FACTOR ** (failures - 1), LONGEST_MS) * (1 - SPREAD + 2 * SPREAD * random);
  // A time that was asked for is kept; the spread goes on top of it.
  return after === undefined ? pause : Math.max(pause, after * 1000 + FIRST_MS * random);
};

/** Whether the export behind it would fare no better before something was changed. */
const isOfAll = (outcome: Outcome): boolean =>
  outcome.kind === 'unsent' || (outcome.kind === 'refused' && !outcome.isOfExport);

/**
 * Makes an export at each interval and sends those that wait one at a time, the oldest first: after an outage the receiver
 * gets the power of its hours too, in the order that it needs.
 *
 * - What may go well later is tried again, after a pause.
 * - What is refused is dropped, as OTLP asks. Where it is the export that is refused, the next one goes at once, after
 *   three in a row one a second; where all would be (a token, a path), the next one goes with the next interval.
 */
export const createPusher = (options: PushOptions): Pusher => {
  const { interval, queue, make, send, onEvent, random, wall, clock = pushClock } = options;
  const calledOff = new AbortController();
  let state: PushState = NO_PUSHES;
  let making: Promise<void> | undefined;
  let running: Promise<void> | undefined;
  let isRunning = false;
  let timer: { cancel(): void } | undefined;
  let wake: (() => void) | undefined;
  let isClosed = false;
  let trouble: string | undefined;
  let partial: string | undefined;
  let isFull = false;
  let refusedInRow = 0;

  const noteDropped = (count: number): void => {
    state = { ...state, dropped: state.dropped + count };
  };

  const noteRoom = (dropped: number): void => {
    noteDropped(dropped);
    if (dropped === 0 || isFull) return;
    isFull = true;
    const fix = 'Let the receiver take metrics again; counters lose nothing by it.';
    onEvent({
      level: 'warn',
      message: `${counted(queue.size, 'export')} wait for the receiver, and more have no room: the oldest are dropped`,
      fix,
    });
  };

  const noteTrouble = (why: string, fix: string): void => {
    state = { ...state, failed: state.failed + 1 };
    if (trouble === why) return;
    trouble = why;
    onEvent({ level: 'warn', message: `metrics are not pushed: ${why}`, fix });
  };

  const noteTaken = (rejected: string | undefined): void => {
    state = {
      ...state,
      ...(rejected === undefined ? { taken: state.taken + 1 } : { partial: state.partial + 1 }),
      lastTaken: wall(),
    };
    if (trouble !== undefined) {
      const { dropped } = state;
      const waited =
        queue.size === 0 ? '' : `; ${counted(queue.size, 'export')} ${plural(queue.size, 'waits', 'wait')}`;
      const message = `metrics are pushed again${waited}; ${counted(dropped, 'export')} ${plural(dropped, 'was', 'were')} dropped so far`;
      onEvent({ level: 'info', message, fix: '' });
    }
    trouble = undefined;
    isFull = false;
    if (rejected !== undefined && rejected !== partial) {
      const fix = 'See the log of the receiver; this is said once.';
      onEvent({ level: 'warn', message: `the receiver took a part only: ${rejected}`, fix });
    }
    partial = rejected ?? partial;
  };

  /** What comes of it for the export and for those behind it. */
  const settled = (one: Packed, outcome: Outcome): void => {
    refusedInRow = outcome.kind === 'refused' ? refusedInRow + 1 : 0;
    if (outcome.kind === 'taken') noteTaken(outcome.partial);
    else {
      noteTrouble(outcome.why, outcome.fix);
      if (outcome.kind === 'refused') noteDropped(1);
      else noteRoom(queue.putBack(one));
    }
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
    isRunning = true;
    let failures = 0;
    for (let one = queue.next(); one !== undefined; one = isClosed ? undefined : queue.next()) {
      const outcome = await send(one, calledOff.signal);
      if (isClosed && outcome.kind === 'retry') {
        // It was called off: that is no failure of the receiver.
        noteRoom(queue.putBack(one));
        break;
      }
      settled(one, outcome);
      if (isOfAll(outcome)) break;
      failures = outcome.kind === 'retry' ? failures + 1 : 0;
      if (outcome.kind === 'retry') await pause(pauseAfter(failures, outcome.after, random()));
      else if (refusedInRow >= REFUSED_AT_ONCE && queue.size > 0) await pause(REFUSED_PAUSE_MS);
    }
    isRunning = false;
  };

  const makeOne = async (): Promise<void> => {
    try {
      noteRoom(queue.add(await make()));
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      noteTrouble(`no export could be made: ${why}`, FAULT_FIX);
      noteDropped(1);
    }
  };

  const turn = (): void => {
    timer = clock.setTimer(turn, interval * 1000);
    if (making !== undefined) {
      // Start times that a disk does not take hold up the export before.
      noteDropped(1);
      return;
    }
    making = makeOne().finally(() => {
      making = undefined;
      if (!isClosed && !isRunning) running = run();
    });
  };

  return {
    state: () => ({ ...state, waiting: queue.size }),
    start: () => {
      // A fleet that starts at one moment does not push at one.
      timer = clock.setTimer(turn, interval * 1000 * random());
    },
    close: async (grace) => {
      const end = performance.now() + grace;
      isClosed = true;
      timer?.cancel();
      wake?.();
      calledOff.abort();
      await making;
      await running;
      await makeOne();
      // Whoever closes it waits no longer than that: the queue may be another's by then.
      for (;;) {
        const left = end - performance.now();
        const one = left > 0 ? queue.next() : undefined;
        if (one === undefined) return;
        const outcome = await send(one, new AbortController().signal, left);
        settled(one, outcome);
        if (outcome.kind === 'retry' || isOfAll(outcome) || refusedInRow >= REFUSED_AT_ONCE) return;
      }
    },
  };
};
