import { join } from 'node:path';
import {
  type AdderPins,
  type CarbonAt,
  type Config,
  type FactorPins,
  type Gauge,
  gridZoneOf,
  isExample,
  localTime,
  openFactors,
  openGauge,
  readAdderPins,
  readApart,
  readPins,
  seconds,
  utcTime,
  writeAdderPins,
  writePins,
} from '../src/index.ts';
import { CONFIG_DIRECTORY } from './configuration.ts';
import { CommandError } from './exit.ts';
import type { LiveGrid } from './live-grid.ts';

/** Small sheds at night reach 5; more is a percentage, or a broken meter. */
const MOST_PUE = 10;

/** PUE as an exporter of the building measures it; undefined where none is named. */
export const openPue = (
  { site: { pue_metric: options } }: Config,
  tell: (trouble: { readonly reason: string; readonly fix: string } | undefined) => void,
): Gauge | undefined => {
  if (options === undefined) return undefined;
  const wrong = (value: number): string | undefined =>
    value >= 1 && value <= MOST_PUE
      ? undefined
      : `a PUE of ${value} cannot be: it is 1 or more, and ${MOST_PUE} at most`;
  return openGauge({ interval: seconds(60), ...options }, wrong, tell, () => performance.now() / 1000);
};

export interface CarbonPins {
  readonly held: FactorPins;
  readonly keep: (pins: FactorPins) => void;
  readonly adders: { readonly held: AdderPins; readonly keep: (pins: AdderPins) => void };
  readonly restate: readonly number[];
}

/** Years stay with the factors that they began with, also for a command that only looks; the running agent keeps them. */
export const pinsIn = (
  dir: string | undefined,
  { grid: { restate } }: Config,
  keeps: boolean,
  tell: (message: string, fix: string) => void,
): CarbonPins | undefined => {
  if (dir === undefined) return undefined;
  const [read, adders] = [readPins(dir), readAdderPins(dir)];
  for (const one of [read, adders]) if (!one.found && one.state === 'unreadable') tell(one.reason, one.fix);
  const keeping =
    <P>(write: (dir: string, pins: P) => void) =>
    (pins: P): void => {
      if (!keeps) return;
      try {
        write(dir, pins);
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        tell(`the factors of this year cannot be kept: ${why}`, `Make ${dir} writable for the agent.`);
      }
    };
  return {
    held: read.found ? read.value : new Map(),
    keep: keeping(writePins),
    adders: { held: adders.found ? adders.value : new Map(), keep: keeping(writeAdderPins) },
    restate,
  };
};

/** Prices of the site, and what tells its local time. */
export const tariffOf = ({ site: { tariff } }: Pick<Config, 'site'>) => {
  if (tariff === undefined) return undefined;
  const { timezone, ...prices } = tariff;
  return { tariff: prices, local: timezone === undefined ? utcTime : localTime(timezone) };
};

/** Location-based factor that the operator states, for a past that kept none; one of CO2 alone is none of CO2e. */
export const statedFactor = ({ grid }: Pick<Config, 'grid'>) =>
  grid.location?.gases === 'CO2e' ? grid.location.factor : undefined;

/** What evaluations apart are told of money and grid: plain data. */
export const statedRates = (config: Pick<Config, 'grid' | 'site'>) => ({
  tariff: config.site.tariff,
  factor: statedFactor(config),
});

/** Factors of the zone in force. Throws CommandError where a table cannot be read or a row of it is wrong. */
export const openCarbon = async (
  config: Config,
  pins?: CarbonPins,
  grid?: LiveGrid,
  pue?: Gauge,
): Promise<CarbonAt> => {
  try {
    return await openFactors({
      directory: join(CONFIG_DIRECTORY, 'factors'),
      userFiles: config.grid.files,
      read: (question) => readApart('zoneRows', question),
      zone: gridZoneOf(config),
      example: isExample(config),
      location: config.grid.location,
      market: config.grid.market,
      pue: config.site.pue,
      puePeriods: config.site.pue_periods,
      instruments: config.grid.instruments,
      fallback: config.grid.fallback,
      tenancy: config.site.tenancy,
      tenancies: config.site.tenancy_periods,
      tariff: tariffOf(config),
      ...(pins === undefined ? {} : { pins }),
      ...(grid === undefined ? {} : { live: grid.live }),
      ...(pue === undefined ? {} : { pueNow: pue.value }),
      wue: config.site.wue,
      erf: config.site.erf,
      upstream: { loss: config.grid.loss, upstream: config.grid.upstream, adders: config.grid.adders },
    });
  } catch (cause) {
    throw new CommandError(
      `the factor tables are not usable: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
  }
};
