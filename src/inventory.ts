import { join } from 'node:path';
import type { Instrument } from './carbon/instruments.ts';
import { type OwnFactor, ownRows } from './carbon/own-factor.ts';
import type { Activity, AgentSite, InstrumentEntry, ZoneAdder } from './carbon/statement-activity.ts';
import { unpaidOf } from './carbon/statement-cost.ts';
import { partsOf, unbookedOf } from './carbon/statement-hours.ts';
import { type ClosedYear, type StatementInput, yearSpan } from './carbon/statement-input.ts';
import { shareOf } from './carbon/statement-share.ts';
import { type LocalTime, meanPrice, type Tariff } from './carbon/tariff.ts';
import { heldParts, scopesOf } from './carbon/tenancy.ts';
import { findZone } from './carbon/zone.ts';
import { isCloudRegion, zoneOfCloudRegion } from './grid/cloud-regions.ts';
import { loadSupplies } from './grid/supplies.ts';
import { type FactorTables, loadTables } from './grid/table.ts';
import { loadUpstreams } from './grid/upstreams.ts';
import type { FleetAnswer } from './inventory-fleet.ts';
import type { FactorRow } from './model/factor.ts';
import type { HourOfRecord, WorkOfRecord } from './model/hour-of-record.ts';
import { type AdderPins, type FactorPins, pinKey } from './model/pins.ts';
import type { UpstreamRow } from './model/upstream.ts';
import { kilowattHours, sum, toKilowattHours } from './units.ts';

/** What the agent's configuration says of its own host. */
export interface AgentTerms {
  readonly zone: string | undefined;
  readonly site: AgentSite;
  readonly instruments: readonly Instrument[];
  readonly location: OwnFactor | undefined;
  readonly market: OwnFactor | undefined;
  readonly loss: number | undefined;
  readonly upstream: ZoneAdder['upstream'];
  /** Prices by local time, and what tells that. */
  readonly tariff: { readonly tariff: Tariff; readonly local: LocalTime } | undefined;
  readonly adders?: ZoneAdder['adders'];
}

export interface InventoryOptions {
  readonly activity: Activity;
  readonly hours: readonly HourOfRecord[];
  readonly work: readonly WorkOfRecord[];
  /** Energy of a fleet from an engine of history; its entries join those of the activity. */
  readonly fleet?: FleetAnswer;
  /** Folder of the shipped tables. */
  readonly directory: string;
  readonly userFiles: readonly string[];
  readonly fallback: 'none' | 'country';
  /** Rows that years were begun with by the agent of this host: a statement rests on those that it booked by. */
  readonly pins: FactorPins;
  /** Likewise of losses and fuel supply. */
  readonly adderPins?: AdderPins;
  /** Years that take their factors anew. */
  readonly restate: readonly number[];
  readonly agent: AgentTerms;
  readonly made: StatementInput['made'];
  readonly revision: number;
  readonly closed: ClosedYear | undefined;
  readonly before: ClosedYear | undefined;
}

export type InventoryInput =
  | { readonly ok: true; readonly input: Omit<StatementInput, 'hash'> }
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * Brings together what a statement is made from: activity, hours, and the rows of the zones in use. A zone that no table
 * holds is a problem that names near ones. Throws FactorTableError where a table cannot be read.
 */
