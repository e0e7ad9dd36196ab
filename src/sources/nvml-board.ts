import type { GpuReading } from '../model/gpu.ts';
import type { Reading } from '../model/meter.ts';
import { bytes, celsius, fromNanoseconds, hertz, ratio, type Seconds, watts } from '../units.ts';
import type { Described } from './nvml-describe.ts';
import { isLost, isRefusal } from './nvml-errors.ts';
import * as layout from './nvml-layout.ts';
import type { Nvml } from './nvml-library.ts';
import { MigLayout, memoryAllocated, plainMemory } from './nvml-mig.ts';
import { PowerFields } from './nvml-power.ts';
import { BoardProcesses } from './nvml-processes.ts';
import { BoardUtilization, type Sampled } from './nvml-utilization.ts';
import { Vgpus } from './nvml-vgpu.ts';
import type { ProcessGroups } from './process-group.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Name =
  | 'energy'
  | 'power'
  | 'fields'
  | 'utilization'
  | 'memory'
  | 'memoryV2'
  | 'temperature'
  | 'clock'
  | 'reasons';

const words = new Uint32Array(2);
const long = new BigUint64Array(layout.MEMORY_V2.size);

/** Reads one board. Every buffer is kept: a reading allocates what it hands over and little else. */
export class BoardReader {
  readonly described: Described;
  readonly #api: Nvml;
  readonly #refused = new Set<Name>();
  readonly #fields: PowerFields;
  readonly #mig: MigLayout;
  readonly #vgpus: Vgpus;
  readonly #utilization: BoardUtilization;
  readonly #processes: BoardProcesses;
  /** Code of the last call that said that the whole board is out of reach. */
  lost: number | undefined;
  /** Code of the failure of the energy itself, of any other kind. */
  failed: number | undefined;

  constructor(api: Nvml, described: Described) {
    this.#api = api;
    this.described = described;
    this.#fields = new PowerFields(api);
    this.#mig = new MigLayout(api, described.meter.id);
    this.#vgpus = new Vgpus(api);
    this.#utilization = new BoardUtilization(api);
    this.#processes = new BoardProcesses(api);
  }

  /** What the board refused is asked for again: modes change. */
  forgive(): void {
    this.#refused.clear();
    this.#mig.forgive();
    this.#vgpus.forgive();
    this.#utilization.forgive();
    this.#processes.forgive();
  }

  /** Adds the board's energy to `readings` and returns the rest. Undefined where the board is lost. */
  read(readings: Reading[], groups: ProcessGroups): GpuReading | undefined {
    this.lost = undefined;
    this.failed = undefined;
    const { device, energy, meter } = this.described;
    const before = process.hrtime.bigint();
    const counted = energy === 'counter' && this.#ask('energy', () => this.#api.energy?.(device, long));
    const microjoules = counted ? long[0] : undefined;
    const at = fromNanoseconds(Number((before + process.hrtime.bigint()) / 2n));
    const milliwatts = this.#power();
    // Sentinels go on as they are: the core drops and counts them. In microjoules and microwatts as the core knows them.
    if (microjoules !== undefined) {
      const raw = microjoules === layout.NONE_64 ? microjoules : microjoules * 1000n;
      readings.push({ meter: meter.id, at, microjoules: raw });
    } else if (energy !== 'counter' && milliwatts !== undefined) {
      readings.push({ meter: meter.id, at, microwatts: BigInt(milliwatts) * 1000n });
    }
    if (this.lost !== undefined) return undefined;
    const reading: Mutable<GpuReading> = { meter: meter.id, at };
    if (milliwatts !== undefined && milliwatts !== layout.NONE_32) reading.power = watts(milliwatts / 1000);
    const sampled = this.#utilization.read(device, at * 1e6);
    if (sampled?.mean !== undefined) reading.utilization = sampled.mean;
    this.#state(reading);
    this.#memory(reading);
    this.#users(reading, at, groups, sampled);
    return this.lost === undefined ? reading : undefined;
  }

