import type { GpuProcess } from '../model/gpu.ts';
import { bytes, ratio } from '../units.ts';
import { isLost, isRefusal } from './nvml-errors.ts';
import { INSUFFICIENT_SIZE, isNone, NOT_FOUND, PROCESS, SAMPLE, SUCCESS, wide } from './nvml-layout.ts';
import { LeftProcesses } from './nvml-left.ts';
import type { Device, Nvml } from './nvml-library.ts';
import { LONGEST_PERIOD, sharesOfTime, type UsageEntry, usageOf } from './nvml-usage.ts';
import type { Sampled } from './nvml-utilization.ts';
import type { ProcessGroups } from './process-group.ts';

/** Entries that are asked for at first; a driver that has more says so. */
const FIRST = 64;
/** Processes of one board, and samples of one asking, that are taken at most. */
const MOST = 4096;

const KINDS = ['compute', 'graphics', 'mps'] as const;

/** One for all boards: what it holds is read out before the next call. */
let entries = new Uint32Array(FIRST * PROCESS.size);
let samples = new Uint32Array(FIRST * SAMPLE.size);
const count = new Uint32Array(1);

/** How many entries the library wrote: never more than there is room for, whatever it says. */
const told = (room: number): number => Math.min(room, count[0] ?? 0);

/** A list of the library with room for it; the code of the last answer. */
const fill = (room: number, call: () => number, grow: (room: number) => void): number => {
  let have = room;
  for (;;) {
    count[0] = have;
    const code = call();
    if (code !== INSUFFICIENT_SIZE || have >= MOST) return code;
    // More may come between two calls.
    have = Math.min(MOST, Math.max(2 * have, count[0] + FIRST));
    grow(have);
  }
};

interface Told {
  /** Monotonic microseconds. */
  readonly at: number;
  readonly shares: ReadonlyMap<number, number>;
}

/** Processes of one board or of one of its instances, with what each of them holds and used. */
export class BoardProcesses {
  readonly #api: Nvml;
  readonly #refused = new Set<string>();
  readonly #left = new LeftProcesses();
  /** Stamp of the newest entry seen; 0 before the first asking that had one. */
  #since = 0;
  /** When the driver last told anything new, monotonic microseconds, and what; undefined before the second asking. */
  #told: Told | undefined;
  #isFirst = true;
  /** What a call said that makes the whole board unreachable. */
  lost: number | undefined;

  constructor(api: Nvml) {
    this.#api = api;
  }

  /** What was refused is asked for again. */
  forgive(): void {
    this.#refused.clear();
  }

  /**
   * The processes that hold memory on the device or used it since the last reading.
   *
   * @param now monotonic, microseconds.
   * @param of id of the instance that the device is; or what the driver sampled of the whole board, where it tells.
   * @returns undefined where the driver tells nothing of processes.
   */
  read(
    device: Device,
    now: number,
    groups: ProcessGroups,
    { instance, sampled }: { readonly instance?: string; readonly sampled?: Sampled | undefined } = {},
  ): GpuProcess[] | undefined {
    this.lost = undefined;
    const memory = this.#list(device);
    const usage = instance === undefined ? this.#usage(device, now, sampled) : undefined;
    if (memory === undefined && usage === undefined) return undefined;
    // What is held over from the last reading says nothing of whether a process is still there.
    const seen = usage === undefined || (memory !== undefined && usage.at !== now) ? [] : usage.shares.keys();
    const pids = new Set([...(memory?.keys() ?? []), ...seen]);
    const found: GpuProcess[] = [];
    for (const pid of pids) {
      const group = groups.of(pid);
      const held = memory?.get(pid);
      found.push({
        pid,
        ...(group === undefined ? {} : { group }),
        // The driver has entries of busy processes alone: where it gives any, to have none is to be idle.
        ...(usage === undefined ? {} : { utilization: ratio(usage.shares.get(pid) ?? 0) }),
        ...(held === undefined ? {} : { memory: bytes(held) }),
        ...(instance === undefined ? {} : { instance }),
      });
    }
    return usage === undefined ? found : [...found, ...this.#left.read(found, sampled)];
  }

  /** Memory by process; undefined in it where the driver does not tell. */
  #list(device: Device): Map<number, number | undefined> | undefined {
    let found: Map<number, number | undefined> | undefined;
    for (const kind of KINDS) {
      const query = this.#api[kind];
      if (query === undefined || this.#refused.has(kind)) continue;
      const code = fill(
        entries.length / PROCESS.size,
        () => query(device, count, entries),
        (room) => {
          entries = new Uint32Array(room * PROCESS.size);
        },
      );
      if (!this.#accepted(kind, code)) continue;
      found ??= new Map();
      for (let i = 0; i < told(entries.length / PROCESS.size); i++) {
        const at = i * PROCESS.size;
        const pid = entries[at + PROCESS.pid] ?? 0;
        const held = isNone(entries, at + PROCESS.memory) ? undefined : wide(entries, at + PROCESS.memory);
        // One that computes and draws is on two lists, each time with all that it holds.
        if (pid > 0) found.set(pid, held ?? found.get(pid));
      }
    }
    return found;
  }

  #usage(device: Device, now: number, sampled: Sampled | undefined): Told | undefined {
    const query = this.#api.samples;
    if (query === undefined || this.#refused.has('samples')) return undefined;
    // The shares are means of the time since this stamp: of the board's own time between two readings, or they would
    // not go with how busy it was. A process that rests between bursts has no stamp of its own for long.
    const since = Math.max(this.#since, sampled?.since ?? 0);
    const code = fill(
      samples.length / SAMPLE.size,
      () => query(device, samples, count, BigInt(since)),
      (room) => {
        samples = new Uint32Array(room * SAMPLE.size);
      },
    );
    const none = code === NOT_FOUND;
    if (!none && !this.#accepted('samples', code)) return undefined;
    const found: UsageEntry[] = [];
    const many = none ? 0 : told(samples.length / SAMPLE.size);
    for (let i = 0; i < many; i++) {
      const at = i * SAMPLE.size;
      found.push({
        pid: samples[at + SAMPLE.pid] ?? 0,
        stamp: wide(samples, at + SAMPLE.stamp),
        percent: samples[at + SAMPLE.sm] ?? 0,
      });
    }
    const { shares: said, newest } = usageOf(found, since);
    const shares = sharesOfTime(said, sampled?.isFresh === true ? sampled.mean : undefined);
    this.#since = newest;
    if (this.#isFirst) {
      // The first answer is of an unknown time before the start.
      this.#isFirst = false;
      return undefined;
    }
    // Nothing new may mean idle or too soon: the board's samples tell, else only what no sampling period explains is idle.
    const wasSampled =
      sampled?.isFresh ?? (this.#told !== undefined && now - this.#told.at >= LONGEST_PERIOD);
    if (shares.size > 0 || wasSampled || this.#told === undefined) this.#told = { at: now, shares };
    return this.#told;
  }

  #accepted(name: string, code: number): boolean {
    if (isLost(code)) this.lost = code;
    if (isRefusal(code)) this.#refused.add(name);
    return code === SUCCESS;
  }
}
