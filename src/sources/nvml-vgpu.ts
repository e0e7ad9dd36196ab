import type { GpuInstance } from '../model/gpu.ts';
import { bytes, ratio } from '../units.ts';
import { textFrom } from './nvml-describe.ts';
import { isNone, NONE_64, SUCCESS, TEXT_SIZE, VGPU_SAMPLE, wide } from './nvml-layout.ts';
import type { Device, Nvml } from './nvml-library.ts';

/** vGPUs that one board may have (NVIDIA vGPU documentation: 32 at most; room for more). */
const MOST = 64;

const ids = new Uint32Array(MOST);
const samples = new Uint32Array(MOST * VGPU_SAMPLE.size);
const count = new Uint32Array(1);
const type = new Uint32Array(1);
const long = new BigUint64Array(1);

/** The virtual GPUs that guests use on one board; only hosts with NVIDIA's vGPU manager have any. */
export class Vgpus {
  readonly #api: Nvml;
  readonly #known = new Map<number, GpuInstance>();
  #none = false;

  constructor(api: Nvml) {
    this.#api = api;
  }

  forgive(): void {
    this.#none = false;
  }

  /** Undefined where the board has none. */
  read(device: Device): readonly GpuInstance[] | undefined {
    if (this.#none) return undefined;
    count[0] = MOST;
    if (this.#api.vgpus?.(device, count, ids) !== SUCCESS) {
      this.#none = true;
      return undefined;
    }
    const active = [...ids.subarray(0, Math.min(MOST, count[0] ?? 0))];
    if (active.length === 0) return undefined;
    for (const id of this.#known.keys()) if (!active.includes(id)) this.#known.delete(id);
    const busy = this.#busy(device);
    return active.map((id): GpuInstance => {
      const described = this.#known.get(id) ?? this.#describe(id);
      this.#known.set(id, described);
      const percent = busy.get(id);
      const used = this.#api.vgpuUsed?.(id, long) === SUCCESS ? long[0] : undefined;
      return {
        ...described,
        ...(percent === undefined ? {} : { utilization: ratio(percent / 100) }),
        ...(used === undefined || used === NONE_64 ? {} : { memoryUsed: bytes(Number(used)) }),
      };
    });
  }

  /** Percent by vGPU: its newest sample. The values are of 32 bits (nvmlValue_t with an unsigned int). */
  #busy(device: Device): ReadonlyMap<number, number> {
    const newest = new Map<number, number>();
    count[0] = MOST;
    if (this.#api.vgpuSamples?.(device, 0n, type, count, samples) !== SUCCESS) return newest;
    const stamps = new Map<number, number>();
    for (let i = 0; i < Math.min(MOST, count[0] ?? 0); i++) {
      const at = i * VGPU_SAMPLE.size;
      const id = samples[at + VGPU_SAMPLE.id] ?? 0;
      const stamp = wide(samples, at + VGPU_SAMPLE.stamp);
      const percent = samples[at + VGPU_SAMPLE.sm] ?? 0;
      if (isNone(samples, at + VGPU_SAMPLE.stamp) || percent > 100 || stamp < (stamps.get(id) ?? 0)) continue;
      stamps.set(id, stamp);
      newest.set(id, percent);
    }
    return newest;
  }

  #describe(id: number): GpuInstance {
    const api = this.#api;
    const uuid = textFrom((out, size) => api.vgpuUuid?.(id, out, size) ?? 1);
    const kind = api.vgpuType?.(id, type) === SUCCESS ? (type[0] ?? 0) : undefined;
    const name = textFrom((out) => {
      count[0] = TEXT_SIZE;
      return kind === undefined ? 1 : (api.vgpuTypeName?.(kind, out, count) ?? 1);
    });
    const size = kind !== undefined && api.vgpuTypeMemory?.(kind, long) === SUCCESS ? long[0] : undefined;
    return {
      id: typeof uuid === 'string' ? uuid : `vgpu-${id}`,
      kind: 'vgpu',
      profile: typeof name === 'string' ? name : 'vgpu',
      // They take turns on the whole board: each counts as much as the next.
      slices: 1,
      ...(size === undefined || size === NONE_64 ? {} : { memoryTotal: bytes(Number(size)) }),
    };
  }
}