  /** Milliwatts as they come: the field or function that the board was described with, else the best that answers. */
  #power(): number | undefined {
    const { device, energy } = this.described;
    const fields = this.#fields;
    fields.average = undefined;
    fields.instant = undefined;
    if (energy !== 'usage') this.#ask('fields', () => fields.read(device));
    if (energy === layout.POWER_AVERAGE) return fields.average;
    if (energy === layout.POWER_INSTANT) return fields.instant;
    if (fields.average !== undefined) return fields.average;
    return this.#ask('power', () => this.#api.power?.(device, words)) ? words[0] : fields.instant;
  }

  #state(reading: Mutable<GpuReading>): void {
    const { device } = this.described;
    const api = this.#api;
    if (
      reading.utilization === undefined &&
      this.#ask('utilization', () => api.utilization?.(device, words)) &&
      (words[0] ?? 101) <= 100
    )
      reading.utilization = ratio((words[0] ?? 0) / 100);
    if (this.#ask('temperature', () => api.temperature?.(device, layout.SENSOR_GPU, words)) && isValue())
      reading.temperature = celsius(words[0] ?? 0);
    if (this.#ask('clock', () => api.clock?.(device, layout.CLOCK_SM, words)) && isValue())
      reading.clock = hertz((words[0] ?? 0) * 1e6);
    if (this.#ask('clock', () => api.clock?.(device, layout.CLOCK_MEMORY, words)) && isValue())
      reading.memoryClock = hertz((words[0] ?? 0) * 1e6);
    if (this.#ask('reasons', () => api.reasons?.(device, long)) && long[0] !== layout.NONE_64)
      reading.throttled = layout.throttleReasons(long[0] ?? 0n);
  }

  #memory(reading: Mutable<GpuReading>): void {
    const { device } = this.described;
    const { MEMORY_V2 } = layout;
    long[MEMORY_V2.version] = layout.MEMORY_V2_VERSION;
    if (this.#ask('memoryV2', () => this.#api.memoryV2?.(device, long))) {
      const total = long[MEMORY_V2.total];
      const used = long[MEMORY_V2.used];
      const reserved = long[MEMORY_V2.reserved];
      if (total !== layout.NONE_64) reading.memoryTotal = bytes(Number(total));
      if (used !== layout.NONE_64) reading.memoryUsed = bytes(Number(used));
      if (reserved !== layout.NONE_64) reading.memoryReserved = bytes(Number(reserved));
    } else if (this.#ask('memory', () => this.#api.memory?.(device, long))) {
      const memory = plainMemory(long);
      if (memory === undefined) return;
      reading.memoryTotal = bytes(memory.total);
      reading.memoryUsed = bytes(memory.used);
    }
  }

  #users(
    reading: Mutable<GpuReading>,
    at: Seconds,
    groups: ProcessGroups,
    sampled: Sampled | undefined,
  ): void {
    const { device } = this.described;
    const now = at * 1e6;
    const mig = this.#mig.read(device, now, groups);
    if (mig !== undefined) {
      reading.slices = mig.slices;
      reading.instances = mig.instances;
      if (mig.processes !== undefined) reading.processes = mig.processes;
    } else {
      const vgpus = this.#vgpus.read(device);
      if (vgpus !== undefined) reading.instances = vgpus;
      const processes = this.#processes.read(device, now, groups, { sampled });
      if (this.#processes.lost !== undefined) this.lost = this.#processes.lost;
      if (processes !== undefined) reading.processes = processes;
    }
    const handedOut = reading.instances === undefined ? undefined : memoryAllocated(reading.instances);
    if (handedOut !== undefined) reading.memoryAllocated = bytes(handedOut);
  }

  /** Whether the call answered; one that the board refuses is not made again until `forgive`. */
  #ask(name: Name, call: () => number | undefined): boolean {
    if (this.#refused.has(name)) return false;
    const code = call();
    if (code === layout.SUCCESS) return true;
    if (code !== undefined && isLost(code)) this.lost = code;
    // The energy is what the board is read for: it is asked for in every round, and its failure is told.
    else if (name === 'energy' || (name === 'power' && this.described.energy === 'usage')) this.failed = code;
    else if (code === undefined || isRefusal(code)) this.#refused.add(name);
    return false;
  }
}

const isValue = (): boolean => words[0] !== layout.NONE_32;
