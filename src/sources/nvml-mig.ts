import type { GpuInstance, GpuProcess } from '../model/gpu.ts';
import { bytes } from '../units.ts';
import { textFrom } from './nvml-describe.ts';
import { ATTRIBUTES, isNone, MEMORY, NONE_64, SUCCESS, wide } from './nvml-layout.ts';
import type { Device, Nvml } from './nvml-library.ts';
import { BoardProcesses } from './nvml-processes.ts';
import type { ProcessGroups } from './process-group.ts';

/** Rounds between two looks at the layout; one that was changed shows at once by a handle that fails. */
const LAYOUT_EVERY = 10;
/** Slots of a board that are looked at, whatever the driver says. */
const MOST = 32;

interface Instance {
  readonly device: Device;
  readonly described: GpuInstance;
  readonly processes: BoardProcesses;
}

export interface MigReading {
  /** Compute slices of the board: as many as it can have instances (MIG user guide, "Partitioning"). */
  readonly slices: number;
  readonly instances: readonly GpuInstance[];
  /** Undefined where an instance does not tell: that is not nobody. */
  readonly processes: readonly GpuProcess[] | undefined;
}

const words = new Uint32Array(ATTRIBUTES.size);
const flags = new Uint32Array(1);
const pending = new Uint32Array(1);
const long = new BigUint64Array(3);

/** The instances of a board in MIG mode. They share the board's energy: there is no meter of an instance. */
export class MigLayout {
  readonly #api: Nvml;
  readonly #board: string;
  #rounds = 0;
  #slices = 0;
  #instances: readonly Instance[] = [];
  #on = false;

  /** @param board UUID of the board. */
  constructor(api: Nvml, board: string) {
    this.#api = api;
    this.#board = board;
  }

  /** Asks for the mode anew at the next reading. */
  forgive(): void {
    this.#rounds = 0;
  }

  /** Undefined where the board is not in MIG mode. */
  read(device: Device, now: number, groups: ProcessGroups): MigReading | undefined {
    if (this.#rounds % LAYOUT_EVERY === 0) this.#on = this.#look(device);
    this.#rounds += 1;
    if (!this.#on) return undefined;
    const processes: GpuProcess[] = [];
    let told = true;
    const instances = this.#instances.map((instance): GpuInstance => {
      const { described } = instance;
      const own = instance.processes.read(instance.device, now, groups, { instance: described.id });
      if (own === undefined) told = false;
      else processes.push(...own);
      const code = this.#api.memory?.(instance.device, long);
      // A handle that fails has lost its instance: the layout is looked at in the next round.
      if (code !== SUCCESS) this.#rounds = 0;
      const [total = NONE_64, , used = NONE_64] = long;
      return code === SUCCESS && total !== NONE_64 && used !== NONE_64
        ? { ...described, memoryUsed: bytes(Number(used)), memoryTotal: bytes(Number(total)) }
        : described;
    });
    return { slices: this.#slices, instances, processes: told ? processes : undefined };
  }

  /** Whether the board is in MIG mode; its layout is then known. */
  #look(device: Device): boolean {
    const api = this.#api;
    const isOn = api.migMode?.(device, flags, pending) === SUCCESS && flags[0] === 1;
    if (!isOn || api.migMost?.(device, flags) !== SUCCESS) return false;
    const [most = 0] = flags;
    this.#slices = Math.min(MOST, most);
    if (most === 0) return false;
    const before = new Map(this.#instances.map((instance) => [instance.described.id, instance]));
    const found: Instance[] = [];
    for (let slot = 0; slot < this.#slices; slot++) {
      if (api.migAt?.(device, slot, long) !== SUCCESS) continue;
      const [at = 0n] = long;
      const described = this.#describe(at);
      const processes = before.get(described.id)?.processes ?? new BoardProcesses(api);
      processes.forgive();
      found.push({ device: at, described, processes });
    }
    this.#instances = found;
    return true;
  }

  #describe(device: Device): GpuInstance {
    const api = this.#api;
    const uuid = textFrom((out, size) => api.uuid?.(device, out, size) ?? 1);
    const name = textFrom((out, size) => api.name?.(device, out, size) ?? 1);
    const has = api.attributes?.(device, words) === SUCCESS;
    const slices = has ? words[ATTRIBUTES.computeSlices] || words[ATTRIBUTES.gpuSlices] || 1 : 1;
    const gibibytes =
      has && !isNone(words, ATTRIBUTES.memory) ? Math.round(wide(words, ATTRIBUTES.memory) / 1024) : 0;
    // The driver's own word: NVIDIA A100-SXM4-40GB MIG 1g.5gb. Its memory is rounded in ways of its own.
    const said = typeof name === 'string' ? / MIG (\S+)$/.exec(name)?.[1] : undefined;
    return {
      id: typeof uuid === 'string' ? uuid : this.#numbered(device),
      kind: 'mig',
      profile: said ?? `${slices}g.${gibibytes}gb`,
      slices,
    };
  }

  /** Identity where the driver gives the instance no UUID: the board's, with both instance numbers. */
  #numbered(device: Device): string {
    const number = (query: Nvml['gpuInstance']): number | string =>
      query?.(device, flags) === SUCCESS ? (flags[0] ?? '?') : '?';
    return `${this.#board}/${number(this.#api.gpuInstance)}/${number(this.#api.computeInstance)}`;
  }
}

/** Memory handed out to instances, where all of them say how much. */
export const memoryAllocated = (instances: readonly GpuInstance[]): number | undefined => {
  let sum = 0;
  for (const { memoryTotal } of instances) {
    if (memoryTotal === undefined) return undefined;
    sum += memoryTotal;
  }
  return sum;
};

/** Memory as nvmlMemory_t gives it; for boards of drivers without its second version. */
export const plainMemory = (
  long64: BigUint64Array,
): { readonly total: number; readonly used: number } | undefined => {
  const total = long64[MEMORY.total] ?? NONE_64;
  const used = long64[MEMORY.used] ?? NONE_64;
  return total === NONE_64 || used === NONE_64 ? undefined : { total: Number(total), used: Number(used) };
};
