import type { Clock } from '../model/source.ts';
import { SourceError } from '../model/source-error.ts';
import { type Seconds, seconds } from '../units.ts';

/** Answers kept while nobody takes them. */
const MOST_WAITING = 64;
/** After failures in a row it is asked less and less often, down to this: a controller in trouble is left in peace. */
const LONGEST_PAUSE = seconds(60);

export interface SlowPollOptions<T> {
  /** Asks once. Ends within its own time-out, or soon after `signal`. Rejects with a SourceError. */
  readonly ask: (signal: AbortSignal) => Promise<T>;
  readonly interval: Seconds;
  readonly clock: Clock;
  /** No answer for so long: it fails, although the question is still open. */
  readonly patience: Seconds;
  /** What to say of an open question. */
  readonly silence: { readonly what: string; readonly fix: string };
}

/** An answer that tells when to ask again: no sooner than that. */
export class AskLater extends SourceError {
  readonly wait: Seconds;

  constructor(message: string, wait: Seconds, options: { cause?: unknown; fix?: string } = {}) {
    super('retry', message, options);
    this.wait = wait;
  }
}

/** Asks something slow on its own clock, one question at a time, and keeps what arrived. Holds a timer until closed. */
export class SlowPoll<T> {
  readonly #options: SlowPollOptions<T>;
  readonly #abort = new AbortController();
  #waiting: T[] = [];
  #failure: SourceError | undefined;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  /** When the question that is still open was asked. */
  #asked: Seconds | undefined;

  /** @param last when the question before was asked: the first one here follows an interval later. */
  constructor(options: SlowPollOptions<T>, last: Seconds) {
    this.#options = options;
    this.#after(last, options.interval);
  }

  /** Hands over the answers that arrived since the last call. Never blocks. */
  take(): readonly T[] {
    const taken = this.#waiting;
    this.#waiting = [];
    return taken;
  }

  /** Why there is no answer at the moment, if so. */
  get failure(): SourceError | undefined {
    const { clock, patience, silence } = this.#options;
    const silent = this.#asked === undefined ? 0 : clock.monotonic() - this.#asked;
    if (silent <= patience) return this.#failure;
    return new SourceError('retry', `${silence.what}: no answer for ${silent.toFixed(0)} s`, {
      fix: silence.fix,
    });
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
  }

  #after(asked: Seconds, wait: Seconds): void {
    const left = asked + wait - this.#options.clock.monotonic();
    this.#timer = setTimeout(() => void this.#round(), Math.max(0, left) * 1000);
    this.#timer.unref();
  }

  async #round(): Promise<void> {
    const { ask, clock, interval } = this.#options;
    const { signal } = this.#abort;
    const asked = clock.monotonic();
    this.#asked = asked;
    let wait = interval;
    try {
      const answer = await ask(signal);
      if (this.#waiting.length >= MOST_WAITING) this.#waiting.shift();
      this.#waiting.push(answer);
      this.#failure = undefined;
      this.#failures = 0;
    } catch (cause) {
      this.#failures += 1;
      const failure =
        cause instanceof SourceError ? cause : new SourceError('retry', String(cause), { cause });
      const slower = Math.min(interval * 2 ** Math.min(this.#failures, 10), LONGEST_PAUSE);
      wait = seconds(Math.max(interval, slower, failure instanceof AskLater ? failure.wait : 0));
      this.#failure = failure;
    }
    this.#asked = undefined;
    if (!signal.aborted) this.#after(asked, wait);
  }
}
