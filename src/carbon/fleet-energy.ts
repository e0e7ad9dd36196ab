import type { HistoryChunk } from '../model/history.ts';
import type { Quality } from '../model/meter.ts';
import { lessSure, QUALITIES } from '../model/usage.ts';
import { joules, type KilowattHours, toKilowattHours } from '../units.ts';
import type { AgentSite, EnergyEntry, PueEntry } from './statement-activity.ts';
import { agentPueAt } from './statement-hours.ts';
import { yearSpan } from './statement-input.ts';
import { tenancyAt } from './tenancy.ts';

/** A month of one host. */
export interface HostMonth {
  readonly host: string;
  readonly zone: string;
  /** `2026-03`. */
  readonly month: string;
  /** Hours that have data; parts of hours count as such. */
  readonly hours: number;
  readonly energy: KilowattHours;
  readonly quality: Quality;
  readonly meter: string;
}

export interface FleetEnergy {
  /** Takes the hours of hosts of one zone. */
  add(zone: string, chunk: HistoryChunk): void;
  /** One a zone, quality, tenancy and kind of PUE. */
  entries(document: string): readonly EnergyEntry[];
  months(): readonly HostMonth[];
  /** Hosts with energy. */
  reporting(): number;
}

interface Group {
  readonly zone: string;
  readonly quality: Quality;
  readonly tenancy: AgentSite['tenancy'];
  readonly pue: PueEntry | undefined;
  joules: number;
  overhead: number;
  readonly hosts: Set<string>;
}

interface Month {
  hours: number;
  joules: number;
  quality: Quality;
  readonly meters: Set<string>;
}

/**
 * Sums hourly energy of a fleet to what a statement is made from. An hour that is not known adds nothing and counts as not
 * covered; an hour of which a part is known counts with that part.
 *
 * @param site what is configured of the site: for hours whose PUE the engine does not know, and tenancy.
 */
export const createFleetEnergy = (year: number, site: AgentSite): FleetEnergy => {
  const groups = new Map<string, Group>();
  const months = new Map<string, Map<string, Month>>();
  const zones = new Map<string, string>();
  const addHour = (zone: string, host: string, at: number, hour: Hour): void => {
    const known = Number.isFinite(hour.pue) && hour.pue >= 1 ? hour.pue : undefined;
    const pue: PueEntry | undefined =
      known === undefined ? agentPueAt(site, at) : { value: known, kind: 'hourly' };
    const tenancy = tenancyAt(site, at);
    const kind = pue?.kind === 'hourly' ? 'hourly' : `${pue?.kind ?? ''} ${pue?.value ?? ''}`;
    const key = `${zone}\n${QUALITIES.indexOf(hour.quality)} ${tenancy} ${kind}`;
    const group = groups.get(key) ?? {
      ...{ zone, quality: hour.quality, tenancy, pue, joules: 0, overhead: 0 },
      hosts: new Set<string>(),
    };
    groups.set(key, group);
    group.joules += hour.energy;
    group.overhead += hour.energy * ((pue?.value ?? 1) - 1);
    group.hosts.add(host);
    const name = new Date(at * 1000).toISOString().slice(0, 7);
    const own = months.get(host) ?? new Map<string, Month>();
    months.set(host, own);
    const month = own.get(name) ?? { hours: 0, joules: 0, quality: hour.quality, meters: new Set<string>() };
    own.set(name, month);
    month.hours += hour.coverage;
    month.joules += hour.energy;
    month.quality = lessSure(month.quality, hour.quality) ?? hour.quality;
    if (hour.meter !== '') month.meters.add(hour.meter);
  };
  return {
    add: (zone, { from, step, length, hosts, pue }) => {
      for (const { host, energy, coverage, quality = 'estimated', meter } of hosts) {
        zones.set(host, zone);
        for (let index = 0; index < length; index += 1) {
          const [amount = Number.NaN, share = 0] = [energy[index], coverage[index]];
          if (!Number.isFinite(amount) || !(share > 0)) continue;
          const hour = { energy: amount, coverage: (share * step) / 3600, quality, meter };
          addHour(zone, host, from + index * step, { ...hour, pue: pue[index] ?? Number.NaN });
        }
      }
    },
    entries: (document) => {
      const counted = new Set<string>();
      return [...groups]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, group]): EnergyEntry => {
          // A host whose hours are of two groups counts once, with all of its hours.
          const fresh = [...group.hosts].filter((host) => !counted.has(host));
          for (const host of fresh) counted.add(host);
          const all = fresh.flatMap((host) => [...(months.get(host)?.values() ?? [])]);
          const hours = all.reduce((total, one) => total + one.hours, 0);
          const value = group.joules > 0 ? 1 + group.overhead / group.joules : 1;
          return {
            ...yearSpan(year),
            ...{ site: site.site, zone: group.zone, of: 'it', quality: group.quality, document },
            quantity: toKilowattHours(joules(group.joules)),
            hosts: fresh.length,
            hours: fresh.length === 0 ? 0 : hours / fresh.length,
            tenancy: group.tenancy,
            pue: group.pue?.kind === 'hourly' ? { value, kind: 'hourly' } : group.pue,
          };
        });
    },
    months: () =>
      [...months]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .flatMap(([host, own]) =>
          [...own].map(([month, { hours, joules: amount, quality, meters }]) => ({
            ...{ host, zone: zones.get(host) ?? '', month, hours, quality },
            energy: toKilowattHours(joules(amount)),
            meter: [...meters].sort().join('+'),
          })),
        ),
    reporting: () => months.size,
  };
};

interface Hour {
  readonly energy: number;
  /** Hours, 1 at most. */
  readonly coverage: number;
  readonly quality: Quality;
  readonly meter: string;
  readonly pue: number;
}
