import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { GpuBoard } from '../model/gpu.ts';
import type { HwmonFound } from './hwmon-channels.ts';
import { printable } from './text.ts';

/** A GPU of which details can be read. */
export interface DrmCard {
  readonly board: GpuBoard;
  readonly driver: string;
  /** Folder of the device, `/sys/devices/.../0000:03:00.0`. */
  readonly device: string;
  /** Folder of `cardN`. */
  readonly folder: string;
  /** Folder of its hardware monitor. */
  readonly monitor: string;
  /** What it waits for the kernel as: the same as its hardware monitor, so that a dead board holds one thread. */
  readonly lane: string;
  /** Names below /dev/dri that lead to it: `card0`, `renderD128`. */
  readonly nodes: readonly string[];
}

export interface CardsFound {
  readonly cards: readonly DrmCard[];
  /** Boards that are left out, one remark each. */
  readonly notes: readonly string[];
}

/** PCI ids of the makers (pci.ids). */
const VENDORS: Readonly<Record<string, { readonly vendor: 'amd' | 'intel'; readonly title: string }>> = {
  '0x1002': { vendor: 'amd', title: 'AMD' },
  '0x8086': { vendor: 'intel', title: 'Intel' },
};
const NODE = /^(card|renderD)\d+$/;

const small = async (file: string): Promise<string | undefined> => {
  try {
    const text = printable((await readFile(file, 'utf8')).trim(), 128);
    return text === '' ? undefined : text;
  } catch {
    return undefined;
  }
};

/** Nodes of /sys/class/drm by the folder of their device. */
const nodesByDevice = async (folder: string): Promise<ReadonlyMap<string, readonly string[]>> => {
  const nodes = new Map<string, string[]>();
  for (const name of (await readdir(folder).catch(() => [])).filter((one) => NODE.test(one)).sort()) {
    const device = await realpath(join(folder, name, 'device')).catch(() => undefined);
    if (device !== undefined) nodes.set(device, [...(nodes.get(device) ?? []), name]);
  }
  return nodes;
};

/**
 * Finds the AMD and Intel boards whose energy a hardware monitor reads: a board takes the id of that meter. Nothing is
 * read that wakes a board. Never rejects.
 */
export const findCards = async (sysfs: string, { chips }: HwmonFound): Promise<CardsFound> => {
  const folder = join(sysfs, 'class', 'drm');
  const notes: string[] = [];
  const cards: DrmCard[] = [];
  const monitors = await Promise.all(
    chips.map(async (chip) => {
      const file = chip.channels[0]?.file ?? '';
      return { chip, folder: dirname(file), real: await realpath(dirname(file)).catch(() => '') };
    }),
  );
  for (const [device, nodes] of await nodesByDevice(folder)) {
    const maker = VENDORS[(await small(join(device, 'vendor'))) ?? ''];
    if (maker === undefined) continue;
    const monitor = monitors.find(({ real }) => real.startsWith(`${device}/`));
    const channel = monitor?.chip.channels.find(
      ({ meter }) => (meter.domain === 'gpu' || meter.domain === 'module') && meter.within === undefined,
    );
    if (monitor === undefined || channel === undefined) {
      notes.push(`${nodes[0]} (${basename(device)}) has no meter of its energy`);
      continue;
    }
    const driver = basename(await readlink(join(device, 'driver')).catch(() => ''));
    cards.push({
      board: {
        meter: channel.meter.id,
        vendor: maker.vendor,
        model: (await small(join(device, 'product_name'))) ?? `${maker.title} GPU ${await idsOf(device)}`,
        pciAddress: basename(device),
        ...(await versionOf(sysfs, driver)),
      },
      driver,
      device,
      folder: join(folder, nodes.find((name) => name.startsWith('card')) ?? nodes[0] ?? ''),
      monitor: monitor.folder,
      lane: monitor.chip.channels[0]?.file ?? device,
      nodes,
    });
  }
  return { cards, notes };
};

const idsOf = async (device: string): Promise<string> => {
  const ids = await Promise.all(['vendor', 'device'].map((name) => small(join(device, name))));
  return ids.map((id) => (id ?? '?').replace(/^0x/, '')).join(':');
};

/** Drivers of the kernel itself have no version of their own. */
const versionOf = async (sysfs: string, driver: string): Promise<{ readonly driver?: string }> => {
  const version = driver === '' ? undefined : await small(join(sysfs, 'module', driver, 'version'));
  return version === undefined ? {} : { driver: version };
};
