import { exampleMark } from '../carbon/example.ts';
import { NO_PORT } from './no-port.ts';
import type { Config } from './schema.ts';

/** Whether the agent opens no port at all. */
export const hasNoPort = ({ web }: Config): boolean => web.listen_address === NO_PORT;

/** Zone in force: the operator's own, else the example's; undefined where CO2e is not wanted yet. */
export const gridZoneOf = ({ grid }: Config): string | undefined => grid.zone ?? grid.example_zone;

/** Whether CO2e rests on the example's zone: every screen says so, and `negawatt_config_example` is 1. */
export const isExample = ({ grid }: Config): boolean =>
  grid.zone === undefined && grid.example_zone !== undefined;

/** `EXAMPLE ZONE DE` while CO2e rests on the example's zone, else undefined. */
export const exampleOf = (config: Config): string | undefined =>
  exampleMark({ example: isExample(config), zone: gridZoneOf(config) });
