import type { Cost, Side, Utilisation } from '../model/comparison.ts';
import {
  type FactorOrigin,
  type HistoryChunk,
  type HostHistory,
  originKey,
  type TimeWindow,
  type WorkTerm,
} from '../model/history.ts';
import type { ResidualPower } from '../model/measure.ts';
import type { Quality } from '../model/meter.ts';
import { lessSure } from '../model/usage.ts';
import { type GramsPerKWh, grams, JOULES_PER_KWH, joules, ratio, seconds } from '../units.ts';
import { isMetered, LEAST_COVERAGE } from './metered.ts';
import type { ScopeSeries } from './series.ts';

/** Steps of utilisation that are told apart: 0.1 %. */
const BINS = 1000;
/** Bars of a histogram: 5 points each. */
const BARS = 20;

/** Utilisation over host-intervals, streamed: counts by bin, weighted by the time that hosts were powered on. */
const buildUtilisation = () => {
  const bins = new Float64Array(BINS + 1);
  let [time, busy, all] = [0, 0, 0];
  return {
    add: (value: number, on: number, step: number): void => {
      // A host that is off is capacity that did nothing.
      if (on === 0) all += step;
      if (!Number.isFinite(value) || on === 0) return;
      const used = Math.min(Math.max(value, 0), 1);
      const bin = Math.round(used * BINS);
      bins[bin] = (bins[bin] ?? 0) + on;
      time += on;
      busy += used * on;
      all += step;
    },
    result: (): Utilisation => {
      if (time === 0) return { mean: undefined, p95: undefined, meanOfAll: undefined };
      let [below, at] = [0, 0];
      while (at < BINS && below + (bins[at] ?? 0) < 0.95 * time) below += bins[at++] ?? 0;
      const histogram = Array.from({ length: BARS }, () => 0);
      for (const [bin, weight] of bins.entries()) {
        const bar = Math.min(BARS - 1, Math.floor((bin * BARS) / BINS));
        histogram[bar] = (histogram[bar] ?? 0) + weight / time;
      }
      return { mean: ratio(busy / time), p95: ratio(at / BINS), meanOfAll: ratio(busy / all), histogram };
    },
  };
};

export interface SideInput {
  readonly label: string;
  readonly window: TimeWindow;
  readonly step: number;
  readonly hosts: readonly string[];
  readonly work: readonly WorkTerm[];
  readonly residual: ResidualPower;
  /** Price of a kWh at an instant, seconds since 1970 UTC; absent: no tariff. */
  readonly price?:
    | ((at: number) => { readonly currency: string; readonly perKWh: number } | undefined)
    | undefined;
}

export interface SideBuilder {
  add(chunk: HistoryChunk): void;
  /** @param factor one for all of it; undefined: no grams. @param facility whether PUE is in grams and cost. */
  result(factor: GramsPerKWh | undefined): Side;
  /** gCO2e/kWh, the mean of the window weighted by energy; undefined where none was kept. */
  meanFactor(): number | undefined;
}

