import type { Document, YAMLError } from 'yaml';
import type { Problem } from './problem.ts';

/** A file that was read: its plain value, and where in it a path stands. */
export interface ParsedYaml {
  readonly value: unknown;
  /** `line:column` of the deepest part of the path that is there; of the key itself where `at` is `key`. */
  locate(path: readonly PropertyKey[], at?: 'key' | 'value'): string;
}

export type YamlResult =
  | { readonly ok: true; readonly parsed: ParsedYaml }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** What to write instead, where the parser's own words leave that open (codes of yaml 2). */
const ADVICE: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'a tab cannot indent; use spaces',
  DUPLICATE_KEY: 'this key stands twice in one mapping; remove one of the two',
  MULTIPLE_DOCS: 'a second document begins here; keep one and remove the --- before it',
  BAD_ALIAS: 'this alias cannot be resolved; write the value out',
  TAG_RESOLVE_FAILED: 'tags such as !name are not used here; remove it',
};

/**
 * Reads YAML 1.2 without running anything: no custom tags, no merge keys, at most 100 aliases. The only file of the
 * configuration that loads the parser, and only when there is a file to read. Never throws.
 */
export const parseYaml = async (text: string): Promise<YamlResult> => {
  // By `default`: of a CommonJS package a bundler's lazy chunk has no other export.
  const { isMap, isScalar, isSeq, LineCounter, parseDocument, visit } = (await import('yaml')).default;
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    // Not `silent`: that would pass over a second document. Nothing is printed below `warn`.
    logLevel: 'error',
    merge: false,
    stringKeys: true,
  });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return `${line}:${col}`;
  };
  // A warning is an unknown tag or directive: what it stood for would be lost.
  const faults: readonly YAMLError[] = [...document.errors, ...document.warnings];
  const problems: Problem[] = faults.map((fault) => ({ place: place(fault.pos[0]), what: words(fault) }));
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) !== undefined) return;
      const what = `the alias *${alias.source} has no anchor before it; write the value out`;
      problems.push({ place: place(startOf(alias) ?? 0), what });
    },
    Pair: (_, { key }) => {
      if (!isScalar(key) || key.value !== '__proto__') return;
      problems.push({
        place: place(startOf(key) ?? 0),
        what: '__proto__ is not a name that a key can have; remove it',
      });
    },
  });
  if (problems.length > 0) return { ok: false, problems: problems.map(onOneLine) };
  const locate = (path: readonly PropertyKey[], at: 'key' | 'value' = 'value'): string => {
    let node: unknown = document.contents;
    let offset = 0;
    for (const [depth, step] of path.entries()) {
      if (isSeq(node)) node = node.items[Number(step)];
      else if (isMap(node)) {
        const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
        if (pair === undefined) break;
        offset = startOf(pair.key) ?? offset;
        if (at === 'key' && depth === path.length - 1) break;
        node = pair.value;
      } else break;
      offset = startOf(node) ?? offset;
    }
    return place(offset);
  };
  return plain(document, locate);
};

const words = ({ code, message }: YAMLError): string => ADVICE[code] ?? message;

/** Messages quote what was found, which may be anything. */
const onOneLine = ({ place, what }: Problem): Problem => ({ place, what: what.replace(/\p{Cc}/gu, '?') });

const startOf = (node: unknown): number | undefined => {
  const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined;
  return Array.isArray(range) ? Number(range[0]) : undefined;
};

const plain = (document: Document, locate: ParsedYaml['locate']): YamlResult => {
  try {
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    return { ok: true, parsed: { value, locate } };
  } catch (error) {
    // The only cause that is left: aliases of aliases that would unfold without end.
    const why = error instanceof Error ? error.message : String(error);
    return {
      ok: false,
      problems: [{ place: '1:1', what: `${why}; write the values out instead of aliases` }],
    };
  }
};
