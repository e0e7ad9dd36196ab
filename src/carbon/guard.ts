import type { FactorRow } from '../model/factor.ts';

/**
 * Bounds of a believable factor in g CO2e per kWh. The dirtiest plants burn lignite or oil at about 1,200 to 1,600;
 * above 2,000 a value is in another unit (lb/MWh, g/MJ) or mistyped (carbon reference, section 6).
 */
export const FACTOR_RANGE = { least: 0, most: 2000 } as const;

export const isPlausible = (value: number): boolean =>
  Number.isFinite(value) && value >= FACTOR_RANGE.least && value <= FACTOR_RANGE.most;

const REFUSED_BASIS = {
  lifecycle: 'a lifecycle factor counts fuel supply and construction beside the stack, so Scope 2 refuses it',
  marginal: 'a marginal factor tells what one kWh more or less would change, so every inventory refuses it',
} as const;

const REFUSED_LEVEL: Readonly<Record<string, string>> = {
  'state-output':
    'a state output rate counts what is generated inside the state, not what is used there, so Scope 2 refuses it',
  aggregate: 'an aggregate of countries is context and no grid of its own, so Scope 2 refuses it',
};

/**
 * Why a row may not be used for Scope 2, or undefined if it may (GHG Protocol Scope 2: location-based takes direct
 * grid averages, market-based takes contracts and the residual mix). There is no override.
 */
export const refusal = (row: FactorRow, method: 'location' | 'market'): string | undefined => {
  if (row.basis === 'lifecycle' || row.basis === 'marginal') return REFUSED_BASIS[row.basis];
  if (!isPlausible(row.value)) {
    return `its value ${row.value} lies outside ${FACTOR_RANGE.least} to ${FACTOR_RANGE.most} g/kWh`;
  }
  if (Object.hasOwn(REFUSED_LEVEL, row.level)) return REFUSED_LEVEL[row.level];
  if (method === 'location' && row.basis !== 'direct') {
    return `a ${row.basis} factor is market-based, and this total is location-based`;
  }
  return undefined;
};
