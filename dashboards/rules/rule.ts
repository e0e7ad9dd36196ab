import type { MetricName } from '../../src/metrics.ts';

export interface RecordingRule {
  /** level:metric:operation */
  readonly record: string;
  readonly expr: string;
}

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: 'critical' | 'warning' | 'info' };
  readonly annotations: { readonly summary: string; readonly description: string };
}

export interface RuleGroup<Rule> {
  readonly name: string;
  readonly interval: string;
  readonly rules: readonly Rule[];
}

export type RuleFile = readonly RuleGroup<RecordingRule | AlertRule>[];

/** Labels that tell a host apart; `cluster` is there in some fleets alone, and a label that is missing is an empty one. */
export const HOST = 'job, instance, cluster';

/**
 * Pool of each host by its label `pool`; hosts without one are together. Only `negawatt_host_info` has the labels of the
 * configuration: a `cluster` that stands there and on no other series of the host would match none of them.
 *
 * @param info series of negawatt_host_info. @param targets series of negawatt_build_info of the same hosts.
 */
export const poolsOf = (info: string, targets: string): string =>
  `max by (${HOST}, pool) (label_replace(${info} and on (${HOST}) ${targets} or label_replace(${info} unless on (${HOST}) ${targets}, "cluster", "", "cluster", ".*"), "pool", "no pool set", "pool", ""))`;

/** A name of the catalogue: a misspelt one does not compile. */
export const m = (name: MetricName): MetricName => name;
