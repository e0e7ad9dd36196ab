import type { Clock } from '../model/source.ts';
import { type Seconds, seconds } from '../units.ts';
import type { RedfishClient } from './redfish-client.ts';
import { controlsOf } from './redfish-control.ts';
import type { RedfishHost } from './redfish-find.ts';
import { linkAt, listAt, readingAt } from './redfish-json.ts';
import { type Summed, type Supply, sumOf, supplyOf } from './redfish-supplies.ts';

/** One figure of one poll. */
export interface Figure {
  /** Which meter it is of: `platform_in`, `control-1`. */
  readonly id: string;
  readonly domain: 'platform_in' | 'platform' | 'platform_out' | 'unknown';
  readonly label: string;
  readonly at: Seconds;
  /** Watts, or kWh since some start. */
  readonly power?: number;
  readonly energy?: number;
}

export interface PowerPoll {
  readonly figures: readonly Figure[];
  /** What was not given and why, in a few words each. */
  readonly missing: readonly string[];
}

/** Supplies of the largest enclosures stay below this. */
const MOST_SUPPLIES = 32;

interface Timed<T> {
  readonly value: T;
  /** Halfway between question and answer. */
  readonly at: Seconds;
}

/**
 * Reads this host's power once: its supplies, its own meter, and what else the chassis tells, from the newer resources
 * where they say it and from the older Power resource where they do not.
 *
 * @param dead links that led nowhere before; they are not followed again. Filled here.
 */
export const readPower = async (
  client: RedfishClient,
  host: RedfishHost,
  clock: Clock,
  dead: Set<string>,
  signal: AbortSignal,
): Promise<PowerPoll> => {
  const find = async (link: string | undefined): Promise<unknown> => {
    if (link === undefined || dead.has(link)) return undefined;
    const resource = await client.find(link, signal);
    if (resource === undefined) dead.add(link);
    return resource;
  };
  const timed = async <T>(read: () => Promise<T>): Promise<Timed<T>> => {
    const before = clock.monotonic();
    const value = await read();
    return { value, at: seconds((before + clock.monotonic()) / 2) };
  };
  const newer = await timed(() => suppliesOf(find, host.supplies));
  const environment = await timed(() => find(host.environment));
  const needsPower =
    sumOf(newer.value, 'input').says === 'unknown' ||
    readingAt(environment.value, 'PowerWatts') === undefined;
  const older = await timed(async () => (needsPower ? find(host.power) : undefined));
  const oldSupplies = listAt(older.value, 'PowerSupplies')
    .slice(0, MOST_SUPPLIES)
    .map((entry) => supplyOf(entry));

  const figures: Figure[] = [];
  const missing: string[] = [];
  const side = (figure: 'input' | 'output'): void => {
    const first: Timed<Summed> = { at: newer.at, value: sumOf(newer.value, figure) };
    const { value, at } =
      first.value.says === 'unknown' ? { at: older.at, value: sumOf(oldSupplies, figure) } : first;
    const domain = figure === 'input' ? 'platform_in' : 'platform_out';
    if (value.says === 'incomplete') missing.push(`a supply does not tell its ${figure}`);
    if (value.says !== 'sum') return;
    // Supplies of a shared enclosure feed other hosts too.
    figures.push({
      id: domain,
      domain: host.shared ? 'unknown' : domain,
      label: `Redfish: ${figure} of all supplies`,
      at,
      power: value.power,
    });
  };
  side('input');
  side('output');

  const power = readingAt(environment.value, 'PowerWatts');
  const energy = readingAt(environment.value, 'EnergykWh');
  const domain = host.shared ? 'unknown' : 'platform';
  const of = { id: 'platform', domain, label: 'Redfish: power of the chassis', at: environment.at } as const;
  if (power !== undefined) figures.push({ ...of, power });
  if (energy !== undefined) figures.push({ ...of, energy });
  for (const control of controlsOf(older.value, host.system, host.shared)) {
    if (control.power === undefined) {
      if (control.own && power === undefined) missing.push('PowerControl tells no power now');
      continue;
    }
    const own = control.own && (power === undefined || host.shared);
    figures.push({
      id: own ? (host.shared ? 'control' : 'platform') : `control-${control.id}`,
      domain: own ? 'platform' : 'unknown',
      label: `Redfish: ${control.name}`,
      at: older.at,
      power: control.power,
    });
  }
  return { figures, missing };
};

const suppliesOf = async (
  find: (link: string | undefined) => Promise<unknown>,
  link: string | undefined,
): Promise<readonly Supply[]> => {
  const supplies: Supply[] = [];
  for (const member of listAt(await find(link), 'Members').slice(0, MOST_SUPPLIES)) {
    const own = linkAt(member);
    // Where it is not a link the collection holds the supply itself. One that went meanwhile is not there.
    const resource = own === undefined ? member : await find(own);
    if (resource !== undefined) supplies.push(supplyOf(resource, await find(linkAt(resource, 'Metrics'))));
  }
  return supplies;
};
