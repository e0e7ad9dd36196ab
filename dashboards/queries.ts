import type { MetricName } from '../src/metrics.ts';

/** A question that people ask, as PromQL over this catalogue's names: a misspelt metric does not compile. */
export interface Query {
  readonly title: string;
  readonly expression: string;
  /** Grafana unit id of the answer. */
  readonly unit: string;
  /** What to do with the answer. */
  readonly use: string;
}

const m = (name: MetricName): MetricName => name;

const HOST = m('hw_host_energy_joules_total');
const WORKLOAD = m('negawatt_workload_energy_joules_total');

/** Range selectors are written for a 15 s scrape; four scrapes make a steady rate. */
export const QUERIES: readonly Query[] = [
  {
    title: 'Power by host',
    expression: `rate(${HOST}[1m])`,
    unit: 'watt',
    use: 'Compare hosts of one pool; a host far above the others is worth a look.',
  },
  {
    title: 'Energy of the last day, kWh',
    expression: `increase(${HOST}[1d]) / 3.6e6`,
    unit: 'kwatth',
    use: 'Put it beside the bill of the rack.',
  },
  {
    title: 'Share of energy that no work caused',
    expression: `sum by (instance, cluster) (rate(${m('negawatt_host_static_energy_joules_total')}[1m])) / sum by (instance, cluster) (rate(${HOST}[1m]))`,
    unit: 'percentunit',
    use: 'A high share on many hosts is what consolidation can save.',
  },
  {
    title: 'Largest workloads by dynamic power',
    expression: `topk(10, sum by (workload, kind) (rate(${WORKLOAD}{part="dynamic",kind!="other"}[1m])))`,
    unit: 'watt',
    use: 'Find out whose change would matter.',
  },
  {
    title: 'CO2e of the last day by grid zone, location-based',
    expression: `sum by (grid_zone, factor) (increase(${m('negawatt_emissions_location_grams_total')}[1d]))`,
    unit: 'massg',
    use: 'Never add it to the market-based figure: they are two answers to two questions.',
  },
  {
    title: 'Hosts whose total is only estimated',
    expression: `${m('negawatt_host_energy_source_info')}{quality="estimated"}`,
    unit: 'short',
    use: 'Give these hosts a meter, or run `negawatt doctor` there: no saving can be proven on an estimate.',
  },
  {
    title: 'Hosts that answer and lack a meter',
    expression: `up{job="negawatt"} == 1 unless on (instance, cluster) ${m('negawatt_host_energy_source_info')}{quality!="estimated"}`,
    unit: 'short',
    use: 'The list to work through in a roll-out: `negawatt doctor` on each says what is missing.',
  },
  {
    title: 'Hosts that still count with an EXAMPLE ZONE',
    expression: `${m('negawatt_config_example')} == 1`,
    unit: 'short',
    use: 'Set grid.zone there before anybody reports these grams.',
  },
];
