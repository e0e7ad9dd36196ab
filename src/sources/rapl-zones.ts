import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DomainKind, Meter } from '../model/meter.ts';
import type { HostPaths } from '../model/source.ts';
import { fromMicrojoules, fromMicrowatts, scale, seconds, type Watts, watts } from '../units.ts';
import { readCpuVendor } from './cpuinfo.ts';
import { readSmall } from './reader.ts';
import { IDLE_OF_TDP } from './tdp-curve.ts';
import { printable } from './text.ts';

/** A powercap zone that counts energy, with the meter made of it. */
export interface RaplZone {
  /** Name of its directory, `intel-rapl:0:1`. */
  readonly directory: string;
  readonly path: string;
  readonly meter: Meter;
}

export interface RaplZones {
  readonly zones: readonly RaplZone[];
  /** What was left out or not understood, one remark each. */
  readonly notes: readonly string[];
}

/** Suffixes are hexadecimal and say nothing about the socket (power reference 2.1). */
const ZONE = /^intel-rapl(?:-mmio)?(?::[0-9a-f]+)+$/i;
const TYPES = ['intel-rapl', 'intel-rapl-mmio'] as const;

/** Plausibility limits of power reference 1.1; never taken from constraint files, some of which are absurd. */
const CEILINGS: Partial<Record<DomainKind, Watts>> = {
  package: watts(1000),
  core: watts(1000),
  uncore: watts(1000),
  dram: watts(300),
};
const WIDEST = watts(20_000);

/** What a data sheet can state for a server package. */
const PLAUSIBLE_TDP = { least: watts(10), most: watts(1000) } as const;

/** Text of an attribute, or undefined where there is none or it may not be read: none of these is needed. */
const attribute = (folder: string, file: string): string | undefined => {
  try {
    const text = readSmall(join(folder, file)).trim();
    return text === '' ? undefined : text;
  } catch {
    return undefined;
  }
};

const microAttribute = (folder: string, file: string): bigint | undefined => {
  const text = attribute(folder, file);
  return text !== undefined && /^\d{1,20}$/.test(text) ? BigInt(text) : undefined;
};

const listing = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

/** Directory names of all zones with their paths; flat siblings and nested ones, each once. Links are not walked. */
export const listZones = (sysfs: string): ReadonlyMap<string, string> => {
  const top = join(sysfs, 'class', 'powercap');
  const zones = new Map<string, string>();
  const add = (folder: string): void => {
    for (const name of listing(folder)) {
      if (!ZONE.test(name) || zones.has(name)) continue;
      zones.set(name, join(folder, name));
      add(join(folder, name));
    }
  };
  for (const folder of [top, ...TYPES.map((type) => join(top, type))]) add(folder);
  // Registers of the processor before their MMIO repetition: the first of a name is the one that counts.
  const rank = (name: string): string => `${name.startsWith('intel-rapl-mmio') ? 1 : 0}${name}`;
  return new Map([...zones].sort(([a], [b]) => (rank(a) < rank(b) ? -1 : 1)));
};

const tdpOf = (folder: string): Watts | undefined => {
  const candidates = [microAttribute(folder, 'constraint_0_max_power_uw')];
  if (attribute(folder, 'constraint_0_name') === 'long_term') {
    candidates.push(microAttribute(folder, 'constraint_0_power_limit_uw'));
  }
  return candidates
    .flatMap((value) => (value === undefined ? [] : [fromMicrowatts(value)]))
    .find((power) => power >= PLAUSIBLE_TDP.least && power <= PLAUSIBLE_TDP.most);
};

interface Identity {
  readonly id: string;
  readonly domain: DomainKind;
  readonly label: string;
  readonly socket?: number;
  readonly within?: string;
}

const PACKAGE = /^package-(\d+)(?:-die-(\d+))?$/;

const identify = (name: string, directory: string, parent: string | undefined, amd: boolean): Identity => {
  const own = PACKAGE.exec(name);
  if (own !== null) {
    const die = own[2] === undefined ? '' : `, die ${own[2]}`;
    return { id: name, domain: 'package', label: `package ${own[1]}${die}`, socket: Number(own[1]) };
  }
  if (name === 'psys') return { id: 'psys', domain: 'psys', label: 'platform as the processor sees it' };
  const owner = parent === undefined ? null : PACKAGE.exec(parent);
  if (parent !== undefined && owner !== null && (name === 'core' || name === 'uncore' || name === 'dram')) {
    const suffix = parent.slice('package-'.length);
    const note = amd && name === 'core' ? ' (one core only on AMD)' : '';
    return {
      id: `${name}-${suffix}`,
      domain: name,
      label: `${name} of ${parent}${note}`,
      socket: Number(owner[1]),
      // DRAM of a server is counted beside its package, not inside it.
      ...(name === 'dram' ? {} : { within: parent }),
    };
  }
  return {
    id: `${printable(name, 40).replace(/[^\w.-]/g, '_')}@${directory}`,
    domain: 'unknown',
    label: printable(name, 40),
  };
};

/**
 * Finds the zones of RAPL below sysfs and describes each as a meter (kernel: Documentation/power/powercap).
 *
 * Intel and AMD share the tree. An MMIO zone that repeats an MSR zone is the same silicon and no meter.
 */
export const findZones = (paths: HostPaths): RaplZones => {
  const folders = listZones(paths.sysfs);
  const names = new Map([...folders].map(([directory, path]) => [directory, attribute(path, 'name')]));
  const amd = readCpuVendor(paths.procfs) === 'AuthenticAMD';
  const zones = new Map<string, RaplZone>();
  const notes: string[] = [];
  for (const [directory, path] of folders) {
    const name = names.get(directory);
    if (name === undefined) {
      notes.push(`${directory} has no name`);
      continue;
    }
    const parent = names.get(directory.slice(0, directory.lastIndexOf(':')));
    let identity = identify(name, directory, parent, amd);
    const taken = zones.get(identity.id);
    if (taken !== undefined && directory.startsWith('intel-rapl-mmio')) {
      notes.push(`${directory} repeats ${identity.id} of ${taken.directory}: not counted`);
      continue;
    }
    if (taken !== undefined) {
      notes.push(`${directory} has the name of ${taken.directory}: shown, not counted`);
      identity = { ...identity, id: `${identity.id}@${directory}`, domain: 'unknown' };
    }
    if (identity.domain === 'unknown' && taken === undefined)
      notes.push(`${directory} has the unknown name ${identity.label}`);
    zones.set(identity.id, { directory, path, meter: describe(identity, path) });
  }
  return { zones: [...zones.values()], notes };
};

const describe = (identity: Identity, path: string): Meter => {
  const range = microAttribute(path, 'max_energy_range_uj');
  const tdp = identity.domain === 'package' ? tdpOf(path) : undefined;
  return {
    ...identity,
    source: 'rapl',
    reads: {
      as: 'energy',
      ...(range === undefined || range === 0n ? {} : { range: fromMicrojoules(range) }),
    },
    quality: 'measured',
    ceiling: CEILINGS[identity.domain] ?? WIDEST,
    interval: seconds(0),
    ...(tdp === undefined
      ? {}
      : {
          floor: {
            power: scale(tdp, IDLE_OF_TDP),
            origin: `tdp-curve: ${IDLE_OF_TDP} of ${tdp} W (Teads, 2021)`,
          },
        }),
  };
};
