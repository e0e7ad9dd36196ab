import type { Systeminformation } from 'systeminformation';
import { absent, type Found, found } from '../model/found.ts';
import type { Inventory } from '../model/host.ts';
import type { HostPaths } from '../model/source.ts';
import { bytes } from '../units.ts';
import { printable } from './text.ts';

/** The part of systeminformation that is used: calls that are safe on large hosts, for what no file tells. */
export interface HardwareLibrary {
  cpu(): Promise<Systeminformation.CpuData>;
  system(): Promise<Systeminformation.SystemData>;
  osInfo(): Promise<Systeminformation.OsData>;
  mem(): Promise<Systeminformation.MemData>;
}

/** All its answers, as plain data. */
export type Hardware = { readonly [K in keyof HardwareLibrary]: Awaited<ReturnType<HardwareLibrary[K]>> };

export interface FullInventoryOptions {
  /** Milliseconds after which the quick inventory stands as it is. */
  readonly timeout: number;
  /** How the library is loaded; a test passes its own. */
  readonly load?: () => Promise<HardwareLibrary>;
}

const loadLibrary = async (): Promise<HardwareLibrary> => {
  const { default: library } = await import('systeminformation');
  return library;
};

const named = (...parts: readonly string[]): string | undefined => {
  const text = printable(
    parts
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .join(' '),
    128,
  );
  return text === '' || text === '-' ? undefined : text;
};

const positive = (value: number): number | undefined =>
  Number.isFinite(value) && value > 0 ? value : undefined;

/**
 * Fills what files did not tell from systeminformation: once, after the start, never in the loop. The library starts
 * some forty programs (cpu 7, system 14, osInfo 17), so it is loaded late and under a time-out. It looks at the host
 * that this process runs on: with other roots than `/proc` and `/sys` it is not asked.
 *
 * Never throws. Not found: the quick inventory stands, with the reason.
 */
export const fullInventory = async (
  paths: HostPaths,
  quick: Inventory,
  { timeout, load = loadLibrary }: FullInventoryOptions,
): Promise<Found<Inventory>> => {
  if (process.platform === 'linux' && (paths.procfs !== '/proc' || paths.sysfs !== '/sys')) {
    return absent(
      `hardware details are not asked for: ${paths.procfs} and ${paths.sysfs} are not of this process's host`,
    );
  }
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Found<Inventory>>((resolve) => {
    timer = setTimeout(
      () => resolve(absent(`systeminformation gave no answer within ${timeout} ms`)),
      timeout,
    );
    timer.unref();
  });
  try {
    return await Promise.race([enrich(quick, load), late]);
  } catch (cause) {
    return absent(`systeminformation failed: ${printable(String(cause), 200)}`);
  } finally {
    clearTimeout(timer);
  }
};

/** Asks the library everything that is used of it, once. Rejects where it fails. */
export const readHardware = async (load = loadLibrary): Promise<Hardware> => {
  const library = await load();
  const [cpu, system, osInfo, mem] = await Promise.all([
    library.cpu(),
    library.system(),
    library.osInfo(),
    library.mem(),
  ]);
  return { cpu, system, osInfo, mem };
};

const enrich = async (quick: Inventory, load: () => Promise<HardwareLibrary>): Promise<Found<Inventory>> => {
  const { cpu, system: machine, osInfo: os, mem: memory } = await readHardware(load);
  const fallback: { [K in keyof Inventory]?: Inventory[K] | undefined } = {
    cpuModel: named(cpu.manufacturer, cpu.brand),
    cpuVendor: named(cpu.vendor),
    sockets: positive(cpu.processors),
    cores: positive(cpu.physicalCores),
    threads: positive(cpu.cores),
    memory: positive(memory.total) === undefined ? undefined : bytes(memory.total),
    // Inside a container the library calls the machine so; it is not the host's maker.
    product: /^Docker/.test(machine.model) ? undefined : named(machine.manufacturer, machine.model),
    system: named(os.distro, os.release),
    hypervisor: machine.virtual ? (named(machine.virtualHost ?? '')?.toLowerCase() ?? 'unknown') : undefined,
  };
  const known = Object.entries(fallback).filter(([, value]) => value !== undefined);
  // What a file told stays: the library guesses some fields from program output.
  const filled: Inventory = { ...Object.fromEntries(known), ...quick };
  const better = quick.hypervisor === 'unknown' && fallback.hypervisor !== undefined;
  return found(
    better && fallback.hypervisor !== undefined ? { ...filled, hypervisor: fallback.hypervisor } : filled,
  );
};
