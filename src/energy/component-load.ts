import { BOARD_PATIENCE, type GpuReading } from '../model/gpu.ts';
import type { DomainKind, Meter } from '../model/meter.ts';
import { type Ratio, ratio, type Seconds } from '../units.ts';
import type { CpuUse } from './cpu-time.ts';

/** How busy something was, added up: slow meters cover several ticks, boards are read by clocks of their own. */
export interface LoadWindow {
  readonly busy: number;
  readonly total: number;
}

/** How busy a board was when it was last read. */
export interface BoardLoad {
  readonly at: Seconds;
  readonly load: Ratio;
}

/**
 * What a board counts as with a process on it that computes nothing. Its clocks stay up for that process: this is no
 * idle board, though next to one.
 */
const OCCUPIED = 0.03;

/**
 * How far from idle a board was, 0..1: a kernel ran, or a process is there (power reference 4.3: the floor of a GPU is
 * what it draws with no process resident). Undefined where the driver tells neither.
 */
export const loadOfBoard = ({ utilization, processes }: GpuReading): Ratio | undefined => {
  if (processes === undefined || processes.length === 0) {
    return utilization ?? (processes === undefined ? undefined : ratio(0));
  }
  return ratio(Math.max(utilization ?? 1, OCCUPIED));
};

/** The boards' loads as last read, this tick's readings included; what was not read for long is forgotten. */
export const boardLoads = (
  before: ReadonlyMap<string, BoardLoad>,
  readings: readonly GpuReading[],
  now: Seconds,
): ReadonlyMap<string, BoardLoad> => {
  if (readings.length === 0 && before.size === 0) return before;
  const next = new Map([...before].filter(([, { at }]) => now - at <= BOARD_PATIENCE));
  for (const reading of readings) {
    const load = loadOfBoard(reading);
    if (load !== undefined) next.set(reading.meter, { at: reading.at, load });
  }
  return next;
};

/** What the floor of a component is learnt by. */
export type LearntBy = 'processors' | 'board' | 'all';

/**
 * The processors say nothing of a GPU: one core of a hundred feeds a board at full power. What has to do with both
 * (fans, supplies, a module of both) is idle when all of them are.
 */
export const learntBy = (meter: { readonly domain: DomainKind } | undefined): LearntBy => {
  switch (meter?.domain) {
    case 'gpu':
      return 'board';
    case 'package':
    case 'dram':
      return 'processors';
    default:
      return 'all';
  }
};

/** Adds a tick to the windows of all components. Pure. */
export const accumulate = (
  windows: ReadonlyMap<string, LoadWindow>,
  components: readonly (
    | Pick<Meter, 'id' | 'domain'>
    | { readonly id: string; readonly domain?: undefined }
  )[],
  cpu: CpuUse | undefined,
  readings: readonly GpuReading[],
  boards: ReadonlyMap<string, BoardLoad>,
): Map<string, LoadWindow> => {
  const next = new Map<string, LoadWindow>();
  const busiest = Math.max(0, ...[...boards.values()].map(({ load }) => load));
  for (const component of components) {
    const { id } = component;
    const before = windows.get(id);
    const add = added(
      component.domain === undefined ? 'all' : learntBy(component),
      id,
      cpu,
      readings,
      busiest,
    );
    if (add === undefined && before === undefined) continue;
    next.set(id, {
      busy: (before?.busy ?? 0) + (add?.busy ?? 0),
      total: (before?.total ?? 0) + (add?.total ?? 0),
    });
  }
  return next;
};

const added = (
  by: LearntBy,
  id: string,
  cpu: CpuUse | undefined,
  readings: readonly GpuReading[],
  busiest: number,
): LoadWindow | undefined => {
  if (by === 'board') {
    const loads = readings.flatMap((reading) => (reading.meter === id ? (loadOfBoard(reading) ?? []) : []));
    const busy = loads.reduce((total: number, load) => total + load, 0);
    // A tick without a reading tells nothing: each is of the time since the one before.
    return loads.length > 0 ? { busy, total: loads.length } : undefined;
  }
  if (cpu === undefined) return undefined;
  return { busy: by === 'all' ? Math.max(cpu.busy, busiest * cpu.total) : cpu.busy, total: cpu.total };
};

/** Mean load of a window; undefined where nothing is known of it. */
export const loadOf = (window: LoadWindow | undefined): Ratio | undefined =>
  window === undefined || window.total <= 0 ? undefined : ratio(Math.min(1, window.busy / window.total));
