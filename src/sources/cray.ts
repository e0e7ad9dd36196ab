import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { absent, type Found, found } from '../model/found.ts';
import type { DomainKind, Meter, Reading } from '../model/meter.ts';
import type { Clock, OpenSource, SampleDraft, Source } from '../model/source.ts';
import { SourceError } from '../model/source-error.ts';
import { type Seconds, seconds } from '../units.ts';
import { StampClock } from './cray-clock.ts';
import { absentAfter, failedRead, malformed } from './failure.ts';
import { ceilingOf } from './hwmon-chips.ts';
import { KeptFile, landing } from './reader.ts';

const NAME = 'cray';
/** Scans a second where `raw_scan_hz` does not tell (power reference 2.6). */
const SCAN_HZ = 10;
/** At ten scans a second, a count of scans that stands for so long, in seconds, has stopped. */
const STALE_AFTER = 2;
const MICRO = 1_000_000n;
/** "No reading", for the core to drop and count; in joules it would pass for a number. */
const ALL_ONES = 0xffff_ffff_ffff_ffffn;
const BLANKS: ReadonlySet<bigint> = new Set([0xffff_ffffn, ALL_ONES]);

/** Files of joules, with what they count. The accelerators have a number each. */
const FIXED: Readonly<Record<string, { readonly id: string; readonly domain: DomainKind }>> = {
  // Counted before the rectifier; the accelerators are inside.
  energy: { id: 'node', domain: 'platform' },
  cpu_energy: { id: 'cpu', domain: 'package' },
  memory_energy: { id: 'memory', domain: 'dram' },
};
const ACCELERATOR = /^accel(\d+)_energy$/;
const LINE = /^(\d{1,20}) J(?: (\d{1,17}) us)?$/;

interface Counter {
  readonly meter: Meter;
  readonly file: KeptFile;
  readonly stamps: StampClock;
  /** Of the last reading: one that bears the same stamp is the same reading. */
  stamp?: string | undefined;
  /** Has shown another value than 0: a file that stays 0 is of a sensor that is not there. */
  alive: boolean;
}

/** Energy of the node and its parts on Cray and HPE EX, as the node controller writes it ten times a second. */
export const craySource = (): Source => ({
  name: NAME,
  rare: true,
  summary: 'node, processor, memory and accelerator energy on Cray and HPE EX (/sys/cray/pm_counters)',
  open: async ({ sysfs }, clock) => {
    const folder = join(sysfs, 'cray', 'pm_counters');
    if (!existsSync(folder)) return absent(`no ${folder}: this is no Cray or HPE EX node`);
    try {
      return openCray(folder, clock);
    } catch (cause) {
      return absentAfter(cause, `Give negawatt read access to ${folder}.`);
    }
  },
});

const openCray = (folder: string, clock: Clock): Found<OpenSource> => {
  const lag = 2 / scanRate(optionalFile(folder, 'raw_scan_hz'));
  const counters = readdirSync(folder)
    .sort()
    .flatMap((name): Counter[] => {
      const accelerator = ACCELERATOR.exec(name)?.[1];
      const what =
        accelerator === undefined ? FIXED[name] : ({ id: `accel${accelerator}`, domain: 'gpu' } as const);
      return what === undefined
        ? []
        : [
            {
              meter: meterOf(what),
              file: new KeptFile(join(folder, name)),
              stamps: new StampClock(lag),
              alive: false,
            },
          ];
    });
  if (counters.length === 0) return absent(`${folder} holds no file of energy`, 'Update the node software.');
  return found(new OpenCray(folder, clock, counters));
};

const meterOf = ({ id, domain }: { readonly id: string; readonly domain: DomainKind }): Meter => ({
  id: `${NAME}:${id}`,
  source: NAME,
  domain,
  label: id,
  // The width of the counter is not documented: a decrease is a reset.
  reads: { as: 'energy' },
  quality: 'measured',
  ceiling: ceilingOf(domain),
  interval: seconds(0),
  // The driver of a GPU knows which board it reads; the node controller knows a slot.
  ...(domain === 'gpu' ? { yieldsTo: ['gpu', 'module'] as const } : {}),
});

class OpenCray implements OpenSource {
  readonly quality = 'measured';
  readonly #clock: Clock;
  readonly #counters: readonly Counter[];
  readonly #freshness: KeptFile | undefined;
  /** Files whose value changes when the counters begin anew. */
  readonly #marks: readonly KeptFile[];
  #scan: number | undefined;
  #scannedAt: Seconds;
  #epoch: string | undefined;

