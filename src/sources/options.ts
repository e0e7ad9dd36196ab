import * as z from 'zod/mini';
import { cgroupOptions } from './cgroup-options.ts';
import { customOptions } from './custom-options.ts';
import { drmOptions } from './drm-options.ts';
import { guestOptions } from './guest-options.ts';
import { hwmonOptions } from './hwmon-options.ts';
import { ipmiOptions } from './ipmi-options.ts';
import { modelOptions } from './model-options.ts';
import { dockerOptions, podmanOptions } from './names-docker-options.ts';
import { kubeletOptions } from './names-kubelet-options.ts';
import { nvmlOptions } from './nvml-options.ts';
import { processOptions } from './process-options.ts';
import { redfishOptions } from './redfish-options.ts';

/**
 * Options of all sources, `sources` in the configuration. Each fragment stands beside its source, in a file of its own:
 * the agent that runs has no schema in its memory.
 */
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
