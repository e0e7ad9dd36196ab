/**
 * Layouts and numbers of NVIDIA's library on 64-bit Linux, from its public header (nvml.h of API version 13; the layouts
 * below are the same since the API versions that their names carry). Structures are laid out in typed arrays: what is
 * passed is one pointer, and nothing is converted on the way.
 */

/** Return codes (nvmlReturn_t). */
export const SUCCESS = 0;
export const NOT_SUPPORTED = 3;
export const NO_PERMISSION = 4;
export const NOT_FOUND = 6;
export const INSUFFICIENT_SIZE = 7;
export const DRIVER_NOT_LOADED = 9;
export const FUNCTION_NOT_FOUND = 13;
export const GPU_IS_LOST = 15;
export const RESET_REQUIRED = 16;
export const OPERATING_SYSTEM = 17;
export const VERSION_MISMATCH = 18;
export const GPU_NOT_FOUND = 28;
export const UNKNOWN = 999;

/** "Not available" (NVML_VALUE_NOT_AVAILABLE) in fields of 32 and 64 bits. */
export const NONE_32 = 0xffff_ffff;
export const NONE_64 = 0xffff_ffff_ffff_ffffn;

/** NVML_FI_DEV_POWER_AVERAGE: mean over 1 s, Ampere except GA100 and newer. NVML_FI_DEV_POWER_INSTANT: every board. */
export const POWER_AVERAGE = 185;
export const POWER_INSTANT = 186;
/** nvmlFieldValue_t in units of 32 bits: fieldId, scopeId, timestamp, latencyUsec, valueType, nvmlReturn, value. */
export const FIELD = { size: 10, code: 7, value: 8 } as const;

/** NVML_TEMPERATURE_GPU; NVML_CLOCK_SM and NVML_CLOCK_MEM. */
export const SENSOR_GPU = 0;
export const CLOCK_SM = 1;
export const CLOCK_MEMORY = 2;

/** nvmlMemory_t in units of 64 bits: total, free, used (what the driver keeps for itself included). */
export const MEMORY = { total: 0, used: 2 } as const;
/** nvmlMemory_v2_t in units of 64 bits: version, total, reserved, free, used (without what is reserved). */
export const MEMORY_V2 = { size: 5, version: 0, total: 1, reserved: 2, used: 4 } as const;
/** NVML_STRUCT_VERSION: size in bytes and the version from bit 24. */
export const MEMORY_V2_VERSION = BigInt((MEMORY_V2.size * 8) | (2 << 24));

/** nvmlPciInfo_t in units of 32 bits; 68 bytes. */
export const PCI = { size: 17, domain: 4, bus: 5, device: 6 } as const;

/** nvmlProcessInfo_v2_t in units of 32 bits: pid, usedGpuMemory (64 bits), gpuInstanceId, computeInstanceId. */
export const PROCESS = { size: 6, pid: 0, memory: 2 } as const;
/** nvmlProcessUtilizationSample_t in units of 32 bits: pid, timeStamp (64 bits), smUtil, memUtil, encUtil, decUtil. */
export const SAMPLE = { size: 8, pid: 0, stamp: 2, sm: 4 } as const;
/** NVML_GPU_UTILIZATION_SAMPLES; nvmlSample_t in units of 32 bits: timeStamp (64 bits), sampleValue (64 bits). */
export const GPU_UTILIZATION_SAMPLES = 1;
export const VALUE_SAMPLE = { size: 4, stamp: 0, value: 2 } as const;
/** nvmlVgpuInstanceUtilizationSample_t in units of 32 bits: vgpuInstance, timeStamp, smUtil and three more of 64 bits. */
export const VGPU_SAMPLE = { size: 12, id: 0, stamp: 2, sm: 4 } as const;
/** nvmlDeviceAttributes_t in units of 32 bits: counts of units, slices of both kinds, then MiB in 64 bits. */
export const ATTRIBUTES = { size: 10, gpuSlices: 6, computeSlices: 7, memory: 8 } as const;

/** Longest texts: NVML_DEVICE_UUID_V2_BUFFER_SIZE, NVML_DEVICE_NAME_V2_BUFFER_SIZE; versions are shorter. */
export const TEXT_SIZE = 96;

/** nvmlClocksEventReasons, lowest bit first; the words of nvidia-smi. */
const REASONS = [
  'gpu_idle',
  'applications_clocks_setting',
  'sw_power_cap',
  'hw_slowdown',
  'sync_boost',
  'sw_thermal_slowdown',
  'hw_thermal_slowdown',
  'hw_power_brake_slowdown',
  'display_clocks_setting',
  'board_limit',
  'reliability',
] as const;
/** An idle board is not held down: its clocks are low for want of work. */
const IDLE = 1;

/** Names of the reasons for which clocks are held down; a bit that is newer than this list is named by its number. */
export const throttleReasons = (bits: bigint): readonly string[] => {
  if (bits === 0n || bits === BigInt(IDLE)) return [];
  const names: string[] = [];
  for (let bit = 1; bit < 64; bit++) {
    if ((bits >> BigInt(bit)) & 1n) names.push(REASONS[bit] ?? `bit_${bit}`);
  }
  return names;
};

/** Sixty-four bits from two halves, as a number: exact up to 2^53, which no size of memory and no stamp reaches. */
export const wide = (words: Uint32Array, at: number): number =>
  (words[at + 1] ?? 0) * 0x1_0000_0000 + (words[at] ?? 0);

/** Whether both halves are all ones: not available. */
export const isNone = (words: Uint32Array, at: number): boolean =>
  words[at] === NONE_32 && words[at + 1] === NONE_32;

/** Text up to its end mark. */
export const textOf = (bytes: Uint8Array): string => {
  const end = bytes.indexOf(0);
  return Buffer.from(bytes.buffer, bytes.byteOffset, end < 0 ? bytes.length : end).toString('utf8');
};
