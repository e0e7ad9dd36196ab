/**
 * How many letters must be inserted, dropped, replaced or swapped with their neighbour to turn `a` into `b`
 * (optimal string alignment: Damerau 1964, no letter edited twice).
 */
export const editDistance = (a: string, b: string): number => {
  const from = [...a];
  const to = [...b];
  let before: readonly number[] = [];
  let above: readonly number[] = Array.from({ length: to.length + 1 }, (_, column) => column);
  from.forEach((letter, row) => {
    const line = [row + 1];
    to.forEach((other, column) => {
      const same = letter === other;
      const steps = [
        (above[column] ?? 0) + (same ? 0 : 1),
        (above[column + 1] ?? 0) + 1,
        (line[column] ?? 0) + 1,
      ];
      const swapped = row > 0 && column > 0 && letter === to[column - 1] && from[row - 1] === other;
      if (swapped) steps.push((before[column - 1] ?? 0) + 1);
      line.push(Math.min(...steps));
    });
    before = above;
    above = line;
  });
  return above[to.length] ?? 0;
};

/** Letters that may differ in a word of this length before a suggestion becomes a guess. */
const tolerance = (word: string): number => Math.max(1, Math.floor([...word].length / 3));

/**
 * The candidates that `word` was probably meant to be, nearest first, at most `max`; none if none is near.
 * Case does not count. Of equals the one that stands first comes first.
 */
export const nearest = (word: string, candidates: Iterable<string>, max = 3): readonly string[] => {
  const meant = word.toLowerCase();
  return [...candidates]
    .map((candidate) => ({ candidate, distance: editDistance(meant, candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= tolerance(meant))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, max)
    .map(({ candidate }) => candidate);
};
