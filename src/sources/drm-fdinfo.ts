import { type Bytes, bytes } from '../units.ts';

/** What one engine of a GPU did for one client, cumulative. */
export interface EngineUse {
  /** Nanoseconds, or cycles where `total` is there. */
  readonly busy: number;
  /** Cycles that the engine had in all, busy or not. */
  readonly total?: number;
  /** How many such engines the GPU has. */
  readonly capacity: number;
}

/** One open file of a GPU driver. Several descriptors, in several processes, may share one client. */
export interface DrmClient {
  readonly id: string;
  /** Of the engines that do the GPU's work: copying and video are left out. */
  readonly engines: ReadonlyMap<string, EngineUse>;
  /** Device memory that it holds. */
  readonly memory?: Bytes;
}

/** Engines that run kernels and shaders: amdgpu gfx and compute, i915 render and compute, xe rcs and ccs. */
const WORKING: ReadonlySet<string> = new Set(['gfx', 'compute', 'render', 'rcs', 'ccs']);
const UNIT: Readonly<Record<string, number>> = { '': 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/**
 * Reads /proc/PID/fdinfo/FD (kernel: Documentation/gpu/drm-usage-stats.rst). Undefined where it is of no client: an
 * old driver, or a file that is no GPU's.
 */
export const parseFdinfo = (text: string): DrmClient | undefined => {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (line.startsWith('drm-') && colon > 0) values.set(line.slice(4, colon), line.slice(colon + 1).trim());
  }
  const id = values.get('client-id');
  if (id === undefined || !/^\d+$/.test(id)) return undefined;
  const engines = new Map<string, EngineUse>();
  for (const name of WORKING) {
    const capacity = countIn(values.get(`engine-capacity-${name}`)) || 1;
    const nanoseconds = countIn(values.get(`engine-${name}`), 'ns');
    const cycles = countIn(values.get(`cycles-${name}`));
    const total = countIn(values.get(`total-cycles-${name}`));
    if (nanoseconds !== undefined) engines.set(name, { busy: nanoseconds, capacity });
    else if (cycles !== undefined && total !== undefined)
      engines.set(name, { busy: cycles, total, capacity });
  }
  const memory = deviceMemory(values);
  return { id, engines, ...(memory === undefined ? {} : { memory }) };
};

const countIn = (value: string | undefined, unit = ''): number | undefined => {
  const match = /^(\d{1,20})(?: (\w+))?$/.exec(value ?? '');
  return match === null || (match[2] ?? '') !== unit ? undefined : Number(match[1]);
};

/** Memory of the board itself: `vram`, `vram0` (xe), `local0` (i915). The older key `memory-` is an alias of `resident-`. */
const deviceMemory = (values: ReadonlyMap<string, string>): Bytes | undefined => {
  for (const key of ['resident', 'memory']) {
    const sizes = [...values]
      .filter(([name]) => new RegExp(`^${key}-(vram|local)\\d*$`).test(name))
      .flatMap(([, value]) => {
        const [, count = '', unit = ''] = /^(\d{1,20})(?: (\w+))?$/.exec(value) ?? [];
        const size = Number(count) * (UNIT[unit] ?? Number.NaN);
        return count === '' || !Number.isFinite(size) ? [] : [size];
      });
    if (sizes.length > 0) return bytes(sizes.reduce((sum, size) => sum + size, 0));
  }
  return undefined;
};
