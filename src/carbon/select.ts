import type { Factor, FactorBasis, FactorRow, FactorStatus } from '../model/factor.ts';
import { absent, type Found, found } from '../model/found.ts';
import { refusal } from './guard.ts';
import { inForce, type Vintage } from './vintage.ts';
import { marketAreaOf } from './zone.ts';

/** What is asked: the factor of one zone for one reporting year, out of the rows that are held. */
export interface FactorQuestion {
  /** Exact code, as `findZone` gave it. */
  readonly zone: string;
  /** Calendar year (UTC) that is reported on. */
  readonly year: number;
  /** Rows held for the zone and its market area; rows of other zones are left aside. */
  readonly rows: readonly FactorRow[];
  /** Whether a subdivision without a factor may take that of its country. */
  readonly fallback?: 'none' | 'country';
}

type Method = Factor['method'];

const isUser = (row: FactorRow): boolean => row.check === 'user';

const statusOf = (row: FactorRow, vintage: Vintage): FactorStatus => {
  if (vintage !== 'same') return vintage;
  return isUser(row) ? 'user' : 'official';
};

const pick = (
  question: FactorQuestion,
  method: Method,
  basis: FactorBasis,
  zone: string | undefined,
): Factor | undefined => {
  const fits = question.rows.filter(
    (row) => row.zone === zone && row.basis === basis && refusal(row, method) === undefined,
  );
  const own = fits.filter(isUser);
  const chosen = inForce(own.length > 0 ? own : fits, question.year);
  if (chosen === undefined) return undefined;
  const { row, vintage } = chosen;
  return {
    id: `${row.zone}/${row.basis}/${row.year}`,
    method,
    row,
    status: statusOf(row, vintage),
    provider: isUser(row) ? 'user' : 'table',
  };
};

const OWN_FILE = (zone: string): string =>
  `put an official location-based factor of ${zone} into a factor file of your own (config/factors/README.md shows one)`;
const UNTIL_THEN = 'until then kWh is exported, CO2e is not';

/** Why a zone has no location-based factor, from the rows that were passed over. */
const missing = (question: FactorQuestion): Found<never> => {
  const { zone } = question;
  const rows = question.rows.filter((row) => row.zone === zone);
  // The plainest refusal first: a direct row that is refused says more than that a lifecycle row lies beside it.
  const order: readonly FactorBasis[] = ['direct', 'lifecycle', 'residual', 'contract', 'marginal'];
  const basis = order.find((wanted) => rows.some((row) => row.basis === wanted));
  const held = inForce(
    rows.filter((row) => row.basis === basis),
    question.year,
  )?.row;
  if (held === undefined) {
    return absent(`no factor of any kind is held for zone ${zone}`, `${OWN_FILE(zone)}; ${UNTIL_THEN}`);
  }
  const what = held.level === 'state-output' ? 'state output rate' : `${held.basis} factor`;
  const reason = `only a ${what} is held for ${zone} (${held.value} g/kWh, ${held.year}): ${refusal(held, 'location') ?? 'it was passed over'}`;
  if (held.level === 'state-output') {
    const way =
      "set grid.zone to the eGRID subregion of the site's ZIP code, such as EGRID:CAMX (EPA Power Profiler, https://www.epa.gov/egrid/power-profiler)";
    return absent(reason, `${way}, or ${OWN_FILE(zone)}; ${UNTIL_THEN}`);
  }
  if (held.level === 'aggregate') {
    return absent(reason, `set grid.zone to the country where the host stands; ${UNTIL_THEN}`);
  }
  return absent(reason, `${OWN_FILE(zone)}; ${UNTIL_THEN}`);
};

/**
 * The factor of the location-based total: the user's own row, else the table's, for exactly this zone. It never
 * climbs from a province to its country by itself: only where the operator allows it (`fallback`), under an id of its own.
 *
 * `status` tells the vintage (`earlier`, `later`, `stale`) unless the row is of the reporting year.
 */
export const locationFactor = (question: FactorQuestion): Found<Factor> => {
  const factor = pick(question, 'location', 'direct', question.zone);
  if (factor !== undefined) return found(factor);
  const country = question.fallback === 'country' ? marketAreaOf(question.zone) : undefined;
  const wider = country === undefined ? undefined : pick(question, 'location', 'direct', country);
  return wider === undefined ? missing(question) : found(standIn(wider, 'country_fallback'));
};

/** A factor in place of another one: a series of its own, since under one id two statuses could not be told apart. */
export const standIn = (factor: Factor, status: FactorStatus): Factor => ({
  ...factor,
  id: `${factor.id}/${status}`,
  status,
});

/** A contract covers the period that it was made for, and perhaps a later one; never an earlier one. */
const contractOf = (question: FactorQuestion): Factor | undefined => {
  const rows = question.rows.filter((row) => row.basis !== 'contract' || row.year <= question.year);
  return pick({ ...question, rows }, 'market', 'contract', question.zone);
};

/**
 * The factor of the market-based total: contract or supplier rate of the zone; residual mix of the zone, else of the
 * market that the zone lies in (its country: the row and the id name it); else the location-based factor with status
 * `residual_unavailable`. A residual mix that is not held is not zero.
 */
export const marketFactor = (question: FactorQuestion): Found<Factor> => {
  const factor =
    contractOf(question) ??
    pick(question, 'market', 'residual', question.zone) ??
    pick(question, 'market', 'residual', marketAreaOf(question.zone));
  if (factor !== undefined) return found(factor);
  const location = locationFactor(question);
  if (!location.found) return location;
  return found({ ...standIn(location.value, 'residual_unavailable'), method: 'market' });
};
