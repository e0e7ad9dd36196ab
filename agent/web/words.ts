import type { FactorStatus, HostJson } from '../../src/index.ts';
import { percent } from '../figures.ts';

type Host = HostJson['host'];
type Workload = HostJson['workloads'][number];

const METER: Readonly<Record<string, string>> = {
  wall: 'a meter at the wall',
  platform_in: 'the meter at the input of the power supply',
  platform: "the host's own power meter",
  platform_out: 'a meter behind the power supply, whose losses are left out',
  psys: "the processor's platform counter (psys)",
};

/** Where the host's power comes from and how sure it is: what follows the word measured, derived or estimated. */
export const qualityText = ({ source, quality, errorBand, curve, passedThrough }: Host): string => {
  if (source === undefined || quality === undefined)
    return 'nothing on this host tells its power; see the sources below';
  if (source === 'model') {
    const basis = curve?.calibrated === true ? 'calibrated' : 'assumption';
    const band = errorBand === undefined ? '' : `, \u00b1${percent(errorBand)} (${basis})`;
    return `from a load curve${band}`;
  }
  if (passedThrough === true) return 'by the host that this guest runs on, which passes its share through';
  if (source === 'components')
    return 'from meters of the processor and its parts, added up; board, fans and supply are left out';
  const meter = METER[source] ?? source;
  return quality === 'measured' ? `by ${meter}` : `from power readings of ${meter}, added up over time`;
};

/** What a row stands for that is no workload of its own. */
export const rowText = ({ kind, ended }: Workload): string | undefined => {
  if (kind === 'idle') return 'idle floor: what the host draws with nothing to do, nobody\u2019s doing';
  if (kind === 'other') return 'all that has no row of its own: small workloads and the system itself';
  if (kind === 'ended') return 'started and ended between two samples';
  return ended ? 'gone; shown until every scraper has seen its last value' : undefined;
};

const STATUS: Readonly<Record<FactorStatus, string>> = {
  live: 'read live',
  live_stale: 'read live, a reading is overdue',
  live_degraded: 'the last live reading: its provider is silent',
  annual_fallback: 'of the table: no live reading is recent enough',
  country_fallback: 'of the country: none is known for this part of it',
  official: 'official, of this year',
  earlier: 'newest that is published, of an earlier year',
  later: 'of a later year',
  stale: 'several years old',
  user: 'your own',
  residual_unavailable: 'no residual mix is known for this zone: the location-based factor stands in',
};
export const statusText = (status: FactorStatus): string => STATUS[status];

const BASIS: Readonly<Record<string, string>> = {
  direct: 'direct emissions of generation',
  residual: 'residual mix: what is left after contracts',
  contract: 'contract with the supplier',
};
export const basisText = (basis: string): string => BASIS[basis] ?? basis;

const STATE: Readonly<Record<string, string>> = {
  up: 'read',
  absent: 'not here',
  unreadable: 'not readable',
  failing: 'failing',
  off: 'switched off',
};
export const stateText = (state: string): string => STATE[state] ?? state;
