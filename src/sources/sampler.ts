import type { Sample, SourceStatus } from '../model/sample.ts';
import type { Clock, HostPaths, SampleDraft, Source } from '../model/source.ts';
import { seconds } from '../units.ts';
import { openBoot } from './boot.ts';
import { SourceSlot } from './source-slot.ts';

export interface SamplerOptions {
  readonly sources: readonly Source[];
  readonly paths: HostPaths;
  readonly clock: Clock;
  /** Names of sources that the operator switched off; unknown names are the caller's to refuse. */
  readonly disabled?: readonly string[];
  /** Told once at each change of a source's state, the first one included: what the log shows. */
  readonly onChange?: (status: SourceStatus) => void;
  /** Milliseconds to wait at the start for slow sources; they join later. */
  readonly patience?: number;
}

/** Reads all sources into one Sample a tick. Holds descriptors and timers until closed. */
export interface Sampler {
  /** Reads what is open, now. Synchronous; never throws, never waits, starts no program. */
  sample(): Sample;
  /** State of every source, those that are switched off included, in the order of the list. */
  statuses(): readonly SourceStatus[];
  close(): void;
}

/** Well below the time that a service has until its first answer; hwmon discovery takes some milliseconds. */
const PATIENCE_MS = 150;

const off = (source: Source): SourceStatus => ({
  source: source.name,
  state: 'off',
  why: 'switched off by the operator',
  fix: `remove --no-source.${source.name} to use it`,
  duration: seconds(0),
});

/** Opens all sources at once and resolves when each has answered or the patience ends. Never rejects. */
export const createSampler = async (options: SamplerOptions): Promise<Sampler> => {
  const { sources, paths, clock, disabled = [], onChange = () => {} } = options;
  const boot = openBoot(paths);
  const entries = sources.map((source) =>
    disabled.includes(source.name) ? off(source) : new SourceSlot(source, { paths, clock, onChange }),
  );
  const slots = entries.filter((entry) => entry instanceof SourceSlot);
  for (const entry of entries) if (!(entry instanceof SourceSlot)) onChange(entry);
  await within(options.patience ?? PATIENCE_MS, Promise.all(slots.map((slot) => slot.look())));
  const statuses = (): readonly SourceStatus[] =>
    entries.map((entry) => (entry instanceof SourceSlot ? entry.status : entry));
  return {
    sample: () => {
      const at = clock.monotonic();
      const wall = clock.wall();
      const draft: SampleDraft = { meters: [], readings: [] };
      for (const slot of slots) slot.read(draft);
      return { at, wall, ...boot.read(), ...draft, sources: statuses() };
    },
    statuses,
    close: () => {
      for (const slot of slots) slot.close();
      boot.close();
    },
  };
};

const within = async (milliseconds: number, work: Promise<unknown>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
};