/** One side of a comparison, added up chunk by chunk. Energy is as it was metered: nothing is scaled up. */
export const buildSide = (input: SideInput): SideBuilder => {
  const { label, window, step, hosts, residual, price } = input;
  const wanted = new Set(hosts);
  const [cpu, gpu] = [buildUtilisation(), buildUtilisation()];
  const work = new Float64Array(input.work.length).fill(Number.NaN);
  const meters = new Set<string>();
  const factors = new Map<string, FactorOrigin>();
  let [energy, lost, known, powered, isPoweredKnown] = [0, 0, 0, 0, true];
  let [weighted, weight] = [0, 0];
  let quality: Quality | undefined;
  let cost: Cost | undefined;

  const addEnergy = (value: number, grid: number, at: number): void => {
    const next = energy + value;
    lost += Math.abs(energy) >= Math.abs(value) ? energy - next + value : value - next + energy;
    energy = next;
    if (Number.isFinite(grid)) {
      weighted += grid * value;
      weight += value;
    }
    const paid = price?.(at);
    if (paid !== undefined)
      cost = {
        currency: paid.currency,
        amount: (cost?.amount ?? 0) + (value / JOULES_PER_KWH) * paid.perKWh,
      };
  };

  /** Whether a meter counted anything of the host within the window. */
  const addHost = (host: HostHistory, chunk: HistoryChunk): boolean => {
    let isAnyMetered = false;
    for (let i = 0; i < chunk.length; i += 1) {
      const at = chunk.from + i * step;
      if (at < window.from || at >= window.to) continue;
      const value = host.energy[i] ?? Number.NaN;
      const on = host.poweredOn[i] ?? Number.NaN;
      if (isMetered(host, i)) {
        known += step * (host.coverage[i] ?? 0);
        addEnergy(value, chunk.grid[i] ?? Number.NaN, at);
        isAnyMetered ||= on !== 0;
      } else if (on === 0) {
        // A plan that says that it is metered, and is not, knows nothing.
        if (residual.measured) continue;
        known += step;
        addEnergy(residual.watts * step, chunk.grid[i] ?? Number.NaN, at);
      } else continue;
      if (Number.isFinite(on)) powered += Math.min(on, step);
      else isPoweredKnown = false;
      const time = Number.isFinite(on) ? Math.min(on, step) : step;
      cpu.add(host.cpu[i] ?? Number.NaN, time, step);
      gpu.add(host.gpu[i] ?? Number.NaN, time, step);
    }
    return isAnyMetered;
  };

  return {
    add: (chunk) => {
      // Other windows of the same read have meters and qualities of their own.
      if (chunk.from >= window.to || chunk.from + chunk.length * step <= window.from) return;
      const mine = chunk.hosts.filter(({ host }) => wanted.has(host));
      for (const host of mine) {
        // What metered a host before or after this window, or while it was off, is no meter of this side.
        if (!addHost(host, chunk)) continue;
        if (host.meter !== '') meters.add(host.meter);
        quality = lessSure(quality, host.quality);
      }
      for (const one of chunk.factors ?? []) factors.set(originKey(one), one);
      const isPart = mine.length > 0 && mine.every((host) => host.work.length > 0);
      for (let i = 0; i < chunk.length; i += 1) {
        const at = chunk.from + i * step;
        if (at < window.from || at >= window.to) continue;
        for (const term of work.keys()) {
          const amount = isPart
            ? mine.reduce(
                (sum, { work: own }) => sum + (Number.isFinite(own[term]?.[i]) ? (own[term]?.[i] ?? 0) : 0),
                0,
              )
            : (chunk.work[term]?.[i] ?? Number.NaN);
          if (Number.isFinite(amount))
            work[term] = (Number.isFinite(work[term]) ? (work[term] ?? 0) : 0) + amount;
        }
      }
    },
    meanFactor: () => (weight > 0 ? weighted / weight : undefined),
    result: (factor) => ({
      label,
      window,
      hosts: hosts.length,
      hostTime: seconds((window.to - window.from) * hosts.length),
      knownTime: seconds(known),
      poweredTime: isPoweredKnown && known > 0 ? seconds(powered) : undefined,
      cpu: cpu.result(),
      gpu: gpu.result(),
      work: input.work.flatMap(({ unit }, term) =>
        Number.isFinite(work[term]) ? [{ unit, amount: work[term] ?? 0 }] : [],
      ),
      energy: joules(energy + lost),
      grams: factor === undefined ? undefined : grams(((energy + lost) / JOULES_PER_KWH) * factor),
      cost,
      quality,
      meters: [...meters].sort(),
      ...(factors.size === 0
        ? {}
        : { factors: [...factors.keys()].sort().flatMap((key) => factors.get(key) ?? []) }),
    }),
  };
};

/**
 * Work of the host time that is known, as the energy beside it is; kinds that are not known in a tenth of the intervals
 * that have energy, or more, are left out: energy by unit would be of other hours than its work.
 */
export const workOf = (series: ScopeSeries, work: readonly WorkTerm[]): Side['work'] =>
  work.flatMap(({ unit }, term) => {
    let [amount, known, metered] = [0, 0, 0];
    for (let at = 0; at < series.length; at += 1) {
      if (!Number.isFinite(series.energy[at])) continue;
      metered += 1;
      const units = series.work[term]?.[at] ?? Number.NaN;
      if (!Number.isFinite(units)) continue;
      known += 1;
      amount += units;
    }
    return known > 0 && known >= LEAST_COVERAGE * metered ? [{ unit, amount }] : [];
  });
