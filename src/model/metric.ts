/** What the catalogue says of a metric. */
export type MetricKind = 'counter' | 'gauge' | 'info';

export interface Metric {
  readonly kind: MetricKind;
  /** Unit of the value as the name's suffix says it; '1' for ratios, info and counts. */
  readonly unit: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** Whether further labels may follow: static ones from the config, details of a workload. */
  readonly open?: true;
  /** Kept over restarts. Gauges and info never are. */
  readonly persisted?: true;
  /** Off until the config turns it on. */
  readonly optIn?: string;
}
