import type { Found } from '../model/found.ts';
import { figureLine, gapLine, type Line, type Verdict } from './statement.ts';
import { type Figure, figureOf, quotient, type Ranged } from './statement-figures.ts';
import { changeWords, listed, number, publishedWords } from './statement-words.ts';

export type { Figure } from './statement-figures.ts';

export const IDENTITIES = ['change', 'share', 'quantity', 'bound'] as const;

/**
 * What a publication says, and the identity that it has to fulfil.
 *
 * - `change`: of / to - 1. - `share`: of / to. - `quantity`: of as it is.
 * - `bound`: `of` is more than `stated` of a whole that was not published, inside `to`.
 */
export interface Claim {
  readonly name: string;
  /** In the publication's own words. */
  readonly says?: string | undefined;
  readonly identity: (typeof IDENTITIES)[number];
  readonly of: string;
  readonly to?: string | undefined;
  readonly stated?: { readonly value: number; readonly unit: string; readonly half: number } | undefined;
  /** `above`: the publication says "more than". */
  readonly sense: 'equal' | 'above';
  /** What was not published; without it nothing is checked. */
  readonly unpublished?: string | undefined;
  /** Figures of the same unit that the result is held against. */
  readonly against: readonly string[];
  readonly note?: string | undefined;
}

type Figures = Readonly<Record<string, Figure>>;

/** Lines of a claim: what follows from the published figures, and whether what was stated does. */
export const claimLines = (claim: Claim, figures: Figures): readonly Line[] => {
  const id = `claims.${claim.name}`;
  const label = claim.says === undefined ? claim.name : `${claim.name}: "${claim.says}"`;
  const of = figureOf(claim.of, figures);
  const to = claim.to === undefined ? undefined : figureOf(claim.to, figures);
  for (const one of [of, to])
    if (one?.found === false) return [gapLine(id, label, '', `${one.reason}; ${one.fix}`)];
  if (!of.found) return [];
  if (claim.identity === 'quantity') return [quantityLine(id, label, claim, of.value, figures)];
  if (to?.found !== true)
    return [gapLine(id, label, '', 'it names nothing that it is compared to; add `to`')];
  if (claim.identity === 'bound') return boundLines(id, label, claim, of.value, to.value);
  return [ratioLine(id, label, claim, of.value, to.value)];
};

const withVerdict = (line: Line, verdict: Verdict): Line => ({ ...line, verdict });
const joined = (...parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined && part !== '').join('; ');

const quantityLine = (id: string, label: string, claim: Claim, of: Ranged, figures: Figures): Line => {
  const { verdict, why } = judge(claim, of, undefined);
  const held = heldAgainst(claim, of, figures);
  const working = workingOf(claim.of, figures);
  return withVerdict(
    figureLine(id, label, of.value, of.unit, joined(working, why, held, claim.note)),
    verdict,
  );
};

/** `68,665.350 t / 2.436 t/car`. */
const workingOf = (name: string, figures: Figures): string => {
  const figure = figures[name];
  if (figure === undefined || 'value' in figure) return '';
  const [sign, [first, second]] = 'minus' in figure ? ['-', figure.minus] : ['/', figure.divide];
  const words = (one: Found<Ranged>): string =>
    one.found ? publishedWords(one.value.value, one.value.unit) : '?';
  return `${words(figureOf(first, figures))} ${sign} ${words(figureOf(second, figures))}`;
};

const heldAgainst = ({ against }: Claim, of: Ranged, figures: Figures): string => {
  const others = against.map((name) => ({ name, figure: figureOf(name, figures) }));
  const words = others.flatMap(({ name, figure }) =>
    figure.found && figure.value.unit === of.unit
      ? [`${publishedWords(figure.value.value, of.unit)} (${name})`]
      : [],
  );
  if (words.length === 0) return '';
  const isAbove = others.every(({ figure }) => figure.found && of.value > figure.value.value);
  const isBelow = others.every(({ figure }) => figure.found && of.value < figure.value.value);
  return `${isAbove ? 'above all of' : isBelow ? 'below all of' : 'among'} ${listed(words)}`;
};

