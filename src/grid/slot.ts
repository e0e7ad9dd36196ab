import { oneLine } from '../model/foreign-text.ts';
import { GridError, type GridProvider } from '../model/grid.ts';
import type { GridStanding, GridState } from '../model/grid-state.ts';
import { type Seconds, seconds } from '../units.ts';
import { pauseAfter } from './backoff.ts';
import type { GridCache } from './cache.ts';
import { SlotRecord } from './slot-record.ts';
import { shareOf, type Timetable, timetable } from './timetable.ts';

/** What the log shows; each thing once, when it changes. */
export interface GridEvent {
  readonly level: 'info' | 'warn';
  readonly message: string;
}

/** A provider and the name that its answers are kept under. */
export interface GridEntry {
  /** Stable over restarts while its options stay the same: small letters, digits and -. */
  readonly id: string;
  readonly provider: GridProvider;
}

export interface SlotOptions extends GridEntry {
  /** Name of this host: spreads a fleet. */
  readonly host: string;
  /** Milliseconds since 1970 UTC. */
  readonly wall: () => number;
  readonly cache?: GridCache | undefined;
  readonly onEvent: (event: GridEvent) => void;
}

/** A provider bounds its own requests; one that hangs all the same is given up. */
const PATIENCE: Seconds = seconds(120);
/** Notes that were told are not told again; a provider that words them anew each time is not followed for ever. */
const MOST_NOTES = 100;
/** Longest delay that Node's timers can hold (Node.js documentation, timers). */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** Asks one provider, one question at a time, and keeps what is known of it. Holds a timer until closed. */
export class GridSlot {
  readonly timetable: Timetable;
  readonly #options: SlotOptions;
  readonly #share: number;
  readonly #record = new SlotRecord();
  readonly #stop = new AbortController();
  readonly #told = new Set<string>();
  #open: Promise<void> | undefined;
  /** Not asked before, in the pause after a failure. */
  #notBefore = 0;
  #isRefused = false;
  #timer: NodeJS.Timeout | undefined;
  #lastError = '';

