import type { YearKind } from '../model/factor.ts';

/** Facts that an emission figure never stands without (carbon reference, section 1, rule 1). */
export interface Terms {
  readonly method?: 'location' | 'market';
  readonly basis?: string;
  readonly gases?: string;
  /** Assessment report of the warming potentials; `none` for CO2 alone. */
  readonly gwp?: string;
  readonly zone?: string;
  /** Whether the factor is one of all generation or of what answers a change of the load. */
  readonly signal?: 'average' | 'marginal';
  /** What the year of the factor is. */
  readonly edition?: YearKind;
  /** Whose live series it is; absent: a factor of a year. */
  readonly series?: string;
  /** Id of a row of the factor list, which has year, source and licence. */
  readonly factor?: string;
}

interface LineBase {
  /** Stable over years and revisions: deltas go by it. */
  readonly id: string;
  readonly label: string;
  /** What it was worked out from, or what to know about it. */
  readonly note?: string;
  readonly terms?: Terms;
  /** What came of checking a published figure. */
  readonly verdict?: Verdict;
}

/** `follows`: it follows from the published figures and was not stated. */
export const VERDICTS = ['holds', 'does not follow', 'follows', 'not checkable'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** One line of the statement: a figure, a figure that is not known, or words. What is not known is never 0. */
export type Line =
  | (LineBase & { readonly kind: 'figure'; readonly value: number; readonly unit: string })
  | (LineBase & { readonly kind: 'gap'; readonly reason: string; readonly unit: string })
  | (LineBase & { readonly kind: 'words'; readonly words: string });

export interface Block {
  /** Its place: 0 is the opening, 1 to 10 as in carbon reference, section 11. */
  readonly number: number;
  readonly title: string;
  readonly lines: readonly Line[];
}

/** A line that changed since the last revision of a closed year. */
export interface Delta {
  readonly id: string;
  readonly label: string;
  readonly unit: string;
  readonly before: string;
  readonly after: string;
  /** Absent where one of the two is no number. */
  readonly change?: number;
}

/** The inventory statement of a year. */
export interface Statement {
  readonly format: 'negawatt-statement-1';
  readonly entity: string;
  readonly year: number;
  readonly revision: number;
  readonly blocks: readonly Block[];
  readonly deltas: readonly Delta[];
}

/** A line of the statement that was asked for beside it; on paper and screens alone. */
export interface Equivalence {
  readonly label: string;
  readonly words: string;
}

export const figureLine = (
  id: string,
  label: string,
  value: number,
  unit: string,
  note?: string,
  terms?: Terms,
): Line => ({ kind: 'figure', id, label, value, unit, ...more(note, terms) });

export const gapLine = (
  id: string,
  label: string,
  unit: string,
  reason: string,
  note?: string,
  terms?: Terms,
): Line => ({ kind: 'gap', id, label, unit, reason, ...more(note, terms) });

export const wordsLine = (id: string, label: string, words: string, note?: string): Line => ({
  kind: 'words',
  id,
  label,
  words,
  ...more(note),
});

const more = (note?: string, terms?: Terms): { note?: string; terms?: Terms } => ({
  ...(note === undefined ? {} : { note }),
  ...(terms === undefined ? {} : { terms }),
});

/** All lines of a statement in order. */
export const linesOf = ({ blocks }: Pick<Statement, 'blocks'>): readonly Line[] =>
  blocks.flatMap(({ lines }) => lines);
