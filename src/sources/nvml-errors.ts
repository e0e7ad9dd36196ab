import {
  DRIVER_NOT_LOADED,
  FUNCTION_NOT_FOUND,
  GPU_IS_LOST,
  GPU_NOT_FOUND,
  NO_PERMISSION,
  NOT_SUPPORTED,
  OPERATING_SYSTEM,
  RESET_REQUIRED,
  VERSION_MISMATCH,
} from './nvml-layout.ts';

interface Words {
  readonly why: string;
  readonly fix: string;
}

const WORDS: Readonly<Record<number, Words>> = {
  [NOT_SUPPORTED]: { why: 'not supported by this board', fix: '' },
  [NO_PERMISSION]: {
    why: 'no permission',
    fix: 'Give the agent read and write access to /dev/nvidiactl and /dev/nvidia*.',
  },
  [DRIVER_NOT_LOADED]: { why: 'the NVIDIA driver is not loaded', fix: 'Load it: modprobe nvidia.' },
  [FUNCTION_NOT_FOUND]: { why: 'the driver is too old for it', fix: 'Update the NVIDIA driver.' },
  [GPU_IS_LOST]: {
    why: 'the GPU is lost: it has fallen off the bus',
    fix: 'Look for "Xid" in dmesg; reset it (nvidia-smi --gpu-reset) or restart the host.',
  },
  [RESET_REQUIRED]: { why: 'the GPU requires a reset', fix: 'Reset it: nvidia-smi --gpu-reset.' },
  [OPERATING_SYSTEM]: {
    why: 'the operating system blocks the device',
    fix: "Allow /dev/nvidia* in the device rules of the agent's control group.",
  },
  [VERSION_MISMATCH]: {
    why: 'the library and the loaded driver are of different versions',
    fix: 'Load the new driver: unload the nvidia modules and load them again, or restart the host.',
  },
  [GPU_NOT_FOUND]: { why: 'the driver finds no GPU', fix: '' },
};

/** What a return code of the library means, and the operator's next step. */
export const nvmlError = (code: number): Words =>
  WORDS[code] ?? {
    why: `the NVIDIA driver answers with error ${code}`,
    fix: 'Look for "NVRM" and "Xid" in dmesg.',
  };

/** Whether a code means that the whole board is out of reach, not only what was asked. */
export const isLost = (code: number): boolean => code === GPU_IS_LOST || code === RESET_REQUIRED;

/** Whether a code means that asking again is of no use for the time being. */
export const isRefusal = (code: number): boolean =>
  code === NOT_SUPPORTED || code === NO_PERMISSION || code === FUNCTION_NOT_FOUND;
