import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { METRIC_NAMES } from '../src/metrics.ts';
import { BUSY_HOUR } from './rules/recording.ts';

/** A breach of one of the 17 rules that Grafana's dashboard-linter publishes, in our words. */
export interface Breach {
  readonly rule: string;
  readonly where: string;
}

/** Departures, each with its reason. */
export const EXCLUDED: Readonly<Record<string, { readonly reason: string; readonly allows: RegExp }>> = {
  'panel-units': {
    reason: 'Grafana has no unit of CO2e; `suffix:` shows it as it is, and the linter knows no suffix.',
    allows: /^suffix:(kgCO2e|kgCO2e\/h|gCO2e\/kWh)$/,
  },
  'template-label-promql': {
    reason:
      'Whether rules reach over all that is shown is no question of labels: those are there if the rule was at any time.',
    allows: /^recorded query_result\(count by \(job\) .*\)$/,
  },
};

/** Units of Grafana that are in use here; an id that is not among them is shown as plain text. */
const UNITS = [
  'watt',
  'joule',
  'kwatth',
  'percentunit',
  'percent',
  'short',
  's',
  'bytes',
  'hertz',
  'celsius',
];
const QUERY_PANELS = [
  'stat',
  'timeseries',
  'table',
  'bargauge',
  'barchart',
  'gauge',
  'heatmap',
  'histogram',
  'piechart',
];

interface Target {
  readonly expr?: string;
  readonly datasource?: { readonly type?: string; readonly uid?: string };
}

const targetsOf = (panel: Panel): readonly Target[] => (panel.targets ?? []) as readonly Target[];
const panelsOf = (board: Dashboard): readonly Panel[] =>
  (board.panels ?? []).filter((panel): panel is Panel => panel.type !== 'row');

const variableBreaches = (board: Dashboard): readonly string[] => {
  const all = board.templating?.list ?? [];
  const breaches: string[] = [];
  const sources = all.filter(({ type }) => type === 'datasource');
  const [source] = sources;
  if (sources.length !== 1 || source?.name !== 'datasource' || source.label !== 'Data Source')
    breaches.push('template-datasource: one data source variable, named datasource, labelled Data Source');
  if (source !== undefined && source.query !== 'prometheus')
    breaches.push('template-datasource: its type is prometheus');
  for (const [name, label] of [
    ['job', 'Job'],
    ['instance', 'Instance'],
  ] as const) {
    const one = all.find((variable) => variable.name === name);
    const good =
      one?.type === 'query' &&
      one.label === label &&
      one.multi === true &&
      one.includeAll === true &&
      one.allValue === '.+' &&
      one.datasource?.uid === '${datasource}';
    if (!good) breaches.push(`template-${name}: a query of the data source, many values, all is ".+"`);
  }
  for (const { name, type, query, refresh } of all) {
    if (type !== 'query') continue;
    if (refresh !== 2)
      breaches.push(`template-on-time-change-reload: ${name} is asked anew with the time range`);
    if (
      !/^label_values\([a-z_:]+(\{[^}]*\})?, *\w+\)$/.test(String(query)) &&
      EXCLUDED['template-label-promql']?.allows.test(`${name} ${query}`) !== true
    )
      breaches.push(`template-label-promql: ${name} is a question of labels`);
  }
  return breaches;
};

const panelBreaches = (panel: Panel): readonly string[] => {
  const breaches: string[] = [];
  if ((panel.title ?? '') === '' || (panel.description ?? '') === '')
    breaches.push('panel-title-description: a title and a description');
  if (!QUERY_PANELS.includes(panel.type)) return breaches;
  if (panel.datasource?.uid !== '${datasource}')
    breaches.push('panel-datasource: the variable, no fixed one');
  if (targetsOf(panel).length === 0) breaches.push('panel-no-targets: a query');
  const unit = panel.fieldConfig?.defaults?.unit ?? '';
  if (!UNITS.includes(unit) && EXCLUDED['panel-units']?.allows.test(unit) !== true)
    breaches.push(`panel-units: ${unit || 'none'} is no unit`);
  return breaches;
};

