import { absent, type Found, found, unreadable } from '../model/found.ts';
import type { Meter, Quality, Reading } from '../model/meter.ts';
import type { Clock, OpenSource, SampleDraft, Source } from '../model/source.ts';
import { SourceError } from '../model/source-error.ts';
import { fromMicrojoules, type Seconds, seconds, watts } from '../units.ts';
import type { GuestOptions } from './guest-options.ts';
import type { PassedOn } from './guest-read.ts';

const NAME = 'guest';
/** Updates come at the host's interval, 1 s or more: looked for this often. */
const POLL_MS = 1000;
/** Updates kept while nobody takes them. */
const MOST_WAITING = 64;

/** Energy of this guest as its host counts it: a meter of the whole guest, never better than the host's own. */
export const guestSource = (options: GuestOptions, poll = POLL_MS): Source => ({
  name: NAME,
  rare: true,
  summary: 'energy of this guest as its host counts it, passed through in a shared folder or over HTTP',
  open: async (_paths, clock) => {
    const { directory, url } = options;
    if (directory !== undefined && url !== undefined)
      return absent('sources.guest has both a directory and a url', 'Remove one of the two.');
    const where = directory ?? url;
    if (where === undefined)
      return absent('no host passes energy through', 'Set sources.guest.directory or sources.guest.url.');
    // With what checks the answers, for a guest that has a host to ask alone.
    const { readGuestFolder, readGuestUrl } = await import('./guest-read.ts');
    const ask = () => (directory === undefined ? readGuestUrl(where) : readGuestFolder(where));
    return first(ask, clock, options, poll);
  },
});

const first = async (
  ask: () => Promise<PassedOn>,
  clock: Clock,
  { max_age: maxAge }: GuestOptions,
  poll: number,
): Promise<Found<OpenSource>> => {
  try {
    return found(new OpenGuest(await ask(), ask, clock, seconds(maxAge), poll));
  } catch (cause) {
    if (!(cause instanceof SourceError)) throw cause;
    return unreadable(cause.message, cause.fix);
  }
};

const meterOf = ({ host, quality, rangeMicrojoules, interval }: PassedOn): Meter => ({
  id: NAME,
  source: NAME,
  domain: 'platform',
  label: `this guest's share of ${host}, passed through by the host`,
  reads: { as: 'energy', range: fromMicrojoules(BigInt(rangeMicrojoules)) },
  quality,
  // Plausibility limit of a whole host, power reference 1.1.
  ceiling: watts(20_000),
  interval: seconds(interval),
});

class OpenGuest implements OpenSource {
  readonly #ask: () => Promise<PassedOn>;
  readonly #clock: Clock;
  readonly #maxAge: Seconds;
  readonly #poll: number;
  #last: PassedOn;
  #meter: Meter;
  /** When the last update was made, on this guest's monotonic clock. */
  #at: Seconds;
  #waiting: Reading[] = [];
  #failure: SourceError | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(start: PassedOn, ask: () => Promise<PassedOn>, clock: Clock, maxAge: Seconds, poll: number) {
    this.#ask = ask;
    this.#clock = clock;
    this.#maxAge = maxAge;
    this.#poll = poll;
    this.#last = start;
    this.#meter = meterOf(start);
    // Only here are two clocks compared: from the next update on it is this guest's own that counts.
    const age = Math.max(0, clock.wall() / 1000 - start.updated);
    this.#at = seconds(clock.monotonic() - age);
    if (age <= maxAge) this.#keep();
    this.#plan();
  }

  get quality(): Quality {
    return this.#meter.quality;
  }

  get detail(): string {
    const { host, source, quality } = this.#last;
    return `passed through by the host ${host}: ${quality}, from its ${source}`;
  }

  read(draft: SampleDraft): void {
    draft.meters.push(this.#meter);
    draft.readings.push(...this.#waiting);
    this.#waiting = [];
    const age = this.#clock.monotonic() - this.#at;
    if (age > this.#maxAge) {
      const cause = this.#failure;
      const why = cause === undefined ? '' : `: ${cause.message}`;
      throw new SourceError('retry', `the host passed nothing through for ${age.toFixed(0)} s${why}`, {
        fix: `Look at the agent on the host ${this.#last.host}; if it is well, compare the clocks of host and guest.`,
        ...(cause === undefined ? {} : { cause }),
      });
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #plan(): void {
    this.#timer = setTimeout(() => void this.#look(), this.#poll);
    this.#timer.unref();
  }

  /** One request at a time: the next is planned when this one has ended. */
  async #look(): Promise<void> {
    try {
      this.#hear(await this.#ask());
      this.#failure = undefined;
    } catch (cause) {
      this.#failure =
        cause instanceof SourceError ? cause : new SourceError('retry', String(cause), { cause });
    }
    if (!this.#closed) this.#plan();
  }

  /** Only an update is a reading: in between the count stands still and the guest does not. */
  #hear(now: PassedOn): void {
    if (now.updated === this.#last.updated) return;
    // An update is met up to a poll after it was made: the host's own clock tells how long after the last one it was.
    const heard = this.#clock.monotonic();
    const told = this.#at + (now.updated - this.#last.updated);
    const isNear = told <= heard && told > heard - (2 * this.#poll) / 1000;
    this.#at = isNear ? seconds(told) : heard;
    this.#last = now;
    this.#meter = meterOf(now);
    this.#keep();
  }

  #keep(): void {
    if (this.#waiting.length >= MOST_WAITING) this.#waiting.shift();
    this.#waiting.push({ meter: NAME, at: this.#at, microjoules: BigInt(this.#last.energyMicrojoules) });
  }
}
