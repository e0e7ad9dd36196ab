import { type ClassRule, glob, type Patterns } from '../attribution/classes.ts';
import type { WrittenPatterns, WrittenRule } from './class-rule.ts';

const compiled = (written: WrittenPatterns): Patterns =>
  (typeof written === 'string' ? [written] : written).map(glob);

/** The rules as attribution takes them. */
export const classRulesOf = (rules: readonly WrittenRule[]): readonly ClassRule[] =>
  rules.map(({ class: name, labels, ...conditions }) => {
    const given = Object.entries(conditions).flatMap(([key, written]) =>
      written === undefined ? [] : [[key, compiled(written)] as const],
    );
    return {
      class: name,
      ...Object.fromEntries(given),
      ...(labels === undefined
        ? {}
        : {
            labels: Object.fromEntries(
              Object.entries(labels).map(([label, written]) => [label, compiled(written)]),
            ),
          }),
    };
  });
