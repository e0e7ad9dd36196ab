import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Inventory } from '../model/host.ts';
import type { HostPaths } from '../model/source.ts';
import { bytes } from '../units.ts';
import { type CpuInfo, readCpuInfo } from './cpuinfo.ts';
import { readDisks } from './disks.ts';
import { readSmall } from './reader.ts';
import { printable } from './text.ts';

/** DMI strings by which hypervisors introduce themselves (systemd-detect-virt(1) looks at the same ones). */
const HYPERVISORS: readonly (readonly [RegExp, string])[] = [
  [/VMware/i, 'vmware'],
  [/Xen|HVM domU/i, 'xen'],
  [/Virtual Machine/i, 'hyper-v'],
  [/Google Compute Engine/i, 'google'],
  [/Amazon EC2(?!.*\.metal)/i, 'amazon'],
  [/VirtualBox/i, 'virtualbox'],
  [/QEMU|KVM|RHEV|oVirt|OpenStack/i, 'kvm'],
];

const PLACEHOLDERS =
  /^(to be filled by o\.?e\.?m\.?|default string|not specified|system product name|none|n\/a)?$/i;

const text = (file: string): string | undefined => {
  try {
    const content = printable(readSmall(file).trim(), 128);
    return PLACEHOLDERS.test(content) ? undefined : content;
  } catch {
    return undefined;
  }
};

const firmwareName = (sysfs: string): string | undefined => {
  const dmi = join(sysfs, 'class', 'dmi', 'id');
  const parts = [text(join(dmi, 'sys_vendor')), text(join(dmi, 'product_name'))].filter(
    (part) => part !== undefined,
  );
  return parts.length === 0 ? text(join(sysfs, 'firmware', 'devicetree', 'base', 'model')) : parts.join(' ');
};

/** Name of the hypervisor that this host runs under; undefined on bare metal as far as can be told. */
const hypervisorOf = (paths: HostPaths, guest: boolean, product: string | undefined): string | undefined => {
  // Xen's control domain has the flag too, yet owns the machine.
  if (text(join(paths.procfs, 'xen', 'capabilities'))?.includes('control_d')) return undefined;
  const stated = HYPERVISORS.find(([pattern]) => pattern.test(product ?? ''))?.[1];
  if (stated !== undefined) return stated;
  if (existsSync(join(paths.sysfs, 'hypervisor', 'type')))
    return text(join(paths.sysfs, 'hypervisor', 'type')) ?? 'unknown';
  return guest ? 'unknown' : undefined;
};

const memoryOf = (procfs: string): Pick<Inventory, 'memory'> => {
  try {
    const kib = /^MemTotal:\s+(\d+) kB/m.exec(readSmall(join(procfs, 'meminfo')))?.[1];
    return kib === undefined ? {} : { memory: bytes(Number(kib) * 1024) };
  } catch {
    return {};
  }
};

const cpuInfoOf = (procfs: string): CpuInfo | undefined => {
  try {
    return readCpuInfo(procfs);
  } catch {
    return undefined;
  }
};

/**
 * What the host's own files tell at once: processor, memory, maker, hypervisor. Synchronous, some milliseconds at
 * most; never throws, a field that no file tells is absent.
 */
export const quickInventory = (paths: HostPaths): Inventory => {
  const cpu = cpuInfoOf(paths.procfs);
  const product = firmwareName(paths.sysfs);
  const disks = readDisks(paths.sysfs);
  const hypervisor = hypervisorOf(paths, cpu?.guest ?? false, product);
  return {
    hostName: text(join(paths.procfs, 'sys', 'kernel', 'hostname')) ?? hostname(),
    ...(cpu?.name === undefined ? {} : { cpuModel: cpu.name }),
    ...(cpu?.vendor === undefined ? {} : { cpuVendor: cpu.vendor }),
    ...(cpu?.family === undefined ? {} : { cpuFamily: cpu.family }),
    ...(cpu?.model === undefined ? {} : { cpuModelNumber: cpu.model }),
    ...(cpu?.stepping === undefined ? {} : { cpuStepping: cpu.stepping }),
    ...(cpu?.sockets === undefined ? {} : { sockets: cpu.sockets }),
    ...(cpu?.cores === undefined ? {} : { cores: cpu.cores }),
    ...(cpu === undefined || cpu.threads === 0 ? {} : { threads: cpu.threads }),
    ...memoryOf(paths.procfs),
    ...(disks === undefined ? {} : { disks }),
    ...(product === undefined ? {} : { product }),
    ...(hypervisor === undefined ? {} : { hypervisor }),
  };
};
