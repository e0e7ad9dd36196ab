import { type Facts, NO_FACTS } from '../model/facts.ts';
import { rowKey, type Workload } from '../model/workload.ts';

/** Conditions on a workload: all that are given must hold; a list holds if any of its patterns does. */
export interface ClassRule {
  readonly class: string;
  readonly kind?: Patterns;
  readonly name?: Patterns;
  /** Path of its control group. */
  readonly path?: Patterns;
  /** Namespace of its pod. */
  readonly namespace?: Patterns;
  /** By label: those of negawatt_workload_info, and those that its owner gave it. */
  readonly labels?: Readonly<Record<string, Patterns>>;
}

export type Patterns = readonly RegExp[];

/** A pattern as people write it: `*` stands for any text, `?` for one letter, the whole text must fit. */
export const glob = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    's',
  );

/** What names and classes come from; the same object for as long as neither changes. */
export interface Naming {
  readonly facts: Facts;
  readonly rules: readonly ClassRule[];
}
export const NO_NAMING: Naming = { facts: NO_FACTS, rules: [] };

const namings = new WeakMap<Facts, Naming>();

/** Both as one, made once for as long as neither changes: what follows from names is kept by this object. */
export const namingOf = (facts: Facts = NO_FACTS, rules: readonly ClassRule[] = NO_NAMING.rules): Naming => {
  const held = namings.get(facts);
  if (held?.rules === rules) return held;
  const made = { facts, rules };
  namings.set(facts, made);
  return made;
};

/** A workload with the names that are known of it, and the class of the first rule that fits. Pure. */
export const named = (workload: Workload, path: string, { facts, rules }: Naming): Workload => {
  const known = facts.get(rowKey(workload));
  const labels = known === undefined ? workload.labels : { ...workload.labels, ...known.labels };
  const all = { ...labels, ...known?.tags };
  const rule = rules.find((one) => fits(one, workload, path, all));
  if (known === undefined && rule === undefined) return workload;
  return { ...workload, class: rule?.class ?? workload.class, labels };
};

const fits = (
  rule: ClassRule,
  workload: Workload,
  path: string,
  labels: Readonly<Record<string, string>>,
): boolean =>
  matches(rule.kind, workload.kind) &&
  matches(rule.name, labels.name ?? workload.id) &&
  matches(rule.path, path) &&
  matches(rule.namespace, labels.k8s_namespace_name) &&
  Object.entries(rule.labels ?? {}).every(([label, patterns]) => matches(patterns, labels[label]));

const matches = (patterns: Patterns | undefined, text: string | undefined): boolean =>
  patterns === undefined || (text !== undefined && patterns.some((pattern) => pattern.test(text)));
