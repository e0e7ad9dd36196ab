import { join } from 'node:path';
import { absent, found } from '../model/found.ts';
import type { Meter } from '../model/meter.ts';
import type { Clock, HostPaths, OpenSource, SampleDraft, Source } from '../model/source.ts';
import { SourceError } from '../model/source-error.ts';
import { fromMicrojoules, fromMicrowatts, seconds } from '../units.ts';
import { runMeterCommand } from './custom-command.ts';
import { readMeterFile } from './custom-file.ts';
import { askMeterUrl } from './custom-http.ts';
import type { CustomMeter, CustomOptions } from './custom-options.ts';
import { type CustomPlan, CustomPoller } from './custom-poll.ts';
import { isEnergyUnit } from './custom-unit.ts';
import { ceilingOf } from './hwmon-chips.ts';
import { Lanes } from './lanes.ts';
import { printable } from './text.ts';

const NAME = 'custom';
/** A value may be three intervals old unless told otherwise: as long as a gap between readings is bridged. */
const AGE_IN_INTERVALS = 3;

/** What waits in line: one program at a time, and one thread of libuv's four for files that may hang. */
interface Queues {
  readonly programs: Lanes;
  readonly files: Lanes;
}

/** Meters of the operator's own: a file, a program or an address that says a power or counts energy. */
export const customSource = (options: CustomOptions): Source => {
  // For the life of the source: what hangs outlives the opening that asked for it.
  const queues: Queues = { programs: new Lanes(1), files: new Lanes(1) };
  return {
    name: NAME,
    rare: true,
    summary:
      'meters of your own: a file, a program or an address that answers with a power or an energy count',
    open: async (paths, clock) =>
      options.meters.length === 0
        ? absent('no meter of your own is listed below sources.custom.meters')
        : found(new OpenCustom(options.meters, paths, clock, queues)),
  };
};

const wayOf = (
  { file, command, http, timeout }: CustomMeter,
  { rootfs }: HostPaths,
  { programs, files }: Queues,
): Pick<CustomPlan, 'ask' | 'lanes'> => {
  if (command !== undefined)
    return { lanes: programs, ask: (signal) => runMeterCommand(command, timeout, signal) };
  if (http !== undefined) return { ask: (signal) => askMeterUrl(http, timeout, signal) };
  return { lanes: files, ask: () => readMeterFile(join(rootfs, file ?? '')) };
};

/** Where the value comes from, for messages; without a query, where a secret may stand. */
const placeOf = ({ file, command, http }: CustomMeter): string =>
  printable(file ?? command?.[0] ?? http?.url.replace(/\?.*$/, '') ?? '', 200);

const planOf = (meter: CustomMeter, paths: HostPaths, queues: Queues): CustomPlan => {
  const { name, domain, unit, interval, max_age, path, timestamp_path } = meter;
  const energy = isEnergyUnit(unit);
  const maxAge = max_age ?? AGE_IN_INTERVALS * interval;
  return {
    meter: {
      id: `${NAME}:${name}`,
      source: NAME,
      domain,
      label: name,
      // Where it wraps is not known: a decrease is a reset.
      reads: energy ? { as: 'energy' } : { as: 'power' },
      quality: energy ? 'measured' : 'derived',
      ceiling: ceilingOf(domain),
      // What may be so old is renewed as seldom as that: time between two values of that age is bridged.
      interval: seconds(Math.max(interval, maxAge / AGE_IN_INTERVALS)),
    } satisfies Meter,
    extraction: { what: `${name} (${placeOf(meter)})`, unit, path, timestampPath: timestamp_path },
    interval,
    maxAge,
    ...wayOf(meter, paths, queues),
  };
};

class OpenCustom implements OpenSource {
  readonly quality: 'measured' | 'derived';
  readonly #pollers: readonly CustomPoller[];

  constructor(meters: readonly CustomMeter[], paths: HostPaths, clock: Clock, queues: Queues) {
    this.#pollers = meters.map((meter) => new CustomPoller(planOf(meter, paths, queues), clock));
    this.quality = meters.every(({ unit }) => isEnergyUnit(unit)) ? 'measured' : 'derived';
  }

  get detail(): string {
    return this.#pollers.map(shown).join(', ');
  }

  read(draft: SampleDraft): void {
    const failures = this.#pollers.map((poller) => poller.take(draft)).filter((one) => one !== undefined);
    const [first] = failures;
    if (first === undefined) return;
    throw new SourceError(
      'retry',
      `${failures.length} of ${this.#pollers.length} own meters: ${failures.map(({ message }) => message).join('; ')}`,
      {
        cause: first,
        fix: [...new Set(failures.map(({ fix }) => fix))].filter((fix) => fix !== '').join(' '),
      },
    );
  }

  close(): void {
    for (const poller of this.#pollers) poller.close();
  }
}

const shown = ({ plan: { meter }, value }: CustomPoller): string => {
  if (value === undefined) return `${meter.label} (${meter.domain}): not read yet`;
  const amount =
    meter.reads.as === 'energy'
      ? `${fromMicrojoules(value).toFixed(0)} J`
      : `${fromMicrowatts(value).toFixed(1)} W`;
  return `${meter.label} (${meter.domain}): ${amount}`;
};
