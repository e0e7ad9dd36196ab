import type { Found } from '../model/found.ts';
import type { SourceState, SourceStatus } from '../model/sample.ts';
import type { Clock, HostPaths, OpenSource, SampleDraft, Source } from '../model/source.ts';
import { SourceError } from '../model/source-error.ts';
import { type Seconds, seconds } from '../units.ts';
import { printable } from './text.ts';

/** What is absent, unreadable or failed for good is looked for anew this often. */
const REOPEN = seconds(60);
/** What few hosts have and this one never had: a card is not plugged in every minute, and the looking costs. */
const REOPEN_RARE = seconds(180);

export interface SlotContext {
  readonly paths: HostPaths;
  readonly clock: Clock;
  /** Called once for each change of state, the first one included. */
  readonly onChange: (status: SourceStatus) => void;
}

/** One source through its life: looked for, read, lost, looked for anew. Holds the open source until closed. */
export class SourceSlot {
  readonly source: Source;
  readonly #context: SlotContext;
  #open: OpenSource | undefined;
  #opening: Promise<void> | undefined;
  #retryAt: Seconds;
  #status: SourceStatus;
  #told: SourceState | undefined;
  #closed = false;
  #lost = false;
  /** Whether it was ever anything but absent. */
  #there = false;

  constructor(source: Source, context: SlotContext) {
    this.source = source;
    this.#context = context;
    this.#retryAt = context.clock.monotonic();
    this.#status = {
      source: source.name,
      state: 'absent',
      why: 'still being looked for',
      fix: '',
      duration: seconds(0),
      ...(source.rare === true ? { neverThere: true } : {}),
    };
  }

  get status(): SourceStatus {
    return this.#status;
  }

  /** Starts to look for the source unless that is under way; resolves when it is found or not. Never rejects. */
  look(): Promise<void> {
    this.#opening ??= this.#look().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #look(): Promise<void> {
    const { paths, clock } = this.#context;
    let result: Found<OpenSource>;
    try {
      result = await this.source.open(paths, clock);
    } catch (cause) {
      // A source never throws here; one that does is a bug of ours and silences only itself.
      result = { found: false, reason: `could not be opened: ${printable(String(cause), 200)}`, fix: '' };
    }
    if (this.#closed) {
      if (result.found) result.value.close();
      return;
    }
    if (result.found) {
      this.#open = result.value;
      // What was just lost has to be read once before it counts as back: else it could be up and failing at every tick.
      if (!this.#lost) this.#set('up', result.value.detail, '', seconds(0));
      return;
    }
    const state = result.state ?? 'absent';
    const isRare = this.source.rare === true && !this.#there && state === 'absent';
    this.#retryAt = seconds(clock.monotonic() + (isRare ? REOPEN_RARE : REOPEN));
    this.#set(state, result.reason, result.fix, seconds(0));
  }

  /** Reads into the draft if the source is open; else looks for it when its time has come, without waiting. */
  read(draft: SampleDraft): void {
    const { clock } = this.#context;
    const open = this.#open;
    if (open === undefined) {
      if (this.#opening === undefined && clock.monotonic() >= this.#retryAt) void this.look();
      return;
    }
    const before = clock.monotonic();
    try {
      open.read(draft);
      this.#lost = false;
      this.#set('up', open.detail, '', seconds(clock.monotonic() - before));
    } catch (cause) {
      const error = asSourceError(this.source.name, cause);
      this.#set('failing', error.message, error.fix, seconds(clock.monotonic() - before));
      if (error.kind === 'retry') return;
      this.#release();
      // At once, so that what is still there misses no tick: a tick without its meters would hand over to the next best.
      this.#lost = true;
      if (error.kind === 'gone') void this.look();
      else this.#retryAt = seconds(clock.monotonic() + REOPEN);
    }
  }

  #set(state: SourceState, why: string, fix: string, duration: Seconds): void {
    const quality = this.#open?.quality;
    const { rare = false } = this.source;
    this.#there ||= state !== 'absent';
    this.#status = {
      source: this.source.name,
      state,
      why: oneLine(why),
      fix,
      duration,
      ...(quality === undefined ? {} : { quality }),
      ...(rare && !this.#there ? { neverThere: true } : {}),
    };
    if (this.#told === state) return;
    this.#told = state;
    this.#context.onChange(this.#status);
  }

  #release(): void {
    const open = this.#open;
    this.#open = undefined;
    open?.close();
  }

  /** Frees what the source holds; one that is still being opened is closed as soon as it is there. */
  close(): void {
    this.#closed = true;
    this.#release();
  }
}

const oneLine = (text: string): string => (text.includes('\n') ? text.replaceAll(/\s*\n\s*/g, ' ') : text);

const asSourceError = (name: string, cause: unknown): SourceError =>
  cause instanceof SourceError
    ? cause
    : new SourceError('retry', `source ${name} failed: ${printable(String(cause), 200)}`, {
        cause,
        fix: 'This is a defect of negawatt: please report it with the log. The other sources go on.',
      });
