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

/** A name of the catalogue: a misspelt one does not compile. */
export const m = (name: MetricName): MetricName => name;
