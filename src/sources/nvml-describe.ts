import type { Meter } from '../model/meter.ts';
import { seconds, watts } from '../units.ts';
import { isLost, nvmlError } from './nvml-errors.ts';
import { NONE_32, PCI, POWER_AVERAGE, POWER_INSTANT, SUCCESS, TEXT_SIZE, textOf } from './nvml-layout.ts';
import type { Device, Nvml } from './nvml-library.ts';
import type { NvmlBoard, NvmlFailure } from './nvml-message.ts';
import { PowerFields } from './nvml-power.ts';
import { printable } from './text.ts';

/** Plausibility limit of a board (power reference 1.1). */
const CEILING = watts(2000);
/** Boards that are one part with their processor: where a module rail is metered it counts them (power reference 2.5). */
const IN_MODULE = /\bG[BH]\d{3}\b/;

const bytes = new Uint8Array(TEXT_SIZE);
const words = new Uint32Array(PCI.size);
const long = new BigUint64Array(1);

/** A text of the library, or the code of its refusal. */
export const textFrom = (ask: (out: Uint8Array, size: number) => number): string | number => {
  bytes.fill(0);
  const code = ask(bytes, TEXT_SIZE);
  return code === SUCCESS ? printable(textOf(bytes), TEXT_SIZE) : code;
};

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/** Address as sysfs writes it; GPUs are function 0. */
const pciAddress = (api: Nvml, device: Device): string | undefined => {
  if (api.pci === undefined || api.pci(device, words) !== SUCCESS) return undefined;
  const [domain = 0, bus = 0, slot = 0] = words.subarray(PCI.domain);
  return `${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.0`;
};

const powerLimit = (api: Nvml, device: Device): number | undefined => {
  if (api.powerLimit === undefined || api.powerLimit(device, words) !== SUCCESS) return undefined;
  const [milliwatts = NONE_32] = words;
  return milliwatts === NONE_32 ? undefined : milliwatts / 1000;
};

/** How the board's energy is known: its own counter, else a mean of its power, else its power; undefined: not at all. */
export type EnergyOf = 'counter' | typeof POWER_AVERAGE | 'usage' | typeof POWER_INSTANT;

const energyOf = (api: Nvml, device: Device): EnergyOf | undefined => {
  if (api.energy?.(device, long) === SUCCESS) return 'counter';
  const fields = new PowerFields(api);
  fields.read(device);
  if (fields.average !== undefined) return POWER_AVERAGE;
  if (api.power?.(device, words) === SUCCESS) return 'usage';
  return fields.instant === undefined ? undefined : POWER_INSTANT;
};

export interface Described extends NvmlBoard {
  readonly device: Device;
  readonly index: number;
  readonly energy: EnergyOf;
}

/** Describes one board and the meter of its energy; a failure where it has neither identity nor energy. */
export const describeBoard = (
  api: Nvml,
  device: Device,
  index: number,
  driver: string | undefined,
  interval: number,
): Described | NvmlFailure => {
  const uuid = textFrom((out, size) => api.uuid?.(device, out, size) ?? 1);
  if (typeof uuid === 'number') return failure(`GPU ${index}`, uuid, `GPU ${index}`);
  const name = textFrom((out, size) => api.name?.(device, out, size) ?? 1);
  const model = typeof name === 'string' ? name : 'NVIDIA GPU';
  const code = api.power?.(device, words) ?? SUCCESS;
  if (isLost(code)) return failure(`GPU ${index} (${uuid})`, code, uuid);
  const energy = energyOf(api, device);
  if (energy === undefined) {
    return {
      board: `GPU ${index} (${uuid})`,
      why: `${model} tells neither energy nor power`,
      fix: 'In a guest the host meters it; such a board has no sensor.',
    };
  }
  const address = pciAddress(api, device);
  const limit = powerLimit(api, device);
  const meter: Meter = {
    id: uuid,
    source: 'nvml',
    domain: 'gpu',
    label: model,
    // Counted since the driver was loaded, in 64 bits: a decrease is a reset, never a wrap.
    reads: energy === 'counter' ? { as: 'energy' } : { as: 'power' },
    quality: energy === 'counter' ? 'measured' : 'derived',
    ceiling: CEILING,
    interval: seconds(interval),
    ...(address === undefined ? {} : { device: address }),
    ...(IN_MODULE.test(model) ? { yieldsTo: ['module'] as const } : {}),
  };
  return {
    device,
    index,
    energy,
    meter,
    board: {
      meter: uuid,
      vendor: 'nvidia',
      model,
      ...(driver === undefined ? {} : { driver }),
      ...(address === undefined ? {} : { pciAddress: address }),
      ...(limit === undefined ? {} : { powerLimit: watts(limit) }),
    },
  };
};

/** What a code of the library means for a board. @param key its meter's id; its name where that is not known. */
export const failure = (board: string, code: number, key: string): NvmlFailure => ({
  board,
  ...nvmlError(code),
  ...(isLost(code) ? { lost: key } : {}),
});