export const gatherInventory = async (given: InventoryOptions): Promise<InventoryInput> => {
  const asked = await withGridZones(given);
  if ('ok' in asked) return asked;
  const isRestated =
    asked.restate.includes(asked.activity.year) &&
    asked.hours.some(
      (row) => row.booked !== undefined || row.held !== undefined || row.upstream !== undefined,
    );
  const { fleet } = asked;
  const options = {
    ...asked,
    activity: { ...asked.activity, energy: [...asked.activity.energy, ...(fleet?.entries ?? [])] },
    hours: isRestated
      ? asked.hours.map(({ booked: _, held: _held, upstream: _upstream, ...row }) => row)
      : asked.hours,
  };
  const { hours, work, fallback, agent, made, revision, closed, before } = options;
  const tables = await loadTables({ directory: options.directory, userFiles: options.userFiles });
  const problems = zoneProblems(options.activity, tables, agent);
  if (problems.length > 0) return { ok: false, problems };
  const activity = withAgent(options);
  const zones = new Set([...zonesOf(activity), ...hours.map(({ gridZone }) => gridZone)]);
  // A zone and its market overlap: each row once.
  const rows = new Set(
    [...zones]
      .sort()
      .flatMap((zone) => [
        ...(zone === agent.zone ? ownRows(zone, agent) : []),
        ...pinned(options, zone, tables.candidatesOf(zone, fallback)),
      ]),
  );
  return {
    ok: true,
    input: {
      activity,
      hours: withPrices(hours, activity.agent, agent.tariff),
      work,
      ...(isRestated ? { restated: true } : {}),
      ...(fleet === undefined ? {} : { fleet: fleet.source }),
      rows: [...rows],
      supplies: await loadSupplies(options.directory),
      upstreams: pinnedAdders(options, zones, await loadUpstreams(options.directory)),
      fallback,
      made,
      revision,
      ...(closed === undefined ? {} : { closed }),
      ...(before === undefined ? {} : { before }),
    },
  };
};

/** Regions of clouds, in the configuration and in entries of energy, as the zones that they draw from. */
const withGridZones = async (
  asked: InventoryOptions,
): Promise<InventoryOptions | { readonly ok: false; readonly problems: readonly string[] }> => {
  const path = join(asked.directory, '..', 'cloud-regions.json');
  const { activity, agent, fleet } = asked;
  const written = [
    agent.zone ?? '',
    ...[...activity.energy, ...(fleet?.entries ?? [])].map(({ zone }) => zone),
  ];
  const zones = new Map<string, string>();
  const problems: string[] = [];
  for (const region of new Set(written.filter(isCloudRegion))) {
    const answer = await zoneOfCloudRegion(region, path);
    if (answer.found) zones.set(region, answer.value.zone);
    else problems.push(`${answer.reason}; ${answer.fix.replaceAll('grid.zone', 'the zone')}`);
  }
  if (problems.length > 0) return { ok: false, problems };
  if (zones.size === 0) return asked;
  const inGrid = <T extends { readonly zone: string }>(entry: T): T => ({
    ...entry,
    zone: zones.get(entry.zone) ?? entry.zone,
  });
  return {
    ...asked,
    activity: { ...activity, energy: activity.energy.map(inGrid) },
    agent: { ...agent, zone: agent.zone && (zones.get(agent.zone) ?? agent.zone) },
    ...(fleet === undefined ? {} : { fleet: { ...fleet, entries: fleet.entries.map(inGrid) } }),
  };
};

/** A year that has begun stays with its rows; those of the operator's own go before them. */
const pinned = (
  { pins, restate, activity: { year } }: InventoryOptions,
  zone: string,
  held: readonly FactorRow[],
): readonly FactorRow[] => {
  const pin = restate.includes(year) ? undefined : pins.get(pinKey(zone, year));
  return pin === undefined ? held : [...held.filter(({ check }) => check === 'user'), ...pin];
};

/** Likewise losses and fuel supply. */
const pinnedAdders = (
  { adderPins, restate, activity: { year } }: InventoryOptions,
  zones: ReadonlySet<string>,
  held: readonly UpstreamRow[],
): readonly UpstreamRow[] =>
  [...zones].sort().flatMap((zone) => {
    const pin = restate.includes(year) ? undefined : adderPins?.get(pinKey(zone, year));
    return pin ?? held.filter((row) => row.zone === zone);
  });

/** Zones that the activity file names, with the list that they stand in. */
const named = (activity: Activity): readonly (readonly [place: string, zone: string])[] => [
  ...activity.energy.flatMap(({ zone, site }) =>
    // Hosts whose zone nobody names: their energy is a line without a factor.
    zone === '' ? [] : [[`energy of ${site}`, zone] as const],
  ),
  ...activity.zones.map(({ zone }) => ['zones', zone] as const),
  ...activity.instruments.map(({ market, name }) => [`instrument ${name}`, market] as const),
  ...activity.measures.flatMap(({ zone, name }) =>
    zone === undefined ? [] : [[`measure ${name}`, zone] as const],
  ),
  ...activity.previous.flatMap(({ energy = [], year }) =>
    energy.map(({ zone }) => [`previous ${year}`, zone] as const),
  ),
];

