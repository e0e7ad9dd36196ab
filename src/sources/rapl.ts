import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { absent, type Found, found, unreadable } from '../model/found.ts';
import type { Clock, HostPaths, OpenSource, SampleDraft, Source } from '../model/source.ts';
import { SourceError } from '../model/source-error.ts';
import { type Seconds, seconds } from '../units.ts';
import { errnoOf, failedRead } from './failure.ts';
import { findZones, listZones, type RaplZone } from './rapl-zones.ts';
import { KeptFile } from './reader.ts';

const NAME = 'rapl';
/** `energy_uj` is readable by root alone since Linux 5.10: CVE-2020-8694 (PLATYPUS). */
const GRANT =
  'Give the service AmbientCapabilities=CAP_DAC_READ_SEARCH (systemd), or add the tmpfiles.d line ' +
  '"z /sys/class/powercap/*/energy_uj 0440 root negawatt". Do not open it to all users: CVE-2020-8694.';
const NO_ZONES_FIX =
  'On bare metal load the driver (modprobe intel_rapl_msr, also for AMD); in a container mount /sys/class/powercap ' +
  'and /sys/devices/virtual/powercap. A guest has no such meter: its load curve is used.';
/** A package that came back after hotplug is looked for this often. */
const RELIST = seconds(60);

interface Counter {
  readonly zone: RaplZone;
  readonly file: KeptFile;
  /** Has shown another value than 0: a register that stays 0 is not implemented by the processor. */
  alive: boolean;
  /** May not be read at present. */
  barred: boolean;
}

/** Energy counters of packages, DRAM and platform through powercap. */
export const raplSource = (): Source => ({
  name: NAME,
  summary: 'processor and memory energy counters (RAPL, /sys/class/powercap)',
  open: async (paths, clock) => {
    try {
      return openRapl(paths, clock);
    } catch (cause) {
      const error = failedRead(join(paths.sysfs, 'class', 'powercap'), cause);
      return absent(error.message, error.fix);
    }
  },
});

const openRapl = (paths: HostPaths, clock: Clock): Found<OpenSource> => {
  const folder = join(paths.sysfs, 'class', 'powercap');
  const { zones, notes } = findZones(paths);
  if (zones.length === 0) return absent(`no RAPL zone below ${folder}`, NO_ZONES_FIX);
  const remarks = [...notes];
  const counters: Counter[] = [];
  for (const zone of zones) {
    const file = new KeptFile(join(zone.path, 'energy_uj'));
    if (!existsSync(file.path)) {
      remarks.push(`${zone.directory} has no energy_uj`);
      continue;
    }
    try {
      file.open();
      counters.push({ zone, file, alive: false, barred: false });
    } catch (cause) {
      counters.push({ zone, file, alive: false, barred: isDenied(failedRead(file.path, cause)) });
    }
  }
  if (counters.length === 0) return absent(`no zone below ${folder} has a file energy_uj`, NO_ZONES_FIX);
  if (counters.every(({ barred }) => barred)) {
    return unreadable(
      `${counters.length} RAPL zones are there, no energy_uj below ${folder} may be read`,
      GRANT,
    );
  }
  return found(new OpenRapl(paths, clock, counters, remarks));
};

/** Not fatal to the source: the other zones go on, and this one is tried again at the next tick. */
const barredError = (error: SourceError): SourceError =>
  new SourceError('retry', error.message, { cause: error.cause, fix: GRANT });

const isDenied = (error: SourceError): boolean => ['EACCES', 'EPERM'].includes(errnoOf(error.cause));

class OpenRapl implements OpenSource {
  readonly quality = 'measured';
  readonly #sysfs: string;
  readonly #clock: Clock;
  readonly #counters: readonly Counter[];
  readonly #notes: readonly string[];
  readonly #listed: string;
  #relistAt: Seconds;
  #wasRead = false;

