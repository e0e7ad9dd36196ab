import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GpuReading } from '../model/gpu.ts';
import { bytes, celsius, hertz, ratio, type Watts, watts } from '../units.ts';
import type { DrmCard } from './drm-cards.ts';
import { errnoOf } from './failure.ts';

/** What is read of a board beside its energy. */
export type GpuDetails = Pick<
  GpuReading,
  'utilization' | 'memoryUsed' | 'memoryTotal' | 'temperature' | 'clock' | 'memoryClock'
>;

/** One figure: the files that may hold it, the first that is there; its range in the file's own unit. */
interface Field {
  readonly files: readonly (readonly ['device' | 'folder' | 'monitor', string])[];
  readonly most: number;
  readonly as: (value: number) => GpuDetails;
}

/** More than any board has or reaches; beyond lie the all-ones of a firmware that does not tell. */
const MOST_BYTES = 2 ** 50;
const MOST_MILLICELSIUS = 200_000;
const MOST_HERTZ = 1e11;

const temperature = (...names: readonly string[]): Field => ({
  files: names.map((name) => ['monitor', name]),
  most: MOST_MILLICELSIUS,
  as: (value) => ({ temperature: celsius(value / 1000) }),
});
const megahertz = (...files: Field['files']): Field => ({
  files,
  most: MOST_HERTZ / 1e6,
  as: (value) => ({ clock: hertz(value * 1e6) }),
});

/**
 * Where each driver tells what (kernel: Documentation/gpu/amdgpu/thermal.rst and driver-misc.rst, and the sysfs ABI of
 * i915 and xe below Documentation/ABI). MI300 has no edge sensor: its junction is temp2. xe: temp2 is the package.
 */
const FIELDS: Readonly<Record<string, readonly Field[]>> = {
  amdgpu: [
    {
      files: [['device', 'gpu_busy_percent']],
      most: 100,
      as: (value) => ({ utilization: ratio(value / 100) }),
    },
    {
      files: [['device', 'mem_info_vram_used']],
      most: MOST_BYTES,
      as: (value) => ({ memoryUsed: bytes(value) }),
    },
    {
      files: [['device', 'mem_info_vram_total']],
      most: MOST_BYTES,
      as: (value) => ({ memoryTotal: bytes(value) }),
    },
    temperature('temp1_input', 'temp2_input'),
    { files: [['monitor', 'freq1_input']], most: MOST_HERTZ, as: (value) => ({ clock: hertz(value) }) },
    { files: [['monitor', 'freq2_input']], most: MOST_HERTZ, as: (value) => ({ memoryClock: hertz(value) }) },
  ],
  i915: [
    temperature('temp1_input'),
    megahertz(['folder', 'gt/gt0/rps_act_freq_mhz'], ['folder', 'gt_act_freq_mhz']),
  ],
  xe: [temperature('temp2_input'), megahertz(['device', 'tile0/gt0/freq0/act_freq'])],
};

const numberIn = async (file: string): Promise<number | 'missing' | 'unusable'> => {
  try {
    const text = (await readFile(file, 'latin1')).trim();
    return /^\d{1,16}$/.test(text) ? Number(text) : 'unusable';
  } catch (cause) {
    return errnoOf(cause) === 'ENOENT' ? 'missing' : 'unusable';
  }
};

const figureOf = async ({ files, most, as }: Field, card: DrmCard): Promise<GpuDetails> => {
  for (const [place, name] of files) {
    const value = await numberIn(join(card[place], name));
    if (value === 'missing') continue;
    return typeof value === 'number' && value <= most ? as(value) : {};
  }
  return {};
};

/** Reads what the driver tells, one file after the other; a figure that is not there or out of range is left out. */
export const readDetails = async (card: DrmCard): Promise<GpuDetails> => {
  let details: GpuDetails = {};
  for (const field of FIELDS[card.driver] ?? []) details = { ...details, ...(await figureOf(field, card)) };
  return details;
};

/** Limit in force: amdgpu power1_cap, i915 and xe power1_max, in microwatts. 0 means that there is none. */
export const readLimit = async ({ monitor }: DrmCard): Promise<Watts | undefined> => {
  for (const name of ['power1_cap', 'power1_max']) {
    const value = await numberIn(join(monitor, name));
    if (typeof value === 'number' && value > 0 && value < 1e11) return watts(value / 1e6);
  }
  return undefined;
};

/**
 * Whether the board is suspended: reading nearly any file of its would wake it. Neither of these two does (kernel:
 * Documentation/ABI/testing/sysfs-devices-power and sysfs-bus-pci).
 */
export const isAsleep = async ({ device }: DrmCard): Promise<boolean> => {
  const [status, state] = await Promise.all(
    ['power/runtime_status', 'power_state'].map((name) =>
      readFile(join(device, name), 'latin1').then(
        (text) => text.trim(),
        () => '',
      ),
    ),
  );
  return status === 'suspended' || /^D[123]/.test(state ?? '');
};
