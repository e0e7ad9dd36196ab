import { createFleetEnergy, type HostMonth } from './carbon/fleet-energy.ts';
import type { FleetSource } from './carbon/fleet-source.ts';
import type { AgentSite, EnergyEntry } from './carbon/statement-activity.ts';
import { type HistoryEngine, HistoryError, type TimeWindow } from './model/history.ts';
import { HOUR } from './model/usage.ts';

export interface FleetQuestion {
  readonly engine: HistoryEngine;
  readonly year: number;
  /** Seconds since 1970 UTC: later hours are not asked for. */
  readonly now: number;
  readonly site: AgentSite;
  /** Zone of hosts without the label; undefined: none. */
  readonly zone: string | undefined;
  /** Label of hosts that names their zone. */
  readonly zoneLabel: string | undefined;
  /** Told the share of what there is to read, 0 to 1. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

export interface FleetAnswer {
  readonly entries: readonly EnergyEntry[];
  readonly months: readonly HostMonth[];
  readonly source: FleetSource;
}

const wordsOf = (window: TimeWindow): string =>
  `${new Date(window.from * 1000).toISOString()} to ${new Date(window.to * 1000).toISOString()}`;

/**
 * Energy of a fleet in a calendar year, by the hour, from any engine of history. Throws HistoryError where it cannot be
 * read, or holds nothing of the year.
 */
export const readFleet = async ({
  engine,
  year,
  now,
  site,
  zone,
  zoneLabel,
  onProgress,
}: FleetQuestion): Promise<FleetAnswer> => {
  const { about } = engine;
  const end = Math.min(Date.UTC(year + 1, 0) / 1000, Math.floor(now / HOUR) * HOUR);
  const asked: TimeWindow = { from: Date.UTC(year, 0) / 1000, to: end };
  const nothing = new HistoryError(
    `no energy of ${year} is known in ${about.where}`,
    'Choose another year, address, preset or --match.',
  );
  if (asked.to <= asked.from) throw nothing;
  const span = await engine.span({});
  if (span === undefined) throw nothing;
  // What lies outside of what it holds is not covered, and need not be asked for day by day.
  const window = {
    from: Math.max(asked.from, Math.floor(span.from / HOUR) * HOUR),
    to: Math.min(asked.to, Math.ceil(span.to / HOUR) * HOUR),
  };
  if (window.to <= window.from) throw nothing;
  const hosts = await engine.list({}, window);
  if (hosts.length === 0) throw nothing;
  const zones = new Map<string, string[]>();
  for (const { host, labels, isForgotten = false } of hosts) {
    // Which zone a host said that the engine knows no more is not known: it need not have been that of the others.
    const other = isForgotten && zoneLabel !== undefined ? undefined : zone;
    const own = (zoneLabel === undefined ? undefined : labels[zoneLabel]) ?? other ?? '';
    zones.set(own, [...(zones.get(own) ?? []), host]);
  }
  const fleet = createFleetEnergy(year, site);
  // Zone by zone: the PUE of an hour is that of the hosts that are asked for.
  let before = 0;
  for (const [own, names] of [...zones].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const request = { window, step: HOUR, hosts: names, work: [], drivers: [], guards: [] };
    for await (const chunk of engine.read(request)) {
      fleet.add(own, chunk);
      const read = (chunk.from + chunk.length * chunk.step - window.from) / (window.to - window.from);
      onProgress?.((before + names.length * read) / hosts.length);
    }
    before += names.length;
  }
  const silent = hosts.length - fleet.reporting();
  if (fleet.reporting() === 0) throw nothing;
  const archived = about.archive === undefined ? '' : ` and the archive ${about.archive}`;
  const document = `hourly energy from ${about.engine} ${about.where}${archived}, ${wordsOf(window)}`;
  return {
    entries: fleet.entries(document),
    months: fleet.months(),
    source: {
      ...{ engine: about.engine, where: `${about.where}${archived}`, method: about.method },
      ...{ document, window: asked, hosts: hosts.length, silent },
    },
  };
};
