import type { Delta, Line } from './statement.ts';
import type { ClosedYear } from './statement-input.ts';
import { together } from './statement-words.ts';

/** Lines that differ between two runs without a figure having changed. */
const LEFT_ASIDE = ['boundary.revision', 'boundary.made'];

const wordsOf = (line: Line | undefined): string => {
  if (line === undefined) return 'not there';
  if (line.kind === 'words') return line.words;
  return line.kind === 'gap' ? `not known (${line.reason})` : together(line.value, line.unit);
};

const isSame = (a: Line | undefined, b: Line | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);

/** What changed since a year was closed, line by line. */
export const deltasOf = (closed: readonly Line[], lines: readonly Line[]): readonly Delta[] => {
  const before = new Map(closed.map((line) => [line.id, line]));
  const after = new Map(lines.map((line) => [line.id, line]));
  return [...new Set([...after.keys(), ...before.keys()])]
    .filter((id) => !LEFT_ASIDE.includes(id) && !isSame(before.get(id), after.get(id)))
    .map((id) => delta(id, before.get(id), after.get(id)));
};

const delta = (id: string, before: Line | undefined, after: Line | undefined): Delta => {
  const line = after ?? before;
  const numbers = before?.kind === 'figure' && after?.kind === 'figure' && before.unit === after.unit;
  const [then, now] = [wordsOf(before), wordsOf(after)];
  const onlyNote = then === now && !(numbers && before.value !== after.value);
  return {
    id,
    label: line?.label ?? id,
    unit: line === undefined || line.kind === 'words' ? '' : line.unit,
    before: onlyNote ? `${then} (${before?.note ?? ''})` : then,
    after: onlyNote ? `${now} (${after?.note ?? ''})` : now,
    ...(numbers ? { change: after.value - before.value } : {}),
  };
};

/** Why this statement may not stand beside the closed one, or undefined if it may. */
export const revisionRefusal = (
  closed: ClosedYear | undefined,
  revision: number,
  deltas: readonly Delta[],
): string | undefined => {
  if (closed === undefined)
    return revision === 1
      ? undefined
      : `the year is not closed yet: its first revision is 1, not ${revision}`;
  const next = closed.revision + 1;
  if (revision === closed.revision) {
    if (deltas.length === 0) return undefined;
    const some = deltas.slice(0, 3).map(({ label, before, after }) => `${label}: ${before}, now ${after}`);
    const more = deltas.length > 3 ? `; and ${deltas.length - 3} more` : '';
    return (
      `${closed.year} is closed at revision ${closed.revision} and ${deltas.length} of its lines changed (${some.join('; ')}${more}): ` +
      `a closed year changes only with a new revision; add --revision ${next} to see every delta, and --close to keep it`
    );
  }
  if (revision !== next)
    return `${closed.year} is closed at revision ${closed.revision}: the next one is ${next}, not ${revision}`;
  return deltas.length > 0
    ? undefined
    : `${closed.year} is closed at revision ${closed.revision} and nothing changed: a new revision needs a change`;
};
