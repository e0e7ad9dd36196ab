import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { absent, type Found, found } from '../model/found.ts';

const NAME = 'libnvidia-ml.so.1';

/** Names of the multiarch folder of Debian and its kin, by Node's name of the processor. */
const MULTIARCH: Readonly<Record<string, string>> = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };

/**
 * Where drivers put their libraries: multiarch, lib64 before lib (which may hold 32-bit ones), containers of the NVIDIA
 * device plugin and of Container-Optimized OS, the driver container of the GPU operator, NixOS, WSL 2.
 */
const FOLDERS = (multiarch: string): readonly string[] => [
  `usr/lib/${multiarch}`,
  `usr/lib/${multiarch}/nvidia/current`,
  'usr/lib64',
  'usr/lib',
  `lib/${multiarch}`,
  'lib64',
  'usr/local/nvidia/lib64',
  'home/kubernetes/bin/nvidia/lib64',
  `run/nvidia/driver/usr/lib/${multiarch}`,
  'run/nvidia/driver/usr/lib64',
  'run/opengl-driver/lib',
  'usr/lib/wsl/lib',
];

/** Path of the driver's library: the one that the operator names, else the first of the usual places below the root. */
export const findNvml = (rootfs: string, named?: string): Found<string> => {
  if (named !== undefined) {
    return existsSync(named)
      ? found(named)
      : absent(
          `no NVIDIA driver library at ${named}, which sources.nvml.library names`,
          'Correct sources.nvml.library.',
        );
  }
  const folders = FOLDERS(MULTIARCH[process.arch] ?? `${process.arch}-linux-gnu`);
  const path = folders.map((folder) => join(rootfs, folder, NAME)).find((file) => existsSync(file));
  if (path !== undefined) return found(path);
  return absent(
    `no NVIDIA driver library ${NAME} in the usual places below ${rootfs}`,
    'If there is an NVIDIA GPU, load the driver or name its library with sources.nvml.library.',
  );
};
