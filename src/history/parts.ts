import type { Piece } from './counter-differences.ts';

/** A piece of a series with what tells the series apart, for messages. */
export interface OwnPiece extends Piece {
  readonly series: string;
}

/** Two series that say they count the same thing at the same time. */
export interface Doubled {
  readonly one: string;
  readonly other: string;
}

/**
 * One counter in one interval from all series that are of it. Series that follow each other (a label changed, a pod went
 * and came) add up. Of series that run side by side one is taken, that which covers most, where they are known to be
 * copies; else they are doubled, and no sum and no choice can be right. @param pieces in a fixed order.
 */
export const oneCounter = (
  pieces: readonly OwnPiece[],
  areCopies: (one: string, other: string) => boolean,
): Piece | Doubled | undefined => {
  const taken: OwnPiece[] = [];
  for (const piece of pieces.toSorted((a, b) => b.covered - a.covered)) {
    const beside = taken.find((one) => Math.min(one.to, piece.to) > Math.max(one.from, piece.from));
    if (beside === undefined) taken.push(piece);
    else if (!areCopies(beside.series, piece.series)) return { one: beside.series, other: piece.series };
  }
  const [first, ...more] = taken;
  return first === undefined
    ? undefined
    : more.reduce<Piece>(
        (sum, { amount, covered, from, to }) => ({
          amount: sum.amount + amount,
          covered: sum.covered + covered,
          from: Math.min(sum.from, from),
          to: Math.max(sum.to, to),
        }),
        first,
      );
};

/**
 * A host from its disjoint parts (sockets, memory, boards) in one interval. It is covered as far as the part that is
 * covered least, and the others give their mean over that time: a part that is missing never makes the host look smaller.
 *
 * @param parts all parts of the day; undefined: nothing is known of it in this interval.
 */
export const sumOfParts = (
  parts: readonly (Piece | undefined)[],
): { readonly amount: number; readonly covered: number } | undefined => {
  let least = Number.POSITIVE_INFINITY;
  for (const part of parts) least = Math.min(least, part?.covered ?? 0);
  if (!(least > 0) || least === Number.POSITIVE_INFINITY) return undefined;
  let amount = 0;
  for (const part of parts) {
    if (part !== undefined)
      amount += part.covered === least ? part.amount : part.amount * (least / part.covered);
  }
  return { amount, covered: least };
};
