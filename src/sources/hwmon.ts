import { join } from 'node:path';
import { counted } from '../model/counted.ts';
import { absent, type Found, found, unreadable } from '../model/found.ts';
import type { Clock, HostPaths, OpenSource, SampleDraft, Source } from '../model/source.ts';
import { SourceError } from '../model/source-error.ts';
import { type Seconds, seconds } from '../units.ts';
import { findChannels, type HwmonFound } from './hwmon-channels.ts';
import type { HwmonOptions } from './hwmon-options.ts';
import { ChipPoller } from './hwmon-poll.ts';
import { type ChipWatch, watchChips } from './hwmon-watch.ts';
import { Lanes } from './lanes.ts';

const NAME = 'hwmon';
/** Half of libuv's default pool of four threads. */
const LANES = 2;
/** Chips that came or went are looked for this often. */
const RELIST = seconds(60);

/** Power and energy channels of hardware monitors: ACPI meters, GPUs, power supplies. */
export const hwmonSource = (options: HwmonOptions, lanes = hwmonLanes()): Source => ({
  name: NAME,
  summary:
    'power and energy channels of hardware monitors: ACPI meter, AMD and Intel GPUs, supplies (/sys/class/hwmon)',
  open: async (paths, clock) => openHwmon(paths, clock, options, lanes),
});

/** What chips wait in. For the life of the sources: a request that hangs outlives the opening that made it. */
export const hwmonLanes = (): Lanes => new Lanes(LANES);

const openHwmon = async (
  paths: HostPaths,
  clock: Clock,
  options: HwmonOptions,
  lanes: Lanes,
): Promise<Found<OpenSource>> => {
  const folder = join(paths.sysfs, 'class', 'hwmon');
  const find = (): Promise<HwmonFound> => findChannels(paths.sysfs, options.channels, options.interval);
  const watch = await watchChips(folder, find);
  const channels = await find();
  if (channels.chips.length > 0) return found(new OpenHwmon(channels, clock, lanes, watch(channels)));
  if (channels.denied.length > 0) {
    return unreadable(
      `${channels.denied.length} hwmon channels are there and may not be read: ${channels.denied[0]}`,
      `Run negawatt with AmbientCapabilities=CAP_DAC_READ_SEARCH, or give its user read access to ${channels.denied[0]}.`,
    );
  }
  return absent(
    `no chip below ${folder} has a power or energy channel`,
    'If the server has an ACPI power meter, load its driver: modprobe acpi_power_meter.',
  );
};

class OpenHwmon implements OpenSource {
  readonly quality: 'measured' | 'derived';
  readonly detail: string;
  readonly #pollers: readonly ChipPoller[];
  readonly #clock: Clock;
  readonly #watch: ChipWatch;
  #relistAt: Seconds;
  #changed = false;

  constructor({ chips, denied }: HwmonFound, clock: Clock, lanes: Lanes, watch: ChipWatch) {
    this.#clock = clock;
    this.#watch = watch;
    this.#relistAt = seconds(clock.monotonic() + RELIST);
    this.#pollers = chips.map((chip) => new ChipPoller(chip, clock, lanes));
    const meters = chips.flatMap(({ channels }) => channels.map(({ meter }) => meter));
    this.quality = meters.every(({ quality }) => quality === 'measured') ? 'measured' : 'derived';
    const counts = new Map<string, number>();
    for (const chip of chips) {
      for (const { meter } of chip.channels) {
        const text = `${chip.name} ${meter.domain}`;
        counts.set(text, (counts.get(text) ?? 0) + 1);
      }
    }
    const found = [...counts].map(([text, count]) => (count === 1 ? text : `${count} x ${text}`));
    this.detail = [
      ...found,
      ...(denied.length > 0 ? [`${counted(denied.length, 'channel')} may not be read`] : []),
    ].join(', ');
  }

  read(draft: SampleDraft): void {
    const failures = this.#pollers
      .map((poller) => poller.take(draft))
      .filter((failure) => failure !== undefined);
    this.#relist();
    const worst = failures.find(({ kind }) => kind === 'gone') ?? failures[0];
    if (worst === undefined) return;
    const text = failures.map(({ message }) => message).join('; ');
    // One chip that may not be read is no reason to look for all of them anew.
    throw new SourceError(
      worst.kind === 'gone' ? 'gone' : 'retry',
      `${failures.length} of ${this.#pollers.length} chips: ${text}`,
      {
        cause: worst,
        fix: worst.fix,
      },
    );
  }

  /** A GPU that was reset or a driver that was loaded anew comes back as another chip: it is found within a minute. */
  #relist(): void {
    if (this.#changed) {
      throw new SourceError(
        'gone',
        'the list of hwmon chips has changed (a device or a driver came or went): looked for anew',
      );
    }
    const now = this.#clock.monotonic();
    if (now < this.#relistAt) return;
    this.#relistAt = seconds(now + RELIST);
    void this.#watch().then((changed) => {
      this.#changed = changed;
    });
  }

  close(): void {
    for (const poller of this.#pollers) poller.close();
  }
}
