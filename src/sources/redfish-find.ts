import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { absent, type Found, found } from '../model/found.ts';
import type { RedfishClient } from './redfish-client.ts';
import { at, idOf, linkAt, listAt, textAt } from './redfish-json.ts';
import { printable } from './text.ts';

/** This host as its BMC knows it. */
export interface RedfishHost {
  /** Link of the System. */
  readonly system: string;
  readonly chassis: string;
  /** Whether the chassis holds other systems too: then its supplies are not this host's alone. */
  readonly shared: boolean;
  /** Where its power is told; each of them may be missing. */
  readonly environment: string | undefined;
  readonly supplies: string | undefined;
  readonly power: string | undefined;
}

export interface Wanted {
  readonly system?: string | undefined;
  readonly chassis?: string | undefined;
}

const ROOT = '/redfish/v1/';
/** Nodes of the densest enclosures behind one manager. */
const MOST_SYSTEMS = 64;

/** Looks for this host among the systems of the BMC. Rejects with what the client rejects with. */
export const findHost = async (
  client: RedfishClient,
  wanted: Wanted,
  sysfs: string,
  signal: AbortSignal,
): Promise<Found<RedfishHost>> => {
  const root = await client.get(ROOT, signal);
  const systems = linkAt(root, 'Systems') ?? `${ROOT}Systems`;
  const members = await membersOf(client, systems, signal);
  const system = await chooseSystem(client, members, wanted, await productUuid(sysfs), signal);
  if (!system.found) return system;
  const { link, resource } = system.value;
  const own = listAt(resource, 'Links', 'Chassis').flatMap((one) => linkAt(one) ?? []);
  const all =
    own.length > 0 && wanted.chassis === undefined
      ? own
      : await membersOf(client, linkAt(root, 'Chassis') ?? `${ROOT}Chassis`, signal);
  const named = wanted.chassis === undefined ? all : all.filter((one) => idOf(one) === wanted.chassis);
  const [first] = named;
  if (first === undefined || (own.length === 0 && named.length > 1)) {
    const known = all.map(idOf).join(', ') || 'none';
    return absent(
      wanted.chassis === undefined
        ? `the BMC does not say which chassis ${idOf(link)} is in; it has: ${printable(known, 200)}`
        : `the BMC has no chassis "${wanted.chassis}"; it has: ${printable(known, 200)}`,
      'Set sources.redfish.chassis to the id of the chassis.',
    );
  }
  const chassis = await client.get(first, signal);
  const supplySystem = linkAt(chassis, 'PowerSubsystem');
  return found({
    system: link,
    chassis: first,
    shared: listAt(chassis, 'Links', 'ComputerSystems').length > 1,
    environment: linkAt(chassis, 'EnvironmentMetrics'),
    supplies:
      supplySystem === undefined
        ? undefined
        : linkAt(await client.find(supplySystem, signal), 'PowerSupplies'),
    power: linkAt(chassis, 'Power'),
  });
};

const membersOf = async (
  client: RedfishClient,
  link: string,
  signal: AbortSignal,
): Promise<readonly string[]> =>
  listAt(await client.find(link, signal), 'Members')
    .flatMap((member) => linkAt(member) ?? [])
    .slice(0, MOST_SYSTEMS);

interface System {
  readonly link: string;
  readonly resource: unknown;
}

const chooseSystem = async (
  client: RedfishClient,
  members: readonly string[],
  wanted: Wanted,
  uuid: string | undefined,
  signal: AbortSignal,
): Promise<Found<System>> => {
  const known = printable(members.map(idOf).join(', ') || 'none', 200);
  if (wanted.system !== undefined) {
    const link = members.find((member) => idOf(member) === wanted.system);
    if (link !== undefined) return found({ link, resource: await client.get(link, signal) });
    return absent(
      `the BMC has no system "${wanted.system}"; it has: ${known}`,
      'Correct sources.redfish.system.',
    );
  }
  const systems: System[] = [];
  for (const link of members) {
    const resource = await client.find(link, signal);
    if (resource === undefined) continue;
    if (uuid !== undefined && sameUuid(textAt(resource, 'UUID'), uuid)) return found({ link, resource });
    systems.push({ link, resource });
  }
  const [only] = systems;
  // A BMC that tells no UUID and has one system has this one; another UUID is another host.
  const nameless =
    only !== undefined && (uuid === undefined || typeof at(only.resource, 'UUID') !== 'string');
  if (only !== undefined && systems.length === 1 && nameless) return found(only);
  const why = uuid === undefined ? 'product_uuid of this host cannot be read' : 'none has its UUID';
  return absent(
    `the BMC has no system that is surely this host: ${why}; it has: ${known}`,
    'Set sources.redfish.system to the id of this host, or sources.redfish.url to its own BMC.',
  );
};

/** Root alone may read it on most systems. */
const productUuid = async (sysfs: string): Promise<string | undefined> => {
  try {
    const text = await readFile(join(sysfs, 'class', 'dmi', 'id', 'product_uuid'), 'latin1');
    return /^[0-9a-f-]{32,36}$/i.test(text.trim()) ? text.trim() : undefined;
  } catch {
    return undefined;
  }
};

/** Firmware disagrees on the byte order of the first three fields (SMBIOS 3.7, 7.2.1): either order is the same host. */
const sameUuid = (a: string | undefined, b: string): boolean => {
  const digits = (text: string): string => text.replaceAll('-', '').toLowerCase();
  if (a === undefined) return false;
  const swapped = digits(b).replace(
    /^(..)(..)(..)(..)(..)(..)(..)(..)/,
    (_, ...bytes: string[]) =>
      `${bytes[3]}${bytes[2]}${bytes[1]}${bytes[0]}${bytes[5]}${bytes[4]}${bytes[7]}${bytes[6]}`,
  );
  return digits(a) === digits(b) || digits(a) === swapped;
};
