import { type MetricName, metricOf } from '../metrics.ts';
import { baseOf, UNIT_WORDS, unitWordOf } from './unit-words.ts';

/** A metric as OpenTelemetry names it. */
export interface WireMetric {
  readonly name: string;
  /** UCUM; in braces where Prometheus has no word for the unit: then the name says it. */
  readonly unit: string;
  /** Whether the conventions have an UpDownCounter where the catalogue has a gauge. */
  readonly isUpDown: boolean;
}

/** Units that every translator to Prometheus knows (OpenTelemetry, "Prometheus and OpenMetrics Compatibility"). */
const TRANSLATED = new Set(['J', 'W', 's', 'By', 'g', 'Cel', 'Hz']);

/** Names of the conventions have a dot between all words, ours one after each namespace (semantic conventions, naming). */
const ALL_DOTS = /^(hw|system)_/;
const NAMESPACES =
  /^(negawatt_(?:host|gpu|workload|process|emissions|grid|source|config|site|meter|otlp|savings|web)|negawatt|process)_/;

/** UpDownCounters of the semantic conventions 1.44: amounts that add up over their attributes. */
const UP_DOWN: ReadonlySet<MetricName> = new Set<MetricName>([
  'system_memory_usage_bytes',
  'hw_gpu_memory_usage_bytes',
  'hw_gpu_memory_limit_bytes',
]);

/** Attributes of the conventions behind labels; all others are called as their label is. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  hw_id: 'hw.id',
  hw_type: 'hw.type',
  cpu_mode: 'cpu.mode',
  system_memory_state: 'system.memory.state',
  host_name: 'host.name',
  process_pid: 'process.pid',
  process_executable_name: 'process.executable.name',
  container_id: 'container.id',
  container_image_name: 'container.image.name',
  container_runtime_name: 'container.runtime.name',
  k8s_container_name: 'k8s.container.name',
  k8s_namespace_name: 'k8s.namespace.name',
  k8s_pod_name: 'k8s.pod.name',
  k8s_pod_uid: 'k8s.pod.uid',
};

/**
 * Law: translated to Prometheus by the default strategy (dots to underscores, unit and `_total` appended) the name is
 * that of the catalogue, so that a series is called the same whichever way it came.
 */
export const wireMetric = (metric: MetricName): WireMetric => {
  const { unit } = metricOf(metric);
  const base = baseOf(metric);
  const word = unitWordOf(metric);
  const isRatio = word === 'ratio';
  const isTranslated = isRatio || TRANSLATED.has(unit);
  const bare = isTranslated && word !== undefined ? base.slice(0, -word.length - 1) : base;
  const named = metricOf(metric).kind === 'info' ? metric : bare;
  return {
    name: ALL_DOTS.test(named)
      ? named.replaceAll('_', '.')
      : named.replace(NAMESPACES, (prefix) => prefix.replaceAll('_', '.')),
    unit: isTranslated ? unit : word === undefined ? '' : `{${UNIT_WORDS[unit] ?? word}}`,
    isUpDown: UP_DOWN.has(metric),
  };
};

export const wireAttribute = (label: string): string => ATTRIBUTES[label] ?? label;
