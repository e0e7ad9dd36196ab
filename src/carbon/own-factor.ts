import type { FactorBasis, FactorRow } from '../model/factor.ts';
import type { GramsPerKWh } from '../units.ts';

/** A factor from a document of the operator's own. */
export interface OwnFactor {
  readonly factor: GramsPerKWh;
  readonly document: string;
  readonly year: number;
  readonly gases: 'CO2' | 'CO2e';
}

/** Rows of the operator's own factors, which the configuration states for a zone. */
export const ownRows = (
  zone: string,
  { location, market }: { readonly location: OwnFactor | undefined; readonly market: OwnFactor | undefined },
): readonly FactorRow[] => [...ownRow(zone, location, 'direct'), ...ownRow(zone, market, 'contract')];

const ownRow = (zone: string, from: OwnFactor | undefined, basis: FactorBasis): readonly FactorRow[] =>
  from === undefined
    ? []
    : [
        {
          zone,
          name: zone,
          level: 'unstated',
          value: from.factor,
          basis,
          gases: from.gases,
          gwp: from.gases === 'CO2' ? 'none' : 'unstated',
          boundary: 'unstated',
          year: from.year,
          yearKind: 'data',
          source: from.document,
          licence: 'own',
          citation: from.document,
          check: 'user',
          note: '-',
        },
      ];
