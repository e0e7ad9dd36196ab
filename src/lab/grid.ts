import { pueOf } from '../carbon/emissions.ts';
import type { CarbonAt } from '../carbon/in-force.ts';
import { type LiveSeries, liveFactorAt } from '../carbon/live.ts';
import type { Factor, FactorBasis } from '../model/factor.ts';
import type { GridReading, GridSeries } from '../model/grid.ts';
import { GRID_STANDINGS, type GridState } from '../model/grid-state.ts';
import { gramsPerKWh, ratio, seconds } from '../units.ts';
import { createNoise } from './noise.ts';

/** ISO 3166-1 leaves ZZ to its users: no country has it. */
export const LAB_ZONE = 'ZZ';
const PROVIDER = 'simulated';
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Hours of the past and of the forecast that are told at a time. */
const KEPT = 24;
const AHEAD = 25;

export interface LabGrid {
  readonly carbonAt: CarbonAt;
  /** What a provider of live data tells at a time, milliseconds since 1970 UTC. */
  statesAt(wall: number): readonly GridState[];
}

export interface LabGridOptions {
  readonly seed: string;
  /** Start of the simulation, seconds since 1970 UTC: its weather is told from there on. */
  readonly since: number;
  /** From when on the grid emits another share of what it did, milliseconds since 1970 UTC. */
  readonly greener?: { readonly from: number; readonly factor: number };
}

const SERIES: GridSeries = {
  provider: PROVIDER,
  zone: LAB_ZONE,
  ...{ signal: 'average', basis: 'direct', gases: 'CO2e', gwp: 'AR5', boundary: 'consumption', edition: '' },
  ...{ source: 'simulated', licence: 'none' },
  interval: seconds(3600),
};

const yearly = (basis: FactorBasis, value: number): Factor => ({
  id: `${LAB_ZONE}/${basis}/simulated`,
  method: 'market',
  status: 'user',
  provider: PROVIDER,
  row: {
    ...{ zone: LAB_ZONE, name: 'simulated grid', level: 'country', value: gramsPerKWh(value), basis },
    ...{ gases: 'CO2e', gwp: 'AR5', boundary: 'consumption', year: 2026, yearKind: 'data' },
    ...{ source: 'simulated', licence: 'none', citation: '-', check: 'user', note: '-' },
  },
});

/** Hours that are remembered: hosts ask for the one at hand and the one before it in turns, and each has 49 readings. */
const REMEMBERED = 64;

/** What is made of an hour, made once; the oldest is forgotten. @param make of an hour since 1970 UTC. */
const byHour = <T>(make: (hour: number) => T): ((hour: number) => T) => {
  const known = new Map<number, T>();
  return (hour) => {
    const held = known.get(hour);
    if (held !== undefined) return held;
    const made = make(hour);
    known.set(hour, made);
    const [oldest] = known.keys();
    if (known.size > REMEMBERED && oldest !== undefined) known.delete(oldest);
    return made;
  };
};

/** A grid that exists nowhere: dirtier in the evening, cleaner at noon and in windy days. All of it says `simulated`. */
export const createGrid = ({ seed, since, greener }: LabGridOptions): LabGrid => {
  const wind = createNoise(`${seed} wind`, 1.5 * 86_400);
  const intensity = (wall: number): number => {
    const hour = (wall % DAY_MS) / HOUR_MS;
    const sun = Math.max(0, Math.cos(((hour - 13) * Math.PI) / 12));
    const evening = Math.exp(-(((hour - 19) / 2.5) ** 2));
    const factor = greener !== undefined && wall >= greener.from ? greener.factor : 1;
    return Math.round(factor * Math.max(60, 360 - 150 * sun + 60 * evening - 70 * wind(wall / 1000 - since)));
  };
  const reading = byHour((hour): GridReading => {
    const from = hour * HOUR_MS;
    const value = gramsPerKWh(intensity(from + HOUR_MS / 2));
    return { from, to: from + HOUR_MS, estimated: false, value };
  });
  const at = byHour((hour): { readonly live: LiveSeries; readonly state: GridState } => {
    const past = Array.from({ length: KEPT }, (_, back) => reading(hour - KEPT + 1 + back));
    const forecast = Array.from({ length: AHEAD }, (_, ahead) => ({
      ...reading(hour + 1 + ahead),
      estimated: true,
    }));
    const state: GridState = {
      ...{ id: PROVIDER, provider: PROVIDER, label: 'simulated grid', series: SERIES, readings: past },
      forecast: { generatedAt: hour * HOUR_MS, readings: forecast },
      ...{ fetchedAt: hour * HOUR_MS, age: seconds(0), state: 'fresh', notes: [] },
      counts: {
        ...{ asked: 0, answered: 0, failed: 0, restated: 0, seriesChanges: 0 },
        dropped: { future: 0, missing: 0, absurd: 0, overlap: 0 },
        entered: Object.fromEntries(
          GRID_STANDINGS.map((name) => [name, 0]),
        ) as GridState['counts']['entered'],
      },
    };
    return { live: { series: SERIES, readings: past }, state };
  });
  const pue = pueOf(1.3);
  const residual = yearly('residual', 480);
  const contract = yearly('contract', 0);
  const answer = byHour((hour): ReturnType<CarbonAt> => {
    const location = liveFactorAt(at(hour).live, LAB_ZONE, hour * HOUR_MS)?.factor;
    return {
      zone: LAB_ZONE,
      location,
      market: residual,
      covered: [{ share: ratio(0.4), factor: contract }],
      adders: [
        {
          part: 'transmission',
          perKWh: gramsPerKWh(0.06 * (location?.row.value ?? 0)),
          factor: location?.id ?? '',
        },
        { part: 'upstream', perKWh: gramsPerKWh(45), factor: `${LAB_ZONE}/upstream/simulated` },
      ],
      pue: pue.found ? pue.value : undefined,
      price: { currency: 'EUR', perKWh: hour % 24 < 6 ? 0.16 : 0.24 },
      wue: 1.1,
      example: false,
      until: (hour + 1) * HOUR_MS,
      problems: [],
    };
  });
  const hourOf = (wall: number): number => Math.floor(wall / HOUR_MS);
  return {
    statesAt: (wall) => [at(hourOf(wall)).state],
    carbonAt: (wall) => answer(hourOf(wall)),
  };
};
