import { type Equivalence, linesOf, type Statement } from './statement.ts';
import type { EquivalenceEntry } from './statement-activity.ts';
import { TONNE } from './statement-scope1.ts';
import { number } from './statement-words.ts';

export type EquivalenceResult =
  | { readonly ok: true; readonly equivalences: readonly Equivalence[] }
  | { readonly ok: false; readonly refusals: readonly string[] };

/**
 * Comparisons with everyday things, made only when asked for: each of one line of emissions, with its constant beside
 * it. Never of credits, and never over several lines.
 */
export const equivalencesOf = (
  statement: Statement,
  entries: readonly EquivalenceEntry[],
): EquivalenceResult => {
  const lines = linesOf(statement);
  const refusals: string[] = [];
  const equivalences = entries.flatMap(
    ({ name, unit, constant, source, year, of }): readonly Equivalence[] => {
      if (of.startsWith('credits')) {
        refusals.push(`equivalence ${name}: credits have none; name a line of emissions or of a measure`);
        return [];
      }
      const line = lines.find(({ id }) => id === of);
      if (line?.kind !== 'figure' || line.unit !== 't') {
        refusals.push(`equivalence ${name}: no line ${of} with tonnes is in this statement`);
        return [];
      }
      const each = constant / TONNE;
      const words =
        `${number(line.value, 3)} t (${line.label}) / ${each} t a ${unit} = ${number(line.value / each, 2)} x ${unit}; ` +
        `constant: ${each} t a ${unit}, ${source} (${year})`;
      return [{ label: name, words }];
    },
  );
  return refusals.length > 0 ? { ok: false, refusals } : { ok: true, equivalences };
};