const ratioLine = (id: string, label: string, claim: Claim, a: Ranged, b: Ranged): Line => {
  const name = `${claim.of} / ${claim.to ?? ''}`;
  const shares = quotient(a, b, name);
  if (!shares.found || shares.value.unit !== '1')
    return gapLine(id, label, '%', shares.found ? `${a.unit} and ${b.unit} make no share` : shares.reason);
  const isChange = claim.identity === 'change';
  const percent = (share: number): number => (isChange ? share - 1 : share) * 100;
  const { value, low, high } = shares.value;
  const result = { value: percent(value), low: percent(low), high: percent(high), unit: '%' };
  const working = isChange
    ? `${publishedWords(a.value, a.unit)} / ${publishedWords(b.value, b.unit)} - 1, a difference of ${signed(a.value - b.value, a.unit)}`
    : `${publishedWords(a.value, a.unit)} / ${publishedWords(b.value, b.unit)}`;
  const { verdict, why } = judge(claim, result, { a, b, isChange });
  return withVerdict(figureLine(id, label, result.value, '%', joined(working, why, claim.note)), verdict);
};

const signed = (value: number, unit: string): string =>
  `${value > 0 ? '+' : ''}${publishedWords(value, unit)}`;

interface Operands {
  readonly a: Ranged;
  readonly b: Ranged;
  readonly isChange: boolean;
}

const judge = (
  { stated, sense, unpublished }: Claim,
  result: Ranged,
  operands: Operands | undefined,
): { readonly verdict: Verdict; readonly why: string } => {
  if (unpublished !== undefined) return { verdict: 'not checkable', why: `not published: ${unpublished}` };
  if (stated === undefined) return { verdict: 'follows', why: 'not stated by the publication' };
  const said = `${sense === 'above' ? 'more than ' : ''}${number(stated.value, decimalsOf(stated.half))} ${stated.unit}`;
  if (stated.unit !== result.unit)
    return { verdict: 'not checkable', why: `stated in ${stated.unit}, it comes out in ${result.unit}` };
  const holds =
    sense === 'above' ? result.value > stated.value : Math.abs(result.value - stated.value) <= stated.half;
  if (holds) return { verdict: 'holds', why: `stated: ${said}` };
  const isInside = result.low <= stated.value && stated.value <= result.high;
  const range = `the rounding range (${rangeWords(result)})`;
  const inside =
    result.low === result.high ? '' : isInside ? `it lies inside ${range}` : `it lies outside ${range}`;
  return {
    verdict: 'does not follow',
    why: joined(`the stated ${said} does not follow`, inside, needs(stated.value, operands)),
  };
};

const decimalsOf = (half: number): number => Math.max(0, Math.round(-Math.log10(half * 2)));
const rangeWords = ({ low, high, unit }: Ranged): string =>
  unit === '%'
    ? `${changeWords(low / 100)} to ${changeWords(high / 100)}`
    : `${publishedWords(low, unit)} to ${publishedWords(high, unit)}`;

/** What either operand would have to be for the stated percentage to come out. */
const needs = (stated: number, operands: Operands | undefined): string => {
  if (operands === undefined) return '';
  const { a, b, isChange } = operands;
  const share = stated / 100 + (isChange ? 1 : 0);
  return `it needs ${publishedWords(b.value * share, a.unit)} or ${publishedWords(a.value / share, b.unit)}`;
};

/** `of` is more than a share of a whole that nobody published: what that whole can be at most. */
const boundLines = (
  id: string,
  label: string,
  claim: Claim,
  part: Ranged,
  total: Ranged,
): readonly Line[] => {
  const { stated } = claim;
  if (stated === undefined || stated.unit !== '%' || stated.value <= 0 || part.unit !== total.unit)
    return [gapLine(id, label, '', 'a bound needs a stated share in % and two figures of one unit')];
  const most = part.value / (stated.value / 100);
  const least = total.value - most;
  const words = most <= total.value ? 'consistent' : 'not consistent: it is more than the total';
  const note = joined(
    `the whole is at most ${publishedWords(part.value, part.unit)} / ${number(stated.value, decimalsOf(stated.half))} %`,
    `${words}, not checkable: ${claim.unpublished ?? 'the whole was not published'}`,
    claim.note,
  );
  const verdict = most <= total.value ? 'not checkable' : 'does not follow';
  return [
    withVerdict(figureLine(id, `${label}; the whole, at most`, most, part.unit, note), verdict),
    withVerdict(
      figureLine(
        `${id}.rest`,
        `${claim.name}: what is left of ${publishedWords(total.value, total.unit)}, at least`,
        least,
        part.unit,
        `${publishedWords(total.value, total.unit)} - ${publishedWords(most, part.unit)}`,
      ),
      verdict,
    ),
  ];
};
