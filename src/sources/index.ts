import type { Inventory } from '../model/host.ts';
import type { Source } from '../model/source.ts';
import { cgroupSource } from './cgroup.ts';
import { cpuSource } from './cpu.ts';
import { craySource } from './cray.ts';
import { customSource } from './custom.ts';
import { drmSource } from './drm.ts';
import { createFacts } from './facts.ts';
import { guestSource } from './guest.ts';
import { hwmonLanes, hwmonSource } from './hwmon.ts';
import { ipmiSource } from './ipmi.ts';
import { memorySource } from './memory.ts';
import { modelSource } from './model.ts';
import { dockerSource, podmanSource } from './names-docker.ts';
import { kubeletSource } from './names-kubelet.ts';
import { libvirtSource } from './names-libvirt.ts';
import { ociSource } from './names-oci.ts';
import { slurmSource } from './names-slurm.ts';
import { nvmlSource } from './nvml.ts';
import type { SourcesOptions } from './options.ts';
import { osSource } from './os.ts';
import { processSource } from './process.ts';
import { raplSource } from './rapl.ts';
import { redfishSource } from './redfish.ts';

export { type Boot, readBoot } from './boot.ts';
export { systemClock } from './clock.ts';
export type { CurveFile } from './curve-file.ts';
export { CURVE_FORMAT } from './curve-format.ts';
export { mayWriteCurve, writeCurve } from './curve-write.ts';
export { embodiedTables } from './embodied-tables.ts';
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
