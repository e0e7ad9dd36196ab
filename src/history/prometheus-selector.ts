import type { PrometheusHistoryOptions } from './options.ts';
import type { EnergySource, Preset } from './prometheus-presets.ts';

/** How hosts are named and picked in the queries of one history. */
export interface Selectors {
  readonly hostLabel: string;
  /** Name of a host by a value of that label. */
  hostOf(value: string): string;
  /** Selector of a metric for these values of the host label; all hosts without them. */
  of(source: Pick<EnergySource, 'metric' | 'matchers'>, values?: readonly string[]): string;
  /** Text of a query of a preset for these values and a step. */
  query(text: string, values: readonly string[], step: number): string;
}

/** A text in PromQL. JSON escapes the same characters in the same way, where there is no control character. */
const quoted = (text: string): string => JSON.stringify(text);
/** A value as a part of a regular expression (RE2), each character itself. */
const literal = (value: string): string => value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

export const createSelectors = (
  preset: Preset,
  { host_label, match }: Pick<PrometheusHistoryOptions, 'host_label' | 'match'>,
): Selectors => {
  const hostLabel = host_label ?? preset.hostLabel;
  const own = Object.entries(match).map(([label, value]) => `${label}=${quoted(value)}`);
  const matchers = (values?: readonly string[]): string =>
    [
      ...own,
      ...(values === undefined ? [] : [`${hostLabel}=~${quoted(values.map(literal).join('|'))}`]),
    ].join(',');
  return {
    hostLabel,
    hostOf: (value) => (hostLabel === 'instance' ? withoutPort(value) : value),
    of: ({ metric, matchers: its }, values) =>
      `${metric}{${[its, matchers(values)].filter((part) => part !== '').join(',')}}`,
    query: (text, values, step) =>
      text
        .replaceAll('$hosts', () => matchers(values))
        .replaceAll('$by', () => hostLabel)
        .replaceAll('$step', () => `${step}s`)
        .replaceAll('$seconds', () => String(step)),
  };
};

/** `web-1:10202` is web-1, `[2001:db8::1]:10202` is 2001:db8::1; a bare address of IPv6 stays as it is. */
const withoutPort = (value: string): string => {
  const [, six, plain] = /^(?:\[([^\]]+)\](?::\d+)?|([^:]+):\d+)$/.exec(value) ?? [];
  return six ?? plain ?? value;
};
