import { type GramsPerKWh, gramsPerKWh } from '../units.ts';

/** Production types (ENTSO-E code list, StandardPsrType B01 to B25), in words for messages. */
const NAMES: Readonly<Record<string, string>> = {
  ...{ B01: 'biomass', B02: 'lignite', B03: 'coal-derived gas', B04: 'gas', B05: 'hard coal', B06: 'oil' },
  ...{ B07: 'oil shale', B08: 'peat', B09: 'geothermal', B10: 'pumped storage', B11: 'run-of-river' },
  ...{ B12: 'reservoir', B13: 'marine', B14: 'nuclear', B15: 'other renewable', B16: 'solar', B17: 'waste' },
  ...{ B18: 'wind offshore', B19: 'wind onshore', B20: 'other', B25: 'energy storage' },
};

/** `lignite (B02)` */
export const typeName = (type: string): string => {
  const name = Object.hasOwn(NAMES, type) ? NAMES[type] : undefined;
  return name === undefined ? type : `${name} (${type})`;
};

export const FACTOR_SOURCE =
  'National Grid ESO, Carbon Intensity Forecast Methodology (2017), after Staffell (2017), CC BY 4.0';

/**
 * Direct CO2 of a kWh that is generated, in g/kWh: one set from one publication (FACTOR_SOURCE), never filled up from
 * another. Gas is taken as combined cycle, 394, as the platform does not tell open cycles (651) apart. The set has
 * nothing for lignite, coal-derived gas, oil shale, peat, geothermal, marine, other renewables and waste.
 */
export const FACTORS: ReadonlyMap<string, GramsPerKWh> = new Map(
  Object.entries({
    ...{ B01: 120, B04: 394, B05: 937, B06: 935, B20: 300 },
    ...{ B10: 0, B11: 0, B12: 0, B14: 0, B16: 0, B18: 0, B19: 0 },
  }).map(([type, value]) => [type, gramsPerKWh(value)]),
);

/** Stores generate now and then and are told then alone: without a value they generate nothing. */
export const STORES: ReadonlySet<string> = new Set(['B10', 'B25']);
