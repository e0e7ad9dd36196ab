import * as z from 'zod/mini';
import type { Inventory } from '../model/host.ts';
import type { Source } from '../model/source.ts';
import { cgroupOptions, cgroupSource } from './cgroup.ts';
import { cpuSource } from './cpu.ts';
import { craySource } from './cray.ts';
import { customOptions, customSource } from './custom.ts';
import { drmOptions, drmSource } from './drm.ts';
import { createFacts } from './facts.ts';
import { guestOptions, guestSource } from './guest.ts';
import { hwmonLanes, hwmonOptions, hwmonSource } from './hwmon.ts';
import { ipmiOptions, ipmiSource } from './ipmi.ts';
import { memorySource } from './memory.ts';
import { modelOptions, modelSource } from './model.ts';
import { dockerOptions, dockerSource, podmanOptions, podmanSource } from './names-docker.ts';
import { kubeletOptions, kubeletSource } from './names-kubelet.ts';
import { libvirtSource } from './names-libvirt.ts';
import { ociSource } from './names-oci.ts';
import { slurmSource } from './names-slurm.ts';
import { nvmlOptions, nvmlSource } from './nvml.ts';
import { osSource } from './os.ts';
import { processOptions, processSource } from './process.ts';
import { raplSource } from './rapl.ts';
import { redfishOptions, redfishSource } from './redfish.ts';

export { type Boot, readBoot } from './boot.ts';
export { systemClock } from './clock.ts';
export { CURVE_FORMAT, type CurveFile, readCurveFile } from './curve-file.ts';
export { mayWriteCurve, writeCurve } from './curve-write.ts';
export { embodiedTables, readServerSheets } from './embodied-tables.ts';
export { exitNow } from './exit-now.ts';
export { quickInventory } from './inventory.ts';
export {
  type FullInventoryOptions,
  fullInventory,
  type Hardware,
  type HardwareLibrary,
  readHardware,
} from './inventory-full.ts';
export { curveFor } from './model.ts';
export { createSampler, type Sampler, type SamplerOptions } from './sampler.ts';

/** Options of all sources, `sources` in the configuration; each fragment belongs to the file of its source. */
export const sourcesOptions = z.object({
  cgroup: z.prefault(cgroupOptions, {}),
  process: z.prefault(processOptions, {}),
  hwmon: z.prefault(hwmonOptions, {}),
  nvml: z.prefault(nvmlOptions, {}),
  drm: z.prefault(drmOptions, {}),
  custom: z.prefault(customOptions, {}),
  guest: z.prefault(guestOptions, {}),
  ipmi: z.prefault(ipmiOptions, {}),
  redfish: z.prefault(redfishOptions, {}),
  docker: z.prefault(dockerOptions, {}),
  podman: z.prefault(podmanOptions, {}),
  kubelet: z.prefault(kubeletOptions, {}),
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
): readonly Source[] => {
  // A GPU is read by two sources: it may hold one thread, not two.
  const lanes = hwmonLanes();
  const facts = createFacts();
  return platform === 'linux'
    ? [
        cpuSource(),
        memorySource(),
        raplSource(),
        craySource(),
        hwmonSource(options.hwmon, lanes),
        drmSource(options.drm, { ...options.hwmon, hierarchy: options.cgroup.hierarchy }, lanes),
        nvmlSource(options.nvml, options.cgroup.hierarchy),
        ipmiSource(options.ipmi),
        redfishSource(options.redfish),
        customSource(options.custom),
        guestSource(options.guest),
        modelSource(options.model, inventory),
        cgroupSource(options.cgroup),
        // After the groups, whose owners they name; of two that tell of one workload the later wins.
        ociSource(facts.desk()),
        podmanSource(options.podman, facts.desk()),
        dockerSource(options.docker, facts.desk()),
        kubeletSource(options.kubelet, facts.desk()),
        slurmSource(options.cgroup.hierarchy, facts.desk()),
        libvirtSource(facts.desk()),
        processSource(options.process),
      ]
    : [osSource(), modelSource(options.model, inventory)];
};
