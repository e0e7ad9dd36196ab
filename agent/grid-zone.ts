import { type CarbonInForce, type Config, exampleOf, gridZoneOf } from '../src/index.ts';

/** How the grid zone stands, as `doctor`, the banner and `config check` tell it. */
export interface GridZone {
  /**
   * - `ok`: a factor is in force. - `example`: it is that of the example's zone.
   * - `unknown`: a zone was given that no table holds. - `missing`: none was given, or none of its factors may be used.
   */
  readonly status: 'ok' | 'example' | 'unknown' | 'missing';
  /** The factor in force, or why there is none. */
  readonly why: string;
  readonly fix: string;
}

export const gridZone = (config: Config, carbon: CarbonInForce): GridZone => {
  const { zone, location } = carbon;
  if (location === undefined) {
    const status = zone === undefined && gridZoneOf(config) !== undefined ? 'unknown' : 'missing';
    const [problem] = carbon.problems;
    return { status, why: problem?.reason ?? 'no factor is in force', fix: problem?.fix ?? '' };
  }
  const { id, row } = location;
  const example = exampleOf(config);
  if (example !== undefined) {
    return {
      status: 'example',
      why: `${example}: these grams are not this host's`,
      fix: 'set grid.zone in the config file, NEGAWATT_GRID_ZONE or --grid.zone',
    };
  }
  return { status: 'ok', why: `${zone}, ${row.value} g/kWh (${id}, ${row.source})`, fix: '' };
};

/** The zone in one line of the banner. */
export const gridZoneLine = (config: Config, carbon: CarbonInForce): string => {
  const { status, why, fix } = gridZone(config, carbon);
  const example = exampleOf(config);
  const { location, zone } = carbon;
  if (location === undefined) {
    return status === 'missing' && gridZoneOf(config) === undefined
      ? 'not set: energy is exported, CO2e is not; set it with --grid.zone'
      : `${example === undefined ? '' : `${example}: `}${why}; ${fix}`;
  }
  const factor = `${location.row.value} g/kWh (${location.id})`;
  return example === undefined
    ? `${zone}, ${factor}`
    : `${example}, ${factor}: these grams are not this host's; set yours with --grid.zone`;
};
