import { close, open, read } from 'node:fs';
import { promisify } from 'node:util';
import type { Reading } from '../model/meter.ts';
import type { Clock, SampleDraft } from '../model/source.ts';
import { SourceError } from '../model/source-error.ts';
import { type Seconds, seconds } from '../units.ts';
import { failedRead } from './failure.ts';
import type { HwmonChannel, HwmonChip } from './hwmon-channels.ts';
import type { Lanes } from './lanes.ts';

const openFile = promisify(open);
const closeFile = promisify(close);

/** No answer for this many intervals: the chip fails. */
const PATIENCE = 3;
/** Readings kept for a chip while nobody takes them. */
const MOST_WAITING = 64;

interface Line {
  readonly channel: HwmonChannel;
  fd: number | undefined;
}

/** Reads the channels of one chip on its own timer, one request in flight, and keeps what arrived. */
export class ChipPoller {
  readonly chip: HwmonChip;
  readonly #clock: Clock;
  readonly #lanes: Lanes;
  readonly #lines: readonly Line[];
  readonly #buffer = Buffer.alloc(64);
  #waiting: Reading[] = [];
  #failure: SourceError | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** When the request that is still unanswered was due. */
  #due: Seconds | undefined;
  #closed = false;

  constructor(chip: HwmonChip, clock: Clock, lanes: Lanes) {
    this.chip = chip;
    this.#clock = clock;
    this.#lanes = lanes;
    this.#lines = chip.channels.map((channel) => ({ channel, fd: undefined }));
    this.#start();
  }

  /** Hands over what arrived since the last call; the failure of the last round, if any. Never blocks. */
  take(draft: SampleDraft): SourceError | undefined {
    draft.meters.push(...this.chip.channels.map(({ meter }) => meter));
    draft.readings.push(...this.#waiting);
    this.#waiting = [];
    const silent = this.#due === undefined ? 0 : this.#clock.monotonic() - this.#due;
    if (silent <= PATIENCE * this.chip.interval) return this.#failure;
    const file = this.chip.channels[0]?.file ?? this.chip.name;
    return new SourceError('retry', `${file}: no answer for ${silent.toFixed(0)} s`, {
      fix: `The driver or firmware of ${this.chip.name} hangs: see dmesg; disable the source with --no-source.hwmon if it stays so.`,
    });
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    // A descriptor in use is closed when its read returns.
    if (this.#due === undefined) void this.#release();
  }

  #start(): void {
    this.#due = this.#clock.monotonic();
    void this.#round(this.#due);
  }

  async #round(due: Seconds): Promise<void> {
    const lane = this.chip.channels[0]?.file ?? this.chip.name;
    await this.#lanes.enter(lane);
    let failure: SourceError | undefined;
    try {
      if (!this.#closed && !(await this.#asleep())) {
        for (const line of this.#lines) {
          try {
            await this.#readLine(line);
          } catch (cause) {
            failure ??= failedRead(
              line.channel.file,
              cause,
              `See dmesg for ${this.chip.name}; the other chips go on.`,
            );
          }
          if (this.#closed) break;
        }
      }
    } finally {
      this.#lanes.leave(lane);
    }
    this.#failure = failure;
    this.#due = undefined;
    if (this.#closed) {
      await this.#release();
      return;
    }
    const { interval } = this.chip;
    const elapsed = Math.max(0, this.#clock.monotonic() - due);
    this.#timer = setTimeout(() => this.#start(), (interval - (elapsed % interval)) * 1000);
    this.#timer.unref();
  }

  async #readLine(line: Line): Promise<void> {
    const { file, meter } = line.channel;
    const before = this.#clock.monotonic();
    line.fd ??= await openFile(file, 'r');
    const { fd } = line;
    let length: number;
    try {
      length = await this.#readInto(fd);
    } catch (cause) {
      line.fd = undefined;
      await closeFile(fd).catch(() => {});
      throw cause;
    }
    const at = seconds((before + this.#clock.monotonic()) / 2);
    const text = this.#buffer.toString('latin1', 0, length).trim();
    if (!/^-?\d{1,20}$/.test(text)) {
      throw new SourceError('retry', `${file}: expected a number, found "${text.slice(0, 40)}"`, {
        fix: `If it stays so, report the content of ${file} with the kernel version.`,
      });
    }
    const value = BigInt(text);
    if (this.#waiting.length >= MOST_WAITING * this.#lines.length) this.#waiting.shift();
    this.#waiting.push(
      meter.reads.as === 'energy'
        ? { meter: meter.id, at, microjoules: value }
        : { meter: meter.id, at, microwatts: value },
    );
  }

  #readInto(fd: number): Promise<number> {
    return new Promise((resolve, reject) => {
      read(fd, this.#buffer, 0, this.#buffer.length, 0, (error, length) =>
        error === null ? resolve(length) : reject(error),
      );
    });
  }

  /** A suspended GPU draws next to nothing; reading its channel would wake it. */
  async #asleep(): Promise<boolean> {
    const { sleepFile } = this.chip;
    if (sleepFile === undefined) return false;
    try {
      const fd = await openFile(sleepFile, 'r');
      try {
        return this.#buffer.toString('latin1', 0, await this.#readInto(fd)).startsWith('suspended');
      } finally {
        await closeFile(fd);
      }
    } catch {
      return false;
    }
  }

  async #release(): Promise<void> {
    for (const line of this.#lines) {
      const { fd } = line;
      line.fd = undefined;
      if (fd !== undefined) await closeFile(fd).catch(() => {});
    }
  }
}
