import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { failedRead } from './failure.ts';

/** What /proc/cpuinfo tells of the first processor, and how many there are. */
export interface CpuInfo {
  /** `GenuineIntel`, `AuthenticAMD`, or on Arm the implementer's name, `ARM` or `Ampere`, else its hex code. */
  readonly vendor?: string;
  readonly name?: string;
  readonly family?: number;
  readonly model?: number;
  readonly stepping?: number;
  readonly sockets?: number;
  readonly cores?: number;
  readonly threads: number;
  /** The hypervisor bit is set: this is a guest (x86 only). */
  readonly guest: boolean;
}

/** Arm implementer codes: Linux arch/arm64/include/asm/cputype.h. */
const IMPLEMENTERS: Readonly<Record<string, string>> = { '0x41': 'ARM', '0xc0': 'Ampere' };

const FIRST_LINES = 256;

/** The vendor alone, from the first bytes: the whole file is long on a large host. */
export const readCpuVendor = (procfs: string): string | undefined => {
  try {
    const fd = openSync(join(procfs, 'cpuinfo'), 'r');
    try {
      const bytes = Buffer.alloc(FIRST_LINES);
      const length = readSync(fd, bytes, 0, FIRST_LINES, 0);
      return /^vendor_id\s*:\s*(\S+)/m.exec(bytes.toString('latin1', 0, length))?.[1];
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
};

const field = (block: string, key: string): string | undefined =>
  new RegExp(`^${key}\\s*:[ \\t]*(.*)$`, 'm').exec(block)?.[1]?.trim() || undefined;

const numberField = (block: string, key: string): number | undefined => {
  const text = field(block, key);
  const value = text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
};

/** Parses /proc/cpuinfo of x86 and Arm (proc_cpuinfo(5)). Fields that an architecture lacks are absent. */
export const parseCpuInfo = (text: string): CpuInfo => {
  const blocks = text.split(/\n\s*\n/).filter((block) => /^processor\s*:/m.test(block));
  const first = blocks[0] ?? text;
  const implementer = field(first, 'CPU implementer');
  const part = numberField(first, 'CPU part');
  const vendor =
    field(first, 'vendor_id') ??
    (implementer === undefined ? undefined : (IMPLEMENTERS[implementer] ?? implementer));
  const name = field(first, 'model name');
  const family = numberField(first, 'cpu family');
  const model = numberField(first, 'model') ?? part;
  const stepping = numberField(first, 'stepping');
  const packages = new Map<string, number>();
  for (const block of blocks) {
    const id = field(block, 'physical id');
    if (id !== undefined) packages.set(id, numberField(block, 'cpu cores') ?? 0);
  }
  const cores = [...packages.values()].reduce((total, count) => total + count, 0);
  return {
    ...(vendor === undefined ? {} : { vendor }),
    ...(name === undefined ? {} : { name }),
    ...(family === undefined ? {} : { family }),
    ...(model === undefined ? {} : { model }),
    ...(stepping === undefined ? {} : { stepping }),
    ...(packages.size === 0 ? {} : { sockets: packages.size }),
    ...(cores === 0 ? {} : { cores }),
    threads: blocks.length,
    guest: / hypervisor(?: |$)/.test(field(first, 'flags') ?? ''),
  };
};

/**
 * Reads the file to its end: the kernel hands out one page a call, so a single read would see 2 or 3 processors.
 * Throws SourceError where it cannot be read.
 */
export const readCpuInfo = (procfs: string): CpuInfo => {
  const file = join(procfs, 'cpuinfo');
  try {
    return parseCpuInfo(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw failedRead(file, cause);
  }
};
