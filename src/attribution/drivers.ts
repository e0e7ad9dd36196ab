import { BOARD_PATIENCE, type GpuReading } from '../model/gpu.ts';
import type { GroupSample, GroupTree } from '../model/group.ts';
import type { MemoryUse } from '../model/host.ts';
import type { Resource } from '../model/workload.ts';
import type { Seconds } from '../units.ts';
import type { Naming } from './classes.ts';
import { type GpuUse, type GroupOwners, gpuUse, groupOwners } from './gpu-use.ts';
import { heldByOwner } from './levels.ts';
import { NO_USES, type Uses } from './uses.ts';

/** What the dynamic energy of a component goes by: use by workload, and the whole that it is part of. */
export interface Driver {
  readonly whole: number;
  readonly uses: Uses;
}

export const NOBODY: Driver = { whole: 0, uses: NO_USES };

/** Use of an interval, by what it is of. */
export interface Drivers {
  readonly cpu: Driver;
  /** Byte-seconds of resident memory; absent where the groups do not tell. */
  readonly memory?: Driver;
  /** Use of each board, by the id of its meter. */
  readonly gpus: ReadonlyMap<string, GpuUse>;
}

/** What is remembered of readings that come slower than the ticks. */
export interface Seen {
  readonly memory?: { readonly tree: GroupTree; readonly levels: readonly number[] };
  readonly gpus: ReadonlyMap<string, readonly GpuReading[]>;
  /** Workloads behind the groups that these readings name: a job's last reading comes when its group may be gone. */
  readonly owners?: GroupOwners;
}
export const NOT_SEEN: Seen = { gpus: new Map() };

export interface DriverInput {
  readonly at: Seconds;
  readonly duration: Seconds;
  readonly groups: GroupSample | undefined;
  readonly memory?: MemoryUse | undefined;
  readonly gpus?: readonly GpuReading[] | undefined;
}

/** The latest readings of everything, this tick's included. */
export const lastSeen = (before: Seen, { at, groups, gpus = [] }: DriverInput, naming: Naming): Seen => {
  const memory = groups?.memory === undefined ? before.memory : { tree: groups.tree, levels: groups.memory };
  if (gpus.length === 0 && before.gpus.size === 0 && memory === before.memory) return before;
  const next = new Map<string, readonly GpuReading[]>();
  for (const [meter, readings] of before.gpus) {
    if (readings.some((reading) => at - reading.at <= BOARD_PATIENCE)) next.set(meter, readings);
  }
  for (const meter of new Set(gpus.map((reading) => reading.meter))) {
    next.set(
      meter,
      gpus.filter((reading) => reading.meter === meter),
    );
  }
  const owners =
    groups === undefined
      ? before.owners
      : groupOwners(before.owners, [...next.values()].flat(), groups.tree, naming);
  return {
    ...(memory === undefined ? {} : { memory }),
    ...(owners === undefined ? {} : { owners }),
    gpus: next,
  };
};

/**
 * Use of this interval, by what it is of. Pure.
 *
 * @param before what was seen until the last tick, `seen` with this tick's readings.
 */
export const driversOf = (
  input: DriverInput,
  { before, seen }: { readonly before: Seen; readonly seen: Seen },
  cpu: Driver,
  naming: Naming,
): Drivers => {
  const { groups, duration } = input;
  const gpus = new Map<string, GpuUse>();
  if (groups !== undefined) {
    for (const [meter, readings] of seen.gpus) {
      const earlier = before.gpus.get(meter);
      const isFresh = readings !== earlier;
      const context = { before: earlier?.at(-1)?.at, isFresh, gone: seen.owners };
      gpus.set(meter, gpuUse(readings, duration, groups.tree, naming, context));
    }
  }
  if (seen.memory === undefined) return { cpu, gpus };
  const uses = heldByOwner(seen.memory.tree, seen.memory.levels, duration, naming);
  return { cpu, memory: { whole: (input.memory?.anonymous ?? 0) * duration, uses }, gpus };
};

/**
 * Which use a component's energy goes by: processors by CPU time; memory by what is resident, by CPU time where the
 * groups do not tell; a board by its processes, else by nothing. What is left of the host follows CPU time only where
 * no meter separates the processors from it.
 */
export const driverFor = (
  { id, resource }: { readonly id: string; readonly resource: Resource },
  { cpu, memory, gpus }: Drivers,
  hasCpuMeter: boolean,
): Driver => {
  switch (resource) {
    case 'cpu':
      return cpu;
    case 'memory':
      return memory ?? cpu;
    case 'gpu':
      return gpus.get(id) ?? NOBODY;
    case 'other':
      return hasCpuMeter ? NOBODY : cpu;
  }
};
