import * as z from 'zod/mini';
import type { Inventory } from '../model/host.ts';
import type { Source } from '../model/source.ts';
import { cgroupOptions, cgroupSource } from './cgroup.ts';
import { cpuSource } from './cpu.ts';
import { hwmonOptions, hwmonSource } from './hwmon.ts';
import { memorySource } from './memory.ts';
import { modelOptions, modelSource } from './model.ts';
import { nvmlOptions, nvmlSource } from './nvml.ts';
import { osSource } from './os.ts';
import { processOptions, processSource } from './process.ts';
import { raplSource } from './rapl.ts';

export { type Boot, readBoot } from './boot.ts';
export { systemClock } from './clock.ts';
export { quickInventory } from './inventory.ts';
export {
  type FullInventoryOptions,
  fullInventory,
  type Hardware,
  type HardwareLibrary,
  readHardware,
} from './inventory-full.ts';
export { createSampler, type Sampler, type SamplerOptions } from './sampler.ts';

/** Options of all sources, `sources` in the configuration; each fragment belongs to the file of its source. */
export const sourcesOptions = z.object({
  cgroup: z.prefault(cgroupOptions, {}),
  process: z.prefault(processOptions, {}),
  hwmon: z.prefault(hwmonOptions, {}),
  nvml: z.prefault(nvmlOptions, {}),
  model: z.prefault(modelOptions, {}),
});
export type SourcesOptions = z.infer<typeof sourcesOptions>;

/**
 * Every source that a host may offer, in the order in which they are read. A new one is a line here.
 *
 * @param platform `process.platform`; elsewhere than on Linux the system's own CPU times drive the model.
 */
export const createSources = (
  options: SourcesOptions,
  inventory: Inventory,
  platform: string = process.platform,
): readonly Source[] =>
  platform === 'linux'
    ? [
        cpuSource(),
        memorySource(),
        raplSource(),
        hwmonSource(options.hwmon),
        nvmlSource(options.nvml, options.cgroup.hierarchy),
        modelSource(options.model, inventory),
        cgroupSource(options.cgroup),
        processSource(options.process),
      ]
    : [osSource(), modelSource(options.model, inventory)];
