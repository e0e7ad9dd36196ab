import type { Factor, Gases } from '../model/factor.ts';
import { type GramsPerKWh, type Ratio, ratio } from '../units.ts';
import type { Covered } from './in-force.ts';

/** Instruments of the market-based method, most precise first (GHG Protocol Scope 2 Guidance, table 6.3). */
export const INSTRUMENT_KINDS = ['certificates', 'ppa', 'supplier', 'on_site'] as const;
export type InstrumentKind = (typeof INSTRUMENT_KINDS)[number];

/** What the operator bought for a part of the load over a period. Offsets are no instrument. */
export interface Instrument {
  /** Short and unique; part of the factor's id. */
  readonly name: string;
  readonly kind: InstrumentKind;
  /** Milliseconds since 1970 UTC; half-open. */
  readonly from: number;
  readonly to: number;
  /** Of the load in that period. */
  readonly share: Ratio;
  readonly factor: GramsPerKWh;
  readonly gases: Gases;
  /** Certificate numbers and their cancellation, or the contract. */
  readonly document: string;
}

/** Rounding of shares that the operator wrote as thirds. */
const TOLERANCE = 1e-9;

/** The first instant at which instruments cover more than there is, milliseconds since 1970 UTC; undefined if never. */
export const overCovered = (instruments: readonly Instrument[]): number | undefined =>
  [...instruments]
    .map(({ from }) => from)
    .sort((a, b) => a - b)
    .find((wall) => sharesAt(instruments, wall) > 1 + TOLERANCE);

const isDuring =
  (wall: number) =>
  ({ from, to }: Instrument): boolean =>
    from <= wall && wall < to;

const sharesAt = (instruments: readonly Instrument[], wall: number): number =>
  instruments.filter(isDuring(wall)).reduce((sum, { share }) => sum + share, 0);

/** What is covered at an instant, and until when that holds. What is not covered takes the residual mix. */
export const coveredAt = (
  instruments: readonly Instrument[],
  zone: string,
  wall: number,
): { readonly covered: readonly Covered[]; readonly until?: number } => {
  const covered = instruments
    .filter(isDuring(wall))
    .map((one): Covered => ({ share: one.share, factor: factorOf(one, zone) }));
  const changes = instruments.flatMap(({ from, to }) => [from, to]).filter((at) => at > wall);
  return { covered, ...(changes.length === 0 ? {} : { until: Math.min(...changes) }) };
};

/** Share of the load without an instrument. */
export const uncovered = (covered: readonly Covered[]): Ratio =>
  ratio(Math.max(0, 1 - covered.reduce((sum, { share }) => sum + share, 0)));

const factorOf = (one: Instrument, zone: string): Factor => ({
  id: `${zone}/${one.kind}/${one.name}`,
  method: 'market',
  status: 'user',
  provider: 'user',
  row: {
    zone,
    name: one.name,
    level: one.kind,
    value: one.factor,
    basis: 'contract',
    gases: one.gases,
    gwp: one.gases === 'CO2' ? 'none' : 'unstated',
    boundary: 'unstated',
    year: new Date(one.from).getUTCFullYear(),
    yearKind: 'data',
    source: one.document,
    licence: 'own',
    citation: one.document,
    check: 'user',
    note: '-',
  },
});