  constructor(folder: string, clock: Clock, counters: readonly Counter[]) {
    this.#clock = clock;
    this.#counters = counters;
    this.#freshness = optionalFile(folder, 'freshness');
    this.#marks = ['startup', 'generation'].flatMap((name) => optionalFile(folder, name) ?? []);
    this.#scannedAt = clock.monotonic();
  }

  get detail(): string {
    const alive = this.#counters.filter((counter) => counter.alive || this.#scan === undefined);
    const silent = this.#counters.filter((counter) => !alive.includes(counter));
    const labels = (of: readonly Counter[]): string => of.map(({ meter }) => meter.label).join(', ');
    return [
      labels(alive) || 'no counter has moved yet',
      ...(silent.length > 0 ? [`${labels(silent)}: stays 0, no sensor`] : []),
    ].join('; ');
  }

  read(draft: SampleDraft): void {
    const fresh = this.#isFresh();
    const epoch = this.#epochNow();
    const restarted = this.#epoch !== undefined && this.#epoch !== epoch;
    const failures: SourceError[] = [];
    for (const counter of this.#counters) {
      try {
        const reading = fresh ? this.#readCounter(counter) : undefined;
        if (counter.alive) draft.meters.push(counter.meter);
        if (counter.alive && reading !== undefined)
          draft.readings.push(restarted ? { ...reading, restarted } : reading);
      } catch (cause) {
        const error = failedRead(counter.file.path, cause);
        failures.push(error);
        // Described without a reading: the other parts must not pass for the whole.
        if (counter.alive && error.kind !== 'gone') draft.meters.push(counter.meter);
      }
    }
    if (fresh) this.#epoch = epoch;
    this.#complain(failures);
  }

  /** What the marks say; as before where one cannot be read, so that a failed read is no reset. */
  #epochNow(): string | undefined {
    try {
      return this.#marks.map((file) => file.readUnsigned()).join(' ');
    } catch {
      return this.#epoch;
    }
  }

  /** Whether the controller has written since the last reading. */
  #isFresh(): boolean {
    const now = this.#clock.monotonic();
    const scan = this.#freshness?.readUnsigned();
    const moved = scan === undefined || scan !== this.#scan;
    this.#scan = scan ?? 0;
    if (moved) this.#scannedAt = now;
    return moved;
  }

  #readCounter(counter: Counter): Reading | undefined {
    const content = landing.bytes.subarray(0, counter.file.read());
    const now = this.#clock.monotonic();
    const match = LINE.exec(content.toString('latin1').trim());
    if (match === null) throw malformed(counter.file.path, content, '"NUMBER J STAMP us"');
    const joules = BigInt(match[1] ?? '');
    if (joules !== 0n) counter.alive = true;
    const [, , stamp] = match;
    if (stamp !== undefined && stamp === counter.stamp) return undefined;
    counter.stamp = stamp;
    return {
      meter: counter.meter.id,
      at: stamp === undefined ? now : counter.stamps.timeOf(Number(stamp), now),
      microjoules: BLANKS.has(joules) ? ALL_ONES : joules * MICRO,
    };
  }

  #complain(failures: readonly SourceError[]): void {
    const silent = this.#clock.monotonic() - this.#scannedAt;
    if (silent >= STALE_AFTER) {
      throw new SourceError(
        'retry',
        `freshness has stood at ${this.#scan} for ${silent.toFixed(0)} s: the values are old and not used`,
        { fix: 'The node controller no longer writes them: have it looked at, or restarted.' },
      );
    }
    const [first] = failures;
    if (first === undefined) return;
    const worst = failures.find(({ kind }) => kind === 'gone') ?? first;
    throw new SourceError(
      worst.kind === 'gone' ? 'gone' : 'retry',
      `${failures.length} of ${this.#counters.length} counters: ${failures.map(({ message }) => message).join('; ')}`,
      { cause: worst, fix: worst.fix || 'See the kernel log; the other counters go on.' },
    );
  }

  close(): void {
    for (const { file } of this.#counters) file.close();
    for (const file of this.#marks) file.close();
    this.#freshness?.close();
  }
}

const optionalFile = (folder: string, name: string): KeptFile | undefined =>
  existsSync(join(folder, name)) ? new KeptFile(join(folder, name)) : undefined;

const scanRate = (file: KeptFile | undefined): number => {
  try {
    return file?.readUnsigned() || SCAN_HZ;
  } catch {
    return SCAN_HZ;
  } finally {
    file?.close();
  }
};
