import type { HourOfRecord } from '../model/hour-of-record.ts';
import type { Booked } from '../model/hour-record.ts';
import type { Quality } from '../model/meter.ts';
import type { Tenancy } from '../model/tenancy.ts';
import {
  type GramsCO2e,
  grams,
  type Joules,
  joules,
  scale,
  subtract,
  sum,
  toKilowattHours,
} from '../units.ts';
import { periodAt } from './periods.ts';
import type { Activity, AgentSite, PueEntry } from './statement-activity.ts';
import { yearSpan } from './statement-input.ts';
import { OWN_HOST } from './statement-share.ts';
import type { BookedEnergy, SiteEnergy } from './statement-site-energy.ts';
import { heldParts } from './tenancy.ts';

/** Document of what the agent metered itself. */
export const AGENT_HOURS = "hours of the agent's own store";

/** A part of an hour under one PUE. */
export interface HourPart {
  readonly row: HourOfRecord;
  /** `hourly`: as it was booked in that hour. */
  readonly pue: PueEntry | undefined;
  readonly it: Joules;
  readonly overhead: Joules;
  readonly booked: readonly {
    readonly method: Booked['method'];
    readonly factor: string;
    readonly it: Joules;
    readonly overhead: Joules;
    readonly itGrams: GramsCO2e;
    readonly overheadGrams: GramsCO2e;
  }[];
}

type Known = Pick<AgentSite, 'pue' | 'periods'>;

/** PUE of the agent's host in an hour, as it is configured now. */
export const agentPueAt = ({ pue, periods = [] }: Known, hour: number): PueEntry | undefined => {
  const { value } = periodAt(periods, hour * 1000);
  return value === undefined ? pue : { value, kind: 'configured' };
};

/** Rounding of what was summed in floating point: less than this of an hour is nothing. */
const TINY = 1e-9;
const NOTHING = joules(0);

/**
 * An hour by what is known of its PUE. What was booked with one has it; for the rest the configured one holds, and what it
 * adds was never booked. Where the PUE was not kept, it is inside the grams, which the configured one takes apart.
 */
export const partsOf = (site: Known, row: HourOfRecord): readonly HourPart[] => {
  const { energy, pue, booked = [] } = row;
  const configured = agentPueAt(site, row.hour);
  const value = configured?.value ?? 1;
  if (pue === undefined)
    return [
      {
        ...{ row, pue: configured, it: energy, overhead: scale(energy, value - 1) },
        booked: booked.map(({ method, factor, energy: own, grams: all }) => ({
          ...{ method, factor, it: own, overhead: scale(own, value - 1) },
          itGrams: grams(all / value),
          overheadGrams: grams(all - all / value),
        })),
      },
    ];
  const share = energy > 0 ? pue.without / energy : 0;
  const without = share < TINY ? 0 : share > 1 - TINY ? 1 : share;
  const part = (share: number, entry: PueEntry | undefined, overhead: Joules, isKept: boolean): HourPart => ({
    ...{ row, pue: entry, it: scale(energy, share), overhead },
    booked: booked.map(({ method, factor, energy: own, overhead: added, grams: all, overheadGrams }) => ({
      ...{ method, factor, it: scale(own, share) },
      overhead: isKept ? (added ?? NOTHING) : NOTHING,
      itGrams: scale(subtract(all, overheadGrams ?? grams(0)), share),
      overheadGrams: isKept ? (overheadGrams ?? grams(0)) : grams(0),
    })),
  });
  return [
    ...(without < 1
      ? [
          part(
            1 - without,
            { value: 1 + pue.overhead / (energy * (1 - without) || 1), kind: 'hourly' },
            pue.overhead,
            true,
          ),
        ]
      : []),
    ...(without > 0 ? [part(without, configured, scale(energy, without * (value - 1)), false)] : []),
  ];
};

/** Energy of a part that no grams were booked for by a method. @param isAll whether the overhead is asked for too. */
export const unbookedOf = (part: HourPart, method: Booked['method'], isAll: boolean): Joules => {
  const own = part.booked.filter((one) => one.method === method);
  const whole = part.it + (isAll ? part.overhead : 0);
  const rest = whole - sum(own.map((one) => one.it)) - (isAll ? sum(own.map((one) => one.overhead)) : 0);
  return joules(rest > TINY * whole ? rest : 0);
};

const QUALITY_ORDER: readonly (Quality | undefined)[] = ['measured', 'derived', 'estimated'];

const keyOf = ({ row: { gridZone, quality = 'estimated' }, pue }: HourPart, tenancy: Tenancy): string =>
  `${gridZone} ${QUALITY_ORDER.indexOf(quality)} ${pue?.kind === 'hourly' ? 'hourly' : (pue?.value ?? '')} ${tenancy}`;

/** One entry a zone, quality, tenancy and kind of PUE; an hour with two of them counts once as covered. */
export const agentEnergies = (activity: Activity, hours: readonly HourOfRecord[]): readonly SiteEnergy[] => {
  const { site = OWN_HOST, tenancy = 'owned', tenancies, ...known } = activity.agent ?? {};
  const groups = new Map<string, { readonly held: Tenancy; readonly parts: HourPart[] }>();
  const ordered = [...hours].sort((a, b) => a.hour - b.hour);
  for (const { tenancy: held, row } of ordered.flatMap((one) => heldParts({ tenancy, tenancies }, one)))
    for (const part of partsOf(known, row)) {
      const key = keyOf(part, held);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { held, parts: [part] });
      else group.parts.push(part);
    }
  const counted = new Set<number>();
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { held, parts }]) => {
      const fresh = new Set(parts.map(({ row }) => row.hour).filter((hour) => !counted.has(hour)));
      for (const hour of fresh) counted.add(hour);
      const [first] = parts;
      const it = sum(parts.map((one) => one.it));
      const booked = bookedOf(parts);
      return {
        ...yearSpan(activity.year),
        site,
        zone: first?.row.gridZone ?? '',
        quantity: toKilowattHours(it),
        of: 'it',
        quality: first?.row.quality ?? 'estimated',
        hosts: 1,
        hours: fresh.size,
        tenancy: held,
        pue: first?.pue?.kind === 'hourly' ? meanPue(parts, it) : first?.pue,
        document: AGENT_HOURS,
        ...(booked.length === 0 ? {} : { booked }),
      };
    });
};

/** By energy: what was added over what it was added to. */
const meanPue = (parts: readonly HourPart[], it: Joules): PueEntry => ({
  value: it > 0 ? 1 + sum(parts.map(({ overhead }) => overhead)) / it : 1,
  kind: 'hourly',
});

const bookedOf = (parts: readonly HourPart[]): readonly BookedEnergy[] => {
  const groups = new Map<string, { readonly hour: number; readonly one: HourPart['booked'][number] }[]>();
  for (const { row, booked } of parts)
    for (const one of booked) {
      const key = `${one.method} ${one.factor}`;
      const group = groups.get(key) ?? [];
      groups.set(key, group);
      group.push({ hour: row.hour, one });
    }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, group]): readonly BookedEnergy[] => {
      const [first] = group;
      if (first === undefined) return [];
      const { method, factor } = first.one;
      return [
        {
          ...{ method, factor, hours: group.map(({ hour }) => hour) },
          it: toKilowattHours(sum(group.map(({ one }) => one.it))),
          overhead: toKilowattHours(sum(group.map(({ one }) => one.overhead))),
          itGrams: sum(group.map(({ one }) => one.itGrams)),
          overheadGrams: sum(group.map(({ one }) => one.overheadGrams)),
        },
      ];
    });
};
