import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Disks } from '../model/host.ts';
import { readSmall } from './reader.ts';

/** Names of whole block devices that are hardware: SCSI and SATA, NVMe namespaces, virtio, Xen (devices.txt, nvme(4)). */
const DISK = /^(sd[a-z]+|nvme\d+n1|vd[a-z]+|xvd[a-z]+|hd[a-z])$/;
/** More than any chassis holds; a longer list is not read to its end. */
const MOST = 1024;

const flag = (file: string): string | undefined => {
  try {
    return readSmall(file).trim();
  } catch {
    return undefined;
  }
};

/**
 * Disks of the host by kind, from /sys/block: whether one rotates is what the kernel says (`queue/rotational`).
 * Removable ones are left out, and further namespaces of an NVMe disk. Undefined where there is no list; never throws.
 */
export const readDisks = (sysfs: string): Disks | undefined => {
  const folder = join(sysfs, 'block');
  let names: readonly string[];
  try {
    names = readdirSync(folder).filter((name) => DISK.test(name));
  } catch {
    return undefined;
  }
  const disks = { rotating: 0, solid: 0 };
  for (const name of names.slice(0, MOST)) {
    const disk = join(folder, name);
    // Without a device it is one that the kernel makes up.
    if (!existsSync(join(disk, 'device')) || flag(join(disk, 'removable')) === '1') continue;
    const rotational = flag(join(disk, 'queue', 'rotational'));
    if (rotational === '1') disks.rotating += 1;
    else if (rotational === '0') disks.solid += 1;
  }
  return disks;
};
