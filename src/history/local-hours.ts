import type { FactorOrigin, WorkTerm } from '../model/history.ts';
import { type BookedFactor, bookedFactorOf } from '../model/hour-record.ts';
import { lessSure, metersOfBoth, type Usage } from '../model/usage.ts';
import { JOULES_PER_KWH } from '../units.ts';
import { type HostColumns, uniqueOrigins, unknown, unknownHost } from './intervals.ts';

/** A host from rows of hours, with the factor and the PUE by which they were booked. */
export interface LocalHours {
  readonly host: HostColumns;
  /** gCO2e/kWh of the energy for which a location-based factor was held. */
  readonly grid: Float64Array;
  readonly pue: Float64Array;
}

export const blankHours = (host: string, length: number, terms: number): LocalHours => ({
  host: unknownHost(host, length, terms),
  grid: unknown(length),
  pue: unknown(length),
});

interface Sums {
  energy: number;
  covered: number;
  on: number;
  cpuBusy: number;
  cpuThere: number;
  gpuBusy: number;
  gpuThere: number;
  /** Location-based grams and the energy with overhead that they are of. */
  grams: number;
  withFactor: number;
  /** IT energy with a PUE, and what the building added to it. */
  withPue: number;
  overhead: number;
}

/**
 * Fills intervals from rows; several of an hour are its grid zones. An hour that says no time that its energy is of was
 * kept before such times were: nothing tells that it is whole, so it is not known.
 */
export const addHours = (
  { host, grid, pue }: LocalHours,
  rows: readonly Usage[],
  from: number,
  step: number,
  work: readonly WorkTerm[],
): void => {
  const sums = new Map<number, Sums>();
  for (const row of rows) {
    const at = Math.floor((row.start - from) / step);
    if (at < 0 || at >= host.energy.length) continue;
    addWork(host, row, at, work);
    if (row.scope !== 'host') continue;
    const own = sums.get(at) ?? blank();
    sums.set(at, own);
    own.on = plus(own.on, row.poweredOn);
    own.cpuBusy = plus(own.cpuBusy, row.cpuBusy);
    own.cpuThere = plus(own.cpuThere, row.cpuAvailable);
    own.gpuBusy = plus(own.gpuBusy, row.gpuBusy);
    own.gpuThere = plus(own.gpuThere, row.gpuAvailable);
    if (row.covered === undefined) continue;
    own.energy += row.energy;
    own.covered += row.covered;
    host.quality = lessSure(host.quality, row.quality);
    host.meter = metersOfBoth(host.meter || undefined, row.meter) ?? '';
    addFactors(own, row);
  }
  for (const [at, own] of sums) {
    if (own.covered > 0) {
      host.energy[at] = own.energy;
      host.coverage[at] = Math.min(1, own.covered / step);
    }
    host.poweredOn[at] = Math.min(step, own.on);
    host.cpu[at] = own.cpuBusy / own.cpuThere;
    host.gpu[at] = own.gpuBusy / own.gpuThere;
    if (own.withFactor > 0) grid[at] = (own.grams / own.withFactor) * JOULES_PER_KWH;
    if (own.withPue > 0) pue[at] = 1 + own.overhead / own.withPue;
  }
};

const blank = (): Sums => ({
  ...{ energy: 0, covered: 0, on: Number.NaN, grams: 0, withFactor: 0, withPue: 0, overhead: 0 },
  ...{ cpuBusy: Number.NaN, cpuThere: Number.NaN, gpuBusy: Number.NaN, gpuThere: Number.NaN },
});

const plus = (held: number, more: number | undefined): number =>
  more === undefined ? held : Number.isNaN(held) ? more : held + more;

/** Grams hold the overhead of the building: the factor is theirs over energy with overhead, kept apart in the record. */
const addFactors = (own: Sums, { energy, record }: Usage): void => {
  if (record === undefined) return;
  for (const booked of record.booked.values()) {
    if (booked.method !== 'location' || booked.overhead === undefined) continue;
    own.grams += booked.grams;
    own.withFactor += booked.energy + booked.overhead;
  }
  own.withPue += energy - record.withoutPue;
  own.overhead += record.overhead;
};

const addWork = (host: HostColumns, row: Usage, at: number, work: readonly WorkTerm[]): void => {
  for (const [index, { unit, workloadClass }] of work.entries()) {
    const isOf =
      workloadClass === undefined
        ? row.scope === 'host'
        : row.scope === 'class' && row.name === workloadClass;
    const amount = isOf ? row.work?.get(unit) : undefined;
    const column = host.work[index];
    if (amount !== undefined && column !== undefined) column[at] = plus(column[at] ?? Number.NaN, amount);
  }
};

/** Where the location-based factors of these rows are from, as they were booked; older rows say nothing. */
export const factorsOf = (rows: readonly Usage[]): readonly FactorOrigin[] => {
  const origins = new Map<string, FactorOrigin>();
  for (const { scope, record } of rows)
    if (scope === 'host' && record !== undefined)
      for (const { method, factor } of record.booked.values()) {
        if (method !== 'location' || origins.has(factor)) continue;
        const { provider, row } = aboutFactor(factor);
        if (provider !== undefined)
          origins.set(factor, {
            ...{ provider, signal: row?.basis === 'marginal' ? 'marginal' : 'average' },
            ...(row === undefined ? {} : { basis: row.basis, gases: row.gases, edition: row.yearKind }),
          });
      }
  return uniqueOrigins([...origins.values()]);
};

/** Where a factor is from is told beside the figures: what cannot be read of it must not take them away. */
const aboutFactor = (text: string): Partial<BookedFactor> => {
  try {
    return bookedFactorOf(text);
  } catch {
    return {};
  }
};
