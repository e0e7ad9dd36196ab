import type { Remark } from '../model/estimate.ts';
import type { FactorOrigin } from '../model/history.ts';

/** What factors of both sides have to share, and what of it is said. */
const TERMS = {
  basis: { flag: 'factor_basis', name: 'basis' },
  gases: { flag: 'factor_gases', name: 'gases' },
  edition: { flag: 'factor_edition', name: 'edition' },
} as const;

/** What the year of a factor is, in words. */
const EDITIONS: Readonly<Record<string, string>> = {
  data: 'years of generation',
  edition: 'years of publication',
  compliance: 'years of compliance',
  fiscal: 'fiscal years',
};

const AND = ' and ';
const inWords = (terms: string): string =>
  terms
    .split(AND)
    .map((one) => EDITIONS[one] ?? one)
    .join(AND);

/**
 * Whether both sides count alike: another basis, other gases or another kind of year move the figure alone. Hours in which
 * something else stood in are named; what has nothing in common, or adds two bases, is refused.
 */
const termsRemarks = (before: FactorOrigin, after: FactorOrigin): ReturnType<typeof factorRemarks> => {
  const flags: Remark[] = [];
  let isRefused = false;
  for (const key of ['basis', 'gases', 'edition'] as const) {
    const [then, now] = [before[key], after[key]];
    if (then === undefined || now === undefined) continue;
    const isMixed = key === 'basis' && (then.includes(AND) || now.includes(AND));
    if (then === now && !isMixed) continue;
    const shared = now.split(AND).some((one) => then.split(AND).includes(one));
    const isWrong = isMixed || !shared;
    isRefused ||= isWrong;
    const { flag, name } = TERMS[key];
    flags.push({
      flag,
      text: `The ${name} of emission factors is ${inWords(then)} before the start and ${inWords(now)} after it: ${
        isWrong ? 'CO2e is not compared.' : 'the effect of the grid holds that change too.'
      }`,
      remedy: isWrong ? 'Use factors of one kind on both sides, or state one factor for both.' : '',
    });
  }
  return { flags, isRefused };
};

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
  const terms = termsRemarks(before, after);
  if (terms.isRefused) return terms;
  if (before.provider !== after.provider)
    return {
      isRefused: false,
      flags: [
        ...terms.flags,
        {
          flag: 'factor_provider',
          text: `Emission factors are from ${before.provider} before the start and from ${after.provider} after it: the effect of the grid holds that change too; the effect of the energy does not.`,
          remedy: '',
        },
      ],
    };
  return terms;
};

/**
 * The one origin that stands for those of a side: a marginal factor among them spoils the whole of it. Undefined where
 * nothing is known.
 */
export const originOf = (factors: readonly FactorOrigin[] = []): FactorOrigin | undefined => {
  if (factors.length === 0) return undefined;
  const all = (key: 'provider' | 'basis' | 'gases' | 'edition'): string =>
    [...new Set(factors.flatMap((one) => one[key] ?? []))].sort().join(AND);
  const known = (['basis', 'gases', 'edition'] as const).flatMap((key) =>
    all(key) === '' ? [] : [[key, all(key)] as const],
  );
  return {
    provider: all('provider'),
    signal: factors.some(({ signal }) => signal === 'marginal') ? 'marginal' : 'average',
    ...Object.fromEntries(known),
  };
};