const zonesOf = (activity: Activity): readonly string[] => named(activity).map(([, zone]) => zone);

const zoneProblems = (
  activity: Activity,
  tables: FactorTables,
  { zone: own, location }: AgentTerms,
): readonly string[] => {
  const index = tables.zones();
  return named(activity).flatMap(([place, zone]) => {
    // The operator's own factor makes its zone known.
    if (zone === own && location !== undefined) return [];
    const answer = findZone(zone, index);
    return answer.found
      ? []
      : [`${place}: ${answer.reason}; ${answer.fix.replaceAll('grid.zone', 'its zone')}`];
  });
};

/** The activity with what the configuration says of the agent's own host, where the file does not say otherwise. */
const withAgent = ({ activity, hours, fleet, agent }: InventoryOptions): Activity => {
  if (hours.length === 0 && fleet === undefined) return activity;
  const site = activity.agent ?? agent.site;
  const { zone, loss, upstream, adders = 'none' } = agent;
  const isKnown = zone === undefined || activity.zones.some((one) => one.zone === zone);
  const adder: ZoneAdder[] =
    isKnown || zone === undefined || (loss === undefined && upstream === undefined && adders === 'none')
      ? []
      : [{ zone, loss, upstream, adders, document: "the agent's configuration" }];
  return {
    ...activity,
    ...(hours.length === 0 ? {} : { agent: site }),
    zones: [...activity.zones, ...adder],
    instruments: [...activity.instruments, ...agentInstruments(activity, hours, site, agent)],
  };
};

/** Instruments of the configuration are shares of the load at each time: here the energy that they covered in the year. */
const agentInstruments = (
  activity: Activity,
  hours: readonly HourOfRecord[],
  site: AgentSite,
  { zone, instruments }: AgentTerms,
): readonly InstrumentEntry[] => {
  const whole = yearSpan(activity.year);
  if (zone === undefined) return [];
  // The market-based method is of Scope 2: an hour in which the energy was in another has none of it.
  const own = hours
    .filter(({ gridZone }) => gridZone === zone)
    .flatMap((row) => heldParts(site, row))
    .filter(({ tenancy }) => scopesOf(tenancy).it === '2');
  // Of the entity's part of the load: the instrument covers no more than that.
  const part = shareOf(activity, site.site);
  return instruments.flatMap(
    ({ name, kind, from, to, share, factor, gases, document }): readonly InstrumentEntry[] => {
      const span = { from: Math.max(from, whole.from), to: Math.min(to, whole.to) };
      const inside = own.filter(({ row }) => row.hour * 1000 >= span.from && row.hour * 1000 < span.to);
      // What was booked by the market-based method has them inside.
      const energy = inside.map(({ tenancy, row }) => {
        const { overhead } = scopesOf(tenancy);
        const open = partsOf(site, row).map((part) => unbookedOf(part, 'market', overhead === '2'));
        return kilowattHours(toKilowattHours(sum(open)) * share * part);
      });
      if (energy.every((one) => one === 0)) return [];
      return [
        {
          ...span,
          name: `${name}-agent`,
          kind,
          market: zone,
          quantity: sum(energy),
          factor,
          gases,
          document,
        },
      ];
    },
  );
};

/** Prices of now for hours, or parts of them, whose price was not booked: known here, as the evidence has no clock. */
const withPrices = (
  hours: readonly HourOfRecord[],
  site: AgentSite | undefined,
  tariff: AgentTerms['tariff'],
): readonly HourOfRecord[] => {
  if (tariff === undefined) return hours;
  return hours.map((row) =>
    unpaidOf(site ?? {}, row) > 0
      ? { ...row, price: meanPrice(tariff.tariff, row.hour * 1000, tariff.local) }
      : row,
  );
};