  constructor(options: SlotOptions) {
    this.#options = options;
    this.#share = shareOf(`${options.host} ${options.id}`);
    this.timetable = timetable(options.provider.period, this.#share);
  }

  get id(): string {
    return this.#options.id;
  }

  async restore(): Promise<void> {
    const { cache, id, wall } = this.#options;
    const kept = await cache?.load(id);
    if (kept !== undefined && this.#record.fetchedAt === undefined) this.#record.restore(kept, wall());
    this.#look();
  }

  /** A delay for the first question, or undefined where what is kept is young enough for the timetable to do. */
  firstDelay(): Seconds | undefined {
    const { provider, wall } = this.#options;
    const { fetchedAt = Number.NEGATIVE_INFINITY } = this.#record;
    const now = wall();
    if (fetchedAt <= now && now - fetchedAt < provider.period * 1000) return undefined;
    // A fleet that is restarted at once must not ask at once.
    return seconds(Math.min(10, provider.period / 10) * this.#share);
  }

  /** Asks if it is time to. Resolves when the question under way is answered; never rejects. */
  async due(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    if (this.#open === undefined) {
      if (this.#options.wall() < this.#notBefore) return;
      if (this.#isRefused && !(await this.#renewed())) return;
    }
    return this.ask();
  }

  /** Asks now, unless a question is under way: then resolves with it. Never rejects. */
  ask(): Promise<void> {
    if (this.#stop.signal.aborted) return Promise.resolve();
    this.#open ??= this.#round().finally(() => {
      this.#open = undefined;
    });
    return this.#open;
  }

  /** Asks once, later. */
  after(delay: Seconds): void {
    clearTimeout(this.#timer);
    if (this.#stop.signal.aborted) return;
    const ask = (): void => {
      // By this timer the pause is over, also where the wall clock was set back meanwhile.
      this.#notBefore = 0;
      void this.due();
    };
    this.#timer = setTimeout(ask, Math.min(delay * 1000, LONGEST_DELAY_MS));
    this.#timer.unref();
  }

  state(now: number): GridState {
    this.#look(now);
    const { id, provider } = this.#options;
    const next = this.#next(now);
    return {
      ...{ id, provider: provider.name, label: provider.label },
      ...this.#record.state(now),
      ...(next === undefined ? {} : { next }),
    };
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#stop.abort();
  }

  #next(now: number): number | undefined {
    if (this.#isRefused || this.#stop.signal.aborted) return undefined;
    return this.#notBefore > now ? this.#notBefore : this.timetable.next(now);
  }

  async #renewed(): Promise<boolean> {
    try {
      return (await this.#options.provider.renewed?.()) === true;
    } catch {
      return false;
    }
  }

  async #round(): Promise<void> {
    const { provider, wall, cache } = this.#options;
    this.#record.asked();
    try {
      const answer = await this.#answer();
      if (this.#stop.signal.aborted) return;
      const now = wall();
      const changed = this.#record.answered(answer, now);
      this.#isRefused = false;
      this.#notBefore = 0;
      if (changed !== undefined) this.#say('warn', changed);
      if (this.#lastError !== '') this.#say('info', 'answers again');
      this.#lastError = '';
      for (const note of answer.notes.slice(0, MOST_NOTES)) this.#note(oneLine(note, 300));
      const state = this.state(now);
      await cache?.save(state, now);
    } catch (cause) {
      if (this.#stop.signal.aborted) return;
      this.#failed(asGridError(cause, provider.label));
    }
  }

  /** The answer, or GridError: also where the provider forgets its own time-out. */
  async #answer() {
    const { provider, wall } = this.#options;
    const { signal } = this.#stop;
    const abort = new AbortController();
    const end = (): void => abort.abort();
    signal.addEventListener('abort', end, { once: true });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new GridError('failed', `${provider.label}: no answer within ${PATIENCE} s`));
        end();
      }, PATIENCE * 1000);
      timer.unref();
    });
    try {
      return await Promise.race([provider.ask(wall(), abort.signal), late]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
    }
  }

  #failed(error: GridError): void {
    const now = this.#options.wall();
    this.#record.failed(error, now);
    const pause = pauseAfter(error, this.#record.failures, this.#share);
    this.#isRefused = pause === undefined;
    this.#notBefore = pause === undefined ? 0 : now + pause * 1000;
    if (pause !== undefined) this.after(pause);
    const text = `${error.message}${error.fix === '' ? '' : `. ${error.fix}`}`;
    // Told once as long as it stays the same.
    if (text !== this.#lastError) this.#say('warn', `gives no answer: ${text}`);
    this.#lastError = text;
    this.#look(now);
  }

  #look(now = this.#options.wall()): void {
    const { standing, before } = this.#record.look(now);
    if (before === undefined) return;
    const isWorse = rank(standing) > rank(before);
    if (rank(standing) > 1 && isWorse) this.#say('warn', `its last reading is ${WORDS[standing]}`);
  }

  #note(note: string): void {
    if (this.#told.has(note) || this.#told.size >= MOST_NOTES) return;
    this.#told.add(note);
    this.#say('info', note);
  }

  #say(level: GridEvent['level'], message: string): void {
    this.#options.onEvent({ level, message: `grid data of ${this.#options.provider.label}: ${message}` });
  }
}

const ORDER: readonly GridStanding[] = ['fresh', 'stale', 'degraded', 'gone'];
const rank = (standing: GridStanding): number => ORDER.indexOf(standing);
const WORDS: Readonly<Record<GridStanding, string>> = {
  fresh: 'of now',
  stale: 'an interval late',
  degraded: 'more than two intervals old; it is used up to 24 hours, and marked',
  gone: 'more than 24 hours old; the factor of the year stands in',
};

const asGridError = (cause: unknown, label: string): GridError =>
  cause instanceof GridError
    ? cause
    : new GridError('failed', `${label}: the answer could not be read`, {
        cause,
        fix: 'Please report this, with the version of negawatt.',
      });
