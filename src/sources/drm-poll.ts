import type { GpuBoard, GpuReading } from '../model/gpu.ts';
import type { Clock, SampleDraft } from '../model/source.ts';
import { SourceError } from '../model/source-error.ts';
import { type Seconds, seconds } from '../units.ts';
import type { DrmCard } from './drm-cards.ts';
import { isAsleep, readDetails, readLimit } from './drm-details.ts';
import type { Lanes } from './lanes.ts';

/** No answer for this many intervals: the board fails. */
const PATIENCE = 3;
/** Readings kept while nobody takes them. */
const MOST_WAITING = 64;

/** Reads the details of one board on its own timer, one request in flight, and keeps what arrived. */
export class DrmPoller {
  readonly card: DrmCard;
  readonly #interval: number;
  readonly #clock: Clock;
  readonly #lanes: Lanes;
  #board: GpuBoard;
  #limited = false;
  #waiting: GpuReading[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** When the request that is still unanswered was due. */
  #due: Seconds | undefined;
  #closed = false;

  constructor(card: DrmCard, interval: number, clock: Clock, lanes: Lanes) {
    this.card = card;
    this.#interval = interval;
    this.#clock = clock;
    this.#lanes = lanes;
    this.#board = card.board;
    this.#start();
  }

  /** Describes the board and hands over what arrived since the last call. Never blocks. */
  take(draft: SampleDraft, processes: GpuReading['processes']): SourceError | undefined {
    draft.gpuBoards = [...(draft.gpuBoards ?? []), this.#board];
    const arrived = this.#waiting.map((reading) =>
      processes === undefined ? reading : { ...reading, processes },
    );
    draft.gpus = [...(draft.gpus ?? []), ...arrived];
    this.#waiting = [];
    const silent = this.#due === undefined ? 0 : this.#clock.monotonic() - this.#due;
    if (silent <= PATIENCE * this.#interval) return undefined;
    return new SourceError('retry', `${this.card.device}: no answer for ${silent.toFixed(0)} s`, {
      fix: `The driver or firmware of ${this.card.driver} hangs: see dmesg; disable the source with --no-source.drm if it stays so.`,
    });
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #start(): void {
    this.#due = this.#clock.monotonic();
    void this.#round(this.#due);
  }

  async #round(due: Seconds): Promise<void> {
    await this.#lanes.enter(this.card.lane);
    try {
      if (!this.#closed && !(await isAsleep(this.card))) await this.#read();
    } finally {
      this.#lanes.leave(this.card.lane);
    }
    this.#due = undefined;
    if (this.#closed) return;
    const elapsed = Math.max(0, this.#clock.monotonic() - due);
    this.#timer = setTimeout(() => this.#start(), (this.#interval - (elapsed % this.#interval)) * 1000);
    this.#timer.unref();
  }

  async #read(): Promise<void> {
    if (!this.#limited) {
      this.#limited = true;
      const powerLimit = await readLimit(this.card);
      if (powerLimit !== undefined) this.#board = { ...this.#board, powerLimit };
    }
    const before = this.#clock.monotonic();
    const details = await readDetails(this.card);
    const at = seconds((before + this.#clock.monotonic()) / 2);
    if (this.#waiting.length >= MOST_WAITING) this.#waiting.shift();
    this.#waiting.push({ meter: this.card.board.meter, at, ...details });
  }
}
