import { DiagLogLevel, diag } from '@opentelemetry/api';
// By its own file: the package's index loads a second HTTP server, 1 MiB of memory that this exporter has no use for.
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus/build/src/PrometheusSerializer.js';
import { emptyResource } from '@opentelemetry/resources';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import type { MetricName } from '../metrics.ts';
import { OPEN_METRICS_END, openMetricsHead } from './open-metrics.ts';
import { type Exposed, snapshotProducer } from './producer.ts';
import { remembering } from './remember.ts';

/** Text format 0.0.4, or OpenMetrics 1.0. */
export type ExpositionFormat = 'text' | 'openmetrics';

export interface PrometheusExporter {
  /**
   * The snapshot of the moment of the call, without timestamps and `target_info`; in text format 0.0.4 unless told.
   * Rejects where it cannot be made, with the reason: old values are never given for new ones.
   */
  render(format?: ExpositionFormat): Promise<string>;
}

export interface PrometheusOptions {
  /** Hears what the OpenTelemetry SDK has to complain about. */
  readonly onDiagnostic?: (message: string) => void;
}

/** Collects when asked and holds nothing; the SDK has no reader of its own that only does this. */
class PullReader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

/** @param current the snapshot in force; undefined before the first tick, when `render` rejects. */
export const createPrometheusExporter = (
  current: () => Exposed | undefined,
  { onDiagnostic }: PrometheusOptions = {},
): PrometheusExporter => {
  if (onDiagnostic !== undefined) listenToSdk(onDiagnostic);
  const reader = new PullReader({ metricProducers: [snapshotProducer(current)] });
  // A reader works only when it is bound to a provider; this one has no instruments.
  new MeterProvider({ readers: [reader], resource: emptyResource() });
  const serialize = remembering(new PrometheusSerializer(undefined, false, undefined, true, true));
  return {
    render: async (format = 'text') => {
      const { resourceMetrics, errors } = await reader.collect();
      if (errors.length > 0) {
        throw new Error(`the metrics could not be collected: ${String(errors[0])}`, { cause: errors[0] });
      }
      if (format === 'text') return serialize(resourceMetrics);
      // Names are those of the catalogue: the producer has no others.
      const text = serialize(resourceMetrics, (name) => openMetricsHead(name as MetricName));
      return `${text}${OPEN_METRICS_END}`;
    },
  };
};

const listenToSdk = (hear: (message: string) => void): void => {
  const tell = (...parts: unknown[]): void => hear(parts.map(String).join(' '));
  const quiet = (): void => {};
  diag.setLogger(
    { error: tell, warn: tell, info: quiet, debug: quiet, verbose: quiet },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
};
