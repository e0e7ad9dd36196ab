import { type MetricName, metricOf } from '../metrics.ts';
import { baseOf, unitWordOf } from './unit-words.ts';

/**
 * What stands above the samples of a family in OpenMetrics 1.0. The samples themselves are those of text format 0.0.4:
 * names, escapes of labels and numbers are the same in both.
 *
 * The family of a counter is named without `_total`, that of an info without `_info`; a unit is the end of the name of
 * its family. `_created` is left out: Prometheus would keep each as one more series.
 */
export const openMetricsHead = (name: MetricName, help = metricOf(name).help): string => {
  const { kind } = metricOf(name);
  const family = baseOf(name);
  const unit = unitWordOf(name);
  return [
    `# HELP ${family} ${escaped(help)}`,
    `# TYPE ${family} ${kind}`,
    ...(unit === undefined ? [] : [`# UNIT ${family} ${unit}`]),
  ].join('\n');
};

/** The last line: without it a scraper knows that a part is missing. */
export const OPEN_METRICS_END = '# EOF\n';

/** Other than in 0.0.4, quotes of a help text are escaped too. */
const escaped = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