const SELECTOR = /([a-zA-Z_:][a-zA-Z0-9_:]*)\{([^}]*)\}(\s*\[([^\]]*)\])?/g;
/** What is of the catalogue, or recorded from it. */
const KNOWN = new Set<string>([...METRIC_NAMES, 'up', BUSY_HOUR]);

/** Names of the catalogue that stand without matchers. */
const bareNames = (expr: string): readonly string[] =>
  [...expr.replaceAll(/"[^"]*"/g, '""').matchAll(/[a-zA-Z_:][a-zA-Z0-9_:]*(?!\w)(?!\s*\{)/g)]
    .map(([name]) => name)
    .filter((name) => KNOWN.has(name));

const isBalanced = (expr: string): boolean => {
  const open: string[] = [];
  const pairs: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
  for (const sign of expr.replaceAll(/"[^"]*"/g, '""').replaceAll(/\$\{[^}]*\}/g, '1')) {
    if ('([{'.includes(sign)) open.push(sign);
    else if (pairs[sign] !== undefined && open.pop() !== pairs[sign]) return false;
  }
  return open.length === 0;
};

/** What can be told without an engine; tests run every query through a real one beside it. */
const targetBreaches = ({ expr = '', datasource }: Target): readonly string[] => {
  const breaches: string[] = [];
  if (datasource?.uid !== '${datasource}') breaches.push('panel-datasource: the variable, in each query');
  if (expr.trim() === '' || !isBalanced(expr)) breaches.push('target-promql: brackets that match');
  // Loki's language; here every query is one of Prometheus.
  if (/\|[=~]|\| *(json|logfmt)\b/.test(expr)) breaches.push('target-logql: no query of logs');
  if (expr.includes('$__auto')) breaches.push('target-logql-auto: no interval of logs');
  for (const name of bareNames(expr)) breaches.push(`target-job: ${name} has no matchers`);
  for (const [, name = '', matchers = '', , window] of expr.matchAll(SELECTOR)) {
    if (!matchers.includes('job=~"$job"')) breaches.push(`target-job: ${name} of the jobs that are chosen`);
    if (!matchers.includes('instance=~"$instance"'))
      breaches.push(`target-instance: ${name} of the instances that are chosen`);
    if (!KNOWN.has(name)) breaches.push(`target-promql: ${name} is not in the catalogue`);
    if (!name.endsWith('_total')) continue;
    if (window === undefined) breaches.push(`target-counter-agg: ${name} within rate, irate or increase`);
  }
  for (const [, outer = '', name = '', , window = ''] of expr.matchAll(
    /([a-z_]+)\(([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[^}]*\})\s*\[([^\]]*)\]/g,
  )) {
    if (name.endsWith('_total') && !['rate', 'irate', 'increase'].includes(outer))
      breaches.push(`target-counter-agg: ${name} within rate, irate or increase, not ${outer}`);
    if (['rate', 'irate'].includes(outer) && window !== '$__rate_interval')
      breaches.push(`target-rate-interval: ${name} over $__rate_interval, not ${window}`);
  }
  return breaches;
};

/** Breaches of a dashboard; none where it keeps the rules. */
export const lint = (board: Dashboard): readonly Breach[] => {
  const found: Breach[] = [];
  const add = (where: string, texts: readonly string[]): void => {
    for (const text of texts) found.push({ rule: text.split(':')[0] ?? '', where: `${where}: ${text}` });
  };
  const title = board.title ?? '';
  if (board.editable !== false) add(title, ['uneditable-dashboard: what is generated is not edited']);
  add(title, variableBreaches(board));
  for (const panel of panelsOf(board)) {
    const where = `${title} / ${panel.title ?? ''}`;
    add(where, panelBreaches(panel));
    for (const target of targetsOf(panel)) add(where, targetBreaches(target));
  }
  return found;
};
