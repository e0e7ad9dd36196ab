import { absent, type Found, found } from '../model/found.ts';
import type { ZoneEntry } from '../model/zone.ts';
import { nearZones } from './near-zone.ts';

const quoted = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);

/**
 * The market that a subdivision lies in: the country of an ISO 3166-2 code or of a national grid region
 * (`CN-GD` and `CN-GRID:SOUTH` -> `CN`); undefined for a country and for an eGRID subregion, which is its own.
 * For the residual mix alone, which is published for a whole market; location factors never climb.
 */
export const marketAreaOf = (zone: string): string | undefined => /^([A-Z]{2})-/.exec(zone)?.[1];

const suggestion = ({ zone, names, usable }: ZoneEntry): string =>
  `${zone} (${names[0] ?? zone}${usable ? '' : '; no factor for Scope 2 held'})`;

/**
 * Looks a zone up by its exact code. A name, another spelling or another code system is an error that lists the
 * zones it may stand for: guessing a grid would put a wrong figure on every kWh.
 */
export const findZone = (input: string, index: readonly ZoneEntry[]): Found<ZoneEntry> => {
  const exact = index.find((entry) => entry.zone === input);
  if (exact !== undefined) return found(exact);
  const near = nearZones(input, index, 3).map(suggestion);
  const choose =
    near.length > 0 ? `set grid.zone to the code that is meant: ${near.join(', ')}; or put ` : 'put ';
  return absent(
    `grid zone ${quoted(input)} is not among the ${index.length} zones that the factor tables hold`,
    `${choose}an official factor for it into a factor file of your own (config/factors/README.md shows one); until then kWh is exported, CO2e is not`,
  );
};