  constructor(paths: HostPaths, clock: Clock, counters: readonly Counter[], notes: readonly string[]) {
    this.#sysfs = paths.sysfs;
    this.#clock = clock;
    this.#counters = counters;
    this.#notes = notes;
    this.#listed = this.#list();
    this.#relistAt = seconds(clock.monotonic() + RELIST);
  }

  get detail(): string {
    // Before the first read nothing is known of any counter but that it is there.
    const works = ({ alive, barred }: Counter): boolean => !barred && (alive || !this.#wasRead);
    const working = this.#counters.filter(works);
    const silent = this.#counters.filter((counter) => !counter.barred && !works(counter));
    const barred = this.#counters.filter((counter) => counter.barred);
    const ids = (of: readonly Counter[]): string => of.map(({ zone }) => zone.meter.id).join(', ');
    return [
      working.length > 0 ? ids(working) : 'no counter has moved yet',
      ...(silent.length > 0 ? [`${ids(silent)}: stays 0, not implemented by the processor`] : []),
      ...(barred.length > 0 ? [`${ids(barred)}: energy_uj may not be read`] : []),
      ...this.#notes,
    ].join('; ');
  }

  read(draft: SampleDraft): void {
    const failures: SourceError[] = [];
    this.#wasRead = true;
    let before = this.#clock.monotonic();
    for (const counter of this.#counters) {
      const { meter } = counter.zone;
      try {
        const microjoules = counter.file.readUnsignedBig();
        const after = this.#clock.monotonic();
        counter.barred = false;
        if (microjoules !== 0n) counter.alive = true;
        if (counter.alive) {
          draft.meters.push(meter);
          draft.readings.push({ meter: meter.id, at: seconds((before + after) / 2), microjoules });
        }
        before = after;
      } catch (cause) {
        const error = failedRead(counter.file.path, cause);
        counter.barred = isDenied(error);
        failures.push(counter.barred ? barredError(error) : error);
        // What fails this once, or may not be read, is still there: its meter stays described, without a reading. The
        // other packages must not pass for the whole host.
        const isPart = counter.barred && (meter.domain === 'package' || meter.domain === 'dram');
        if (isPart || (counter.alive && error.kind === 'retry')) draft.meters.push(meter);
        before = this.#clock.monotonic();
      }
    }
    this.#complain(failures);
  }

  #complain(failures: readonly SourceError[]): void {
    const [first] = failures;
    if (first !== undefined && !this.#counters.every(({ barred }) => barred)) {
      const worst = failures.find(({ kind }) => kind === 'gone') ?? first;
      const text = failures.map(({ message }) => message).join('; ');
      // One zone that fails for good is no reason to close the others.
      throw new SourceError(
        worst.kind === 'gone' ? 'gone' : 'retry',
        `${failures.length} of ${this.#counters.length} RAPL zones: ${text}`,
        {
          cause: worst,
          fix: worst.fix || 'See the kernel log (dmesg | grep -i rapl); the other zones go on.',
        },
      );
    }
    if (this.#counters.every(({ barred }) => barred)) {
      throw new SourceError(
        'fatal',
        `energy_uj of all ${this.#counters.length} RAPL zones may no longer be read`,
        { fix: GRANT },
      );
    }
    if (!this.#counters.some(({ alive }) => alive)) {
      throw new SourceError(
        'retry',
        `all ${this.#counters.length} RAPL zones read 0: the processor does not count`,
        {
          fix: 'In a guest this is expected: disable the source with --no-source.rapl. On bare metal update the kernel.',
        },
      );
    }
    const now = this.#clock.monotonic();
    if (now < this.#relistAt) return;
    this.#relistAt = seconds(now + RELIST);
    if (this.#list() !== this.#listed) {
      throw new SourceError(
        'gone',
        'the list of RAPL zones has changed (hotplug or a driver reload): looked for anew',
      );
    }
  }

  #list(): string {
    return [...listZones(this.#sysfs)]
      .filter(([, path]) => existsSync(join(path, 'energy_uj')))
      .map(([directory]) => directory)
      .join(' ');
  }

  close(): void {
    for (const { file } of this.#counters) file.close();
  }
}
