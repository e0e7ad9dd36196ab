import { readFile } from 'node:fs/promises';
import { absent, type Found, found } from '../model/found.ts';
import { nearest } from '../model/nearest.ts';
import { FactorTableError } from './table-error.ts';

/** Region of a cloud and the grid that its place draws from: assigned by the place that its provider publishes. */
export interface CloudRegion {
  readonly provider: 'aws' | 'gcp' | 'azure' | 'alibaba';
  readonly region: string;
  readonly location: string;
  readonly zone: string;
}

const CLOUD = /^(aws|gcp|azure|alibaba):(.*)$/;

/** Whether a zone is written as a region of a cloud, `aws:eu-central-1`. */
export const isCloudRegion = (zone: string): boolean => CLOUD.test(zone);

/**
 * The grid zone of a region of a cloud. @param path of the shipped mapping. Throws FactorTableError where it cannot be
 * read: then the installation is damaged.
 */
export const zoneOfCloudRegion = async (input: string, path: string): Promise<Found<CloudRegion>> => {
  const [, provider = '', region = ''] = CLOUD.exec(input) ?? [];
  const regions = await readRegions(path);
  const own = regions.filter((one) => one.provider === provider);
  const exact = own.find((one) => one.region === region);
  if (exact !== undefined) return found(exact);
  const near = nearest(
    region,
    own.map((one) => one.region),
    3,
  ).map((one) => `${provider}:${one}`);
  const which = near.length === 0 ? '' : `set grid.zone to the region that is meant: ${near.join(', ')}; or `;
  return absent(
    `${JSON.stringify(input.slice(0, 60))} is not among the ${own.length} regions of ${provider} whose grid is known`,
    `${which}set grid.zone to the zone of the grid itself, such as DE; until then kWh is exported, CO2e is not`,
  );
};

const readRegions = async (path: string): Promise<readonly CloudRegion[]> => {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as readonly CloudRegion[];
  } catch (cause) {
    throw new FactorTableError([`${path}: ${cause instanceof Error ? cause.message : String(cause)}`], cause);
  }
};
