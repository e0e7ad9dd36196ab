import type { Remark } from '../model/estimate.ts';
import type { FactorOrigin } from '../model/history.ts';

/**
 * Whether emissions of two sides may be compared. An average says what a kWh emitted, a marginal factor what one more
 * would: of two such figures neither difference nor sum means anything. The energy is not touched by it.
 */
export const factorRemarks = (
  before: FactorOrigin | undefined,
  after: FactorOrigin | undefined,
): { readonly flags: readonly Remark[]; readonly isRefused: boolean } => {
  if (before === undefined || after === undefined) return { flags: [], isRefused: false };
  if (before.signal !== after.signal || after.signal === 'marginal')
    return {
      isRefused: true,
      flags: [
        {
          flag: 'factor_signal',
          text:
            before.signal === after.signal
              ? 'Emission factors are marginal ones, which say what one more kWh would emit, not what these emitted: CO2e is not compared.'
              : `Emission factors are ${before.signal} before the start and ${after.signal} after it: CO2e is not compared.`,
          remedy: 'Use location-based average factors on both sides.',
        },
      ],
    };
  if (before.provider !== after.provider)
    return {
      isRefused: false,
      flags: [
        {
          flag: 'factor_provider',
          text: `Emission factors are from ${before.provider} before the start and from ${after.provider} after it: the effect of the grid holds that change too; the effect of the energy does not.`,
          remedy: '',
        },
      ],
    };
  return { flags: [], isRefused: false };
};

/**
 * The one origin that stands for those of a side: a marginal factor among them spoils the whole of it. Undefined where
 * nothing is known.
 */
export const originOf = (factors: readonly FactorOrigin[] = []): FactorOrigin | undefined => {
  if (factors.length === 0) return undefined;
  const providers = [...new Set(factors.map(({ provider }) => provider))].sort();
  return {
    provider: providers.join(' and '),
    signal: factors.some(({ signal }) => signal === 'marginal') ? 'marginal' : 'average',
  };
};
