import type { Instrument } from './carbon/instruments.ts';
import { type OwnFactor, ownRows } from './carbon/own-factor.ts';
import type { Activity, AgentSite, InstrumentEntry, ZoneAdder } from './carbon/statement-activity.ts';
import { unpaidOf } from './carbon/statement-cost.ts';
import { partsOf, unbookedOf } from './carbon/statement-hours.ts';
import { type ClosedYear, type StatementInput, yearSpan } from './carbon/statement-input.ts';
import { shareOf } from './carbon/statement-share.ts';
import { type LocalTime, meanPrice, type Tariff } from './carbon/tariff.ts';
import { scopesOf } from './carbon/tenancy.ts';
import { findZone } from './carbon/zone.ts';
import { loadSupplies } from './grid/supplies.ts';
import { type FactorTables, loadTables } from './grid/table.ts';
import { loadUpstreams } from './grid/upstreams.ts';
import type { FactorRow } from './model/factor.ts';
import type { HourOfRecord, WorkOfRecord } from './model/hour-of-record.ts';
import { type FactorPins, pinKey } from './model/pins.ts';
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
  /** Folder of the shipped tables. */
  readonly directory: string;
  readonly userFiles: readonly string[];
  readonly fallback: 'none' | 'country';
  /** Rows that years were begun with by the agent of this host: a statement rests on those that it booked by. */
  readonly pins: FactorPins;
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
export const gatherInventory = async (asked: InventoryOptions): Promise<InventoryInput> => {
  const isRestated =
    asked.restate.includes(asked.activity.year) && asked.hours.some(({ booked }) => booked !== undefined);
  const options = isRestated ? { ...asked, hours: asked.hours.map(({ booked: _, ...row }) => row) } : asked;
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
      rows: [...rows],
      supplies: await loadSupplies(options.directory),
      upstreams: (await loadUpstreams(options.directory)).filter(({ zone }) => zones.has(zone)),
      fallback,
      made,
      revision,
      ...(closed === undefined ? {} : { closed }),
      ...(before === undefined ? {} : { before }),
    },
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

/** Zones that the activity file names, with the list that they stand in. */
const named = (activity: Activity): readonly (readonly [place: string, zone: string])[] => [
  ...activity.energy.map(({ zone, site }) => [`energy of ${site}`, zone] as const),
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
const withAgent = ({ activity, hours, agent }: InventoryOptions): Activity => {
  if (hours.length === 0) return activity;
  const site = activity.agent ?? agent.site;
  const { zone, loss, upstream, adders = 'none' } = agent;
  const isKnown = zone === undefined || activity.zones.some((one) => one.zone === zone);
  const adder: ZoneAdder[] =
    isKnown || zone === undefined || (loss === undefined && upstream === undefined && adders === 'none')
      ? []
      : [{ zone, loss, upstream, adders, document: "the agent's configuration" }];
  return {
    ...activity,
    agent: site,
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
  const scopes = scopesOf(site.tenancy);
  if (zone === undefined || scopes.it !== '2') return [];
  // Of the entity's part of the load: the instrument covers no more than that.
  const part = shareOf(activity, site.site);
  return instruments.flatMap(
    ({ name, kind, from, to, share, factor, gases, document }): readonly InstrumentEntry[] => {
      const span = { from: Math.max(from, whole.from), to: Math.min(to, whole.to) };
      const inside = hours.filter(
        ({ hour, gridZone }) => gridZone === zone && hour * 1000 >= span.from && hour * 1000 < span.to,
      );
      // What was booked by the market-based method has them inside.
      const energy = inside.map((row) => {
        const open = partsOf(site, row).map((own) => unbookedOf(own, 'market', scopes.overhead === '2'));
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
