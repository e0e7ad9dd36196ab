import { emissionsOf, energyOf, type GramsCO2e, scale, seconds, type Watts } from '../units.ts';
import type { HostJson } from './host-json.ts';

/** Emissions of an hour at this power: location-based, PUE included. Undefined without a factor; never 0 instead. */
export const gramsPerHour = ({ emissions }: HostJson, power: Watts): GramsCO2e | undefined => {
  const { location } = emissions;
  if (!location.available) return undefined;
  return scale(emissionsOf(energyOf(power, HOUR), location.factor.gramsPerKwh), location.pue ?? 1);
};

const HOUR = seconds(3600);
