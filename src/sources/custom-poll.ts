import type { Meter, Reading } from '../model/meter.ts';
import type { Clock, SampleDraft } from '../model/source.ts';
import { SourceError } from '../model/source-error.ts';
import { type Seconds, seconds } from '../units.ts';
import { type Content, customValue, type Extraction } from './custom-value.ts';
import type { Lanes } from './lanes.ts';

/** No answer for this many intervals: the meter fails. */
const PATIENCE = 3;
/** Readings kept while nobody takes them. */
const MOST_WAITING = 64;
/** A clock of another machine may be ahead by as much, in seconds, before its times are called wrong. */
const AHEAD = 5;

export interface CustomPlan {
  readonly meter: Meter;
  readonly extraction: Extraction;
  /** Seconds between the starts of two reads. */
  readonly interval: number;
  /** Seconds after which a value is too old to count. */
  readonly maxAge: number;
  /** Where it waits for its turn; absent: it needs none. */
  readonly lanes?: Lanes;
  /** Asks the meter once. Rejects with SourceError; ends soon after the signal. */
  readonly ask: (signal: AbortSignal) => Promise<Content>;
}

/** Asks one meter on its own timer, one request in flight, and keeps what arrived. */
export class CustomPoller {
  readonly plan: CustomPlan;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  #waiting: Reading[] = [];
  #failure: SourceError | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** When the request that is still unanswered was due. */
  #due: Seconds | undefined;
  /** Time that the last value was made at, as it was told: the same value is not handed on twice. */
  #madeAt: number | undefined;
  #last: { readonly at: Seconds; readonly micro: bigint } | undefined;

  constructor(plan: CustomPlan, clock: Clock) {
    this.plan = plan;
    this.#clock = clock;
    this.#start();
  }

  /** Last value that counted, in micro-units. */
  get value(): bigint | undefined {
    return this.#last?.micro;
  }

  /** Hands over what arrived since the last call; the failure of the last round, if any. Never blocks. */
  take(draft: SampleDraft): SourceError | undefined {
    const { meter, interval, extraction } = this.plan;
    draft.meters.push(meter);
    draft.readings.push(...this.#waiting);
    this.#waiting = [];
    const silent = this.#due === undefined ? 0 : this.#clock.monotonic() - this.#due;
    if (silent <= PATIENCE * interval) return this.#failure;
    return new SourceError('retry', `${extraction.what}: no answer for ${silent.toFixed(0)} s`, {
      fix: 'Check what the meter reads: a dead network file system, or meters before it in the queue that are slow.',
    });
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#stop.abort();
  }

  #start(): void {
    this.#due = this.#clock.monotonic();
    void this.#round(this.#due);
  }

  async #round(due: Seconds): Promise<void> {
    const { ask, lanes, meter, extraction } = this.plan;
    await lanes?.enter(meter.id);
    try {
      const before = this.#clock.monotonic();
      const content = await ask(this.#stop.signal).catch((cause) => {
        throw named(cause, meter.label);
      });
      this.#accept(content, seconds((before + this.#clock.monotonic()) / 2));
    } catch (cause) {
      this.#failure = asError(cause, extraction.what);
    } finally {
      lanes?.leave(meter.id);
    }
    this.#due = undefined;
    if (this.#stop.signal.aborted) return;
    const { interval } = this.plan;
    const elapsed = Math.max(0, this.#clock.monotonic() - due);
    this.#timer = setTimeout(() => this.#start(), (interval - (elapsed % interval)) * 1000);
    this.#timer.unref();
  }

  #accept(content: Content, asked: Seconds): void {
    const { meter, extraction, maxAge } = this.plan;
    const { micro, madeAt, refused } = customValue(content, extraction);
    const age = madeAt === undefined ? 0 : (this.#clock.wall() - madeAt) / 1000;
    if (age > maxAge || age < -AHEAD) {
      const time = age < 0 ? `bears a time ${(-age).toFixed(0)} s ahead` : `is ${age.toFixed(0)} s old`;
      this.#failure = new SourceError('retry', `${extraction.what}: last value ${time}`, {
        fix:
          age < 0
            ? 'Set the clocks of both machines by NTP.'
            : 'Find out why it is not renewed; raise max_age if it is renewed as seldom as that.',
      });
      return;
    }
    this.#failure =
      refused === undefined
        ? undefined
        : new SourceError('retry', refused, { fix: 'The meter has no reading: look at the meter itself.' });
    if (madeAt !== undefined && madeAt === this.#madeAt) return;
    this.#madeAt = madeAt;
    const at = seconds(asked - Math.max(0, age));
    if (refused === undefined) this.#last = { at, micro };
    if (this.#waiting.length >= MOST_WAITING) this.#waiting.shift();
    this.#waiting.push(
      meter.reads.as === 'energy'
        ? { meter: meter.id, at, microjoules: micro }
        : { meter: meter.id, at, microwatts: micro },
    );
  }
}

/** What failed on the way to the value does not know for which meter. */
const named = (cause: unknown, meter: string): unknown =>
  cause instanceof SourceError
    ? new SourceError('retry', `${meter}: ${cause.message}`, { cause: cause.cause, fix: cause.fix })
    : cause;

const asError = (cause: unknown, what: string): SourceError =>
  cause instanceof SourceError
    ? cause
    : new SourceError('retry', `${what}: ${String(cause)}`, {
        cause,
        fix: 'Please report this with the log.',
      });
