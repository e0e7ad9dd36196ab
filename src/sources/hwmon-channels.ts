import { constants } from 'node:fs';
import { access, readdir, readFile, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { DomainKind, Meter } from '../model/meter.ts';
import { seconds } from '../units.ts';
import { type ChannelTraits, ceilingOf, traitsOf } from './hwmon-chips.ts';
import { printable } from './text.ts';

/** A channel that is read: its file and the meter made of it. */
export interface HwmonChannel {
  readonly file: string;
  readonly meter: Meter;
}

/** The channels of one chip; they are read one after the other. */
export interface HwmonChip {
  readonly name: string;
  readonly channels: readonly HwmonChannel[];
  /** Seconds between two reads. */
  readonly interval: number;
  /** File that says `suspended` while the device sleeps: it is not woken to be measured. */
  readonly sleepFile?: string;
}

export interface HwmonFound {
  readonly chips: readonly HwmonChip[];
  /** Files that may not be read. */
  readonly denied: readonly string[];
}

/** A domain that the operator gives to a channel. */
export interface ChannelRule {
  readonly chip: string;
  readonly channel?: string | undefined;
  readonly domain: DomainKind;
}

interface Draft {
  readonly chip: string;
  readonly device: string;
  readonly channel: string;
  readonly file: string;
  readonly label: string | undefined;
  readonly traits: ChannelTraits;
  readonly interval: number;
}

const CHANNEL = /^(energy|power)(\d+)_(input|average)$/;
/** Address of a PCI device as sysfs names it. */
const PCI_ADDRESS = /^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/;
/** Longest averaging interval that is believed; firmware may say anything. */
const LONGEST_INTERVAL = 300;

const small = async (file: string): Promise<string | undefined> => {
  try {
    const text = printable((await readFile(file, 'utf8')).trim(), 64);
    return text === '' ? undefined : text;
  } catch {
    return undefined;
  }
};

const names = async (folder: string): Promise<readonly string[]> => readdir(folder).catch(() => []);

/** The best file of each channel: a counter before an average before an instant (power reference 2.3). */
const bestFiles = (files: readonly string[]): ReadonlyMap<string, string> => {
  const rank = (file: string): number => (file.startsWith('energy') ? 0 : file.endsWith('_average') ? 1 : 2);
  const best = new Map<string, string>();
  for (const file of [...files].sort((a, b) => rank(a) - rank(b))) {
    const number = CHANNEL.exec(file)?.[2];
    if (number !== undefined && !best.has(number)) best.set(number, file);
  }
  return new Map([...best].sort(([a], [b]) => Number(a) - Number(b)));
};

/** Finds the power and energy channels of all chips below sysfs and describes each as a meter. Never throws. */
export const findChannels = async (
  sysfs: string,
  rules: readonly ChannelRule[],
  interval: number,
): Promise<HwmonFound> => {
  const top = join(sysfs, 'class', 'hwmon');
  const denied: string[] = [];
  const perChip = await Promise.all(
    (await names(top)).map((name) => chipDrafts(join(top, name), rules, interval, denied)),
  );
  const drafts = perChip.filter((list) => list.length > 0);
  const meters = describe(drafts.flat());
  const chips = drafts.map(async (list): Promise<HwmonChip> => {
    const [first] = list;
    const sleepFile = join(first?.device ?? '', 'power', 'runtime_status');
    const sleeps =
      list.some(({ traits }) => traits.domain === 'gpu' || traits.yieldsTo !== undefined) &&
      (await small(sleepFile)) !== undefined;
    return {
      name: first?.chip ?? '',
      channels: list.flatMap((draft) => {
        const meter = meters.get(draft);
        return meter === undefined ? [] : [{ file: draft.file, meter }];
      }),
      interval: Math.max(...list.map((draft) => draft.interval)),
      ...(sleeps ? { sleepFile } : {}),
    };
  });
  return { chips: await Promise.all(chips), denied };
};

/** PCI device of MI300A, the one APU without that channel (kernel: drivers/gpu/drm/amd/amdgpu/amdgpu_drv.c). */
const MI300A = '0x74a0';

/** Whether an AMD GPU is part of a processor: only those have a channel `vddnb` (amdgpu_pm.c, hwmon attributes). */
const isSocketed = async (place: string, device: string): Promise<boolean> =>
  (await small(join(place, 'in1_label'))) === 'vddnb' || (await small(join(device, 'device'))) === MI300A;

const chipDrafts = async (
  folder: string,
  rules: readonly ChannelRule[],
  interval: number,
  denied: string[],
): Promise<readonly Draft[]> => {
  const link = join(folder, 'device');
  // Old drivers, the ACPI meter among them, keep their files in the device's folder.
  const own = bestFiles(await names(folder));
  const files = own.size > 0 ? own : bestFiles(await names(link));
  const place = own.size > 0 ? folder : link;
  if (files.size === 0) return [];
  const device = await realpath(link).catch(() => folder);
  const chip = (await small(join(folder, 'name'))) ?? (await small(join(link, 'name'))) ?? basename(device);
  if ((await small(join(place, 'power1_is_battery'))) === '1') return [];
  const socketed = chip === 'amdgpu' && (await isSocketed(place, device));
  const drafts: Draft[] = [];
  for (const [number, file] of files) {
    const channel = `${file.startsWith('energy') ? 'energy' : 'power'}${number}`;
    if ((await small(join(place, `${channel}_enable`))) === '0') continue;
    const label = await small(join(place, `${channel}_label`));
    const rail = await small(join(place, `${channel}_oem_info`));
    const known = traitsOf({
      chip,
      channel,
      socketed,
      ...(label === undefined ? {} : { label }),
      ...(rail === undefined ? {} : { rail }),
    });
    const rule = rules.find(
      (each) => each.chip === chip && (each.channel === undefined || each.channel === channel),
    );
    if (known === 'skip' && rule === undefined) continue;
    const path = join(place, file);
    try {
      await access(path, constants.R_OK);
    } catch {
      denied.push(path);
      continue;
    }
    const averaged = Number((await small(join(place, `${channel}_average_interval`))) ?? 0) / 1000;
    drafts.push({
      chip,
      device,
      channel,
      file: path,
      label: rail ?? label,
      traits: rule === undefined ? (known as ChannelTraits) : { domain: rule.domain },
      interval: averaged > interval && averaged <= LONGEST_INTERVAL ? averaged : interval,
    });
  }
  return drafts;
};

/** Numbers of `hwmonX` change at each boot: the identity is device, driver and channel. Labels may repeat. */
const describe = (drafts: readonly Draft[]): ReadonlyMap<Draft, Meter> => {
  const ids = new Map<Draft, string>();
  const taken = new Set<string>();
  for (const draft of [...drafts].sort((a, b) => (a.file < b.file ? -1 : 1))) {
    const plain = `hwmon:${draft.chip}:${basename(draft.device)}:${draft.channel}`.replace(/[^\w.:@-]/g, '_');
    let id = plain;
    for (let n = 2; taken.has(id); n += 1) id = `${plain}#${n}`;
    taken.add(id);
    ids.set(draft, id);
  }
  const scope = ({ device, traits }: Draft): string => (traits.scope === 'host' ? '' : device);
  const owners = new Map(
    [...ids].flatMap(([draft, id]) =>
      draft.traits.key === undefined ? [] : [[`${scope(draft)} ${draft.traits.key}`, id]],
    ),
  );
  return new Map(
    [...ids].map(([draft, id]): [Draft, Meter] => {
      const { domain, inside, socket, yieldsTo } = draft.traits;
      const within = inside === undefined ? undefined : owners.get(`${scope(draft)} ${inside}`);
      const energy = draft.channel.startsWith('energy');
      const device = basename(draft.device);
      const meter: Meter = {
        id,
        source: 'hwmon',
        domain,
        label: draft.label === undefined ? draft.chip : `${draft.chip} ${draft.label}`,
        // Drivers add energy up in 64 bits: a decrease is a reset, not a wrap.
        reads: energy ? { as: 'energy' } : { as: 'power' },
        quality: energy ? 'measured' : 'derived',
        ceiling: ceilingOf(domain),
        interval: seconds(draft.interval),
        ...(socket === undefined ? {} : { socket }),
        ...(within === undefined ? {} : { within }),
        ...(yieldsTo === undefined ? {} : { yieldsTo }),
        ...(PCI_ADDRESS.test(device) ? { device } : {}),
      };
      return [draft, meter];
    }),
  );
};
