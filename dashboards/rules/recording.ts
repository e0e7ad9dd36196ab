import { m, type RecordingRule, type RuleGroup } from './rule.ts';

const ENERGY = m('hw_host_energy_joules_total');
const STATIC = m('negawatt_host_static_energy_joules_total');
const CPU = m('system_cpu_time_seconds_total');

/** Read by dashboards where it reaches over the whole time that is shown: a host's hour is one value of it, and 130 raw ones. */
export const BUSY_HOUR = 'instance:system_cpu_busy:ratio_rate1h';

/** By which a measure is known: agents of two clusters may evaluate one of the same name. */
const MEASURE = 'measure, cluster';
const MEMBER_ENERGY = 'member:hw_host_energy_joules:increase1h';
/** Members by measure, with the cluster of the agent that tells them. */
const SCOPE = `max by (${MEASURE}, member) (${m('negawatt_savings_scope_info')})`;
/** Those of which no host is in that cluster. */
const ELSEWHERE = `(${SCOPE} unless on (member, cluster) ${MEMBER_ENERGY})`;

/** For long times: a year of hours is read from these, never from raw counters. No dashboard needs them. */
export const RECORDING: readonly RuleGroup<RecordingRule>[] = [
  {
    name: 'negawatt-power',
    interval: '1m',
    rules: [
      { record: 'instance:hw_host_power_watts:rate5m', expr: `rate(${ENERGY}[5m])` },
      {
        record: 'job:hw_host_power_watts:rate5m',
        expr: 'sum without (instance) (instance:hw_host_power_watts:rate5m)',
      },
      {
        record: 'instance:system_cpu_busy:ratio_rate5m',
        expr: `sum without (cpu_mode) (rate(${CPU}{cpu_mode!~"idle|iowait|steal"}[5m])) / sum without (cpu_mode) (rate(${CPU}[5m]))`,
      },
      {
        record: 'job:negawatt_emissions_location_grams:rate5m',
        expr: `sum without (instance, scope, part, factor) (rate(${m('negawatt_emissions_location_grams_total')}[5m]))`,
      },
    ],
  },
  {
    name: 'negawatt-hours',
    interval: '5m',
    rules: [
      { record: 'instance:hw_host_energy_joules:increase1h', expr: `increase(${ENERGY}[1h])` },
      {
        record: 'job:hw_host_energy_joules:increase1h',
        expr: 'sum without (instance) (instance:hw_host_energy_joules:increase1h)',
      },
      {
        record: 'instance:negawatt_host_static_energy:ratio_rate1h',
        expr: `rate(${STATIC}[1h]) / rate(${ENERGY}[1h])`,
      },
      {
        record: BUSY_HOUR,
        expr: `clamp_min(1 - sum without (cpu_mode) (increase(${CPU}{cpu_mode=~"idle|iowait|steal"}[1h])) / sum without (cpu_mode) (increase(${CPU}[1h])), 0)`,
      },
      {
        record: 'class:negawatt_workload_energy_joules:increase1h',
        expr: `sum by (job, cluster, class, part) (increase(${m('negawatt_workload_energy_joules_total')}[1h]))`,
      },
      {
        record: 'job:negawatt_emissions_location_grams:increase1h',
        expr: `sum without (instance, part, factor) (increase(${m('negawatt_emissions_location_grams_total')}[1h]))`,
      },
      {
        record: 'job:negawatt_emissions_market_grams:increase1h',
        expr: `sum without (instance, part, factor) (increase(${m('negawatt_emissions_market_grams_total')}[1h]))`,
      },
      {
        record: 'unit:negawatt_work:increase1h',
        expr: `sum by (job, cluster, unit) (increase(${m('negawatt_work_total')}[1h]))`,
      },
    ],
  },
  {
    name: 'negawatt-measures',
    interval: '5m',
    rules: [
      // Members are instances without their port.
      {
        record: MEMBER_ENERGY,
        expr: `sum by (member, cluster) (label_replace(increase(${ENERGY}[1h]), "member", "$1", "instance", "([^:]*)(:[0-9]+)?")) and on (member) ${SCOPE}`,
      },
      // Members stand on the many side, since a host can be in two measures. They are told without their cluster: a host in
      // that of the agent that tells them is meant first. A name of two other clusters could be either's: then there is no sum.
      {
        record: 'measure:hw_host_energy_joules:increase1h',
        expr: `sum by (${MEASURE}) (${SCOPE} * on (member, cluster) group_left () ${MEMBER_ENERGY} or ${ELSEWHERE} * on (member) group_left () sum by (member) (${MEMBER_ENERGY})) unless on (${MEASURE}) (${ELSEWHERE} * on (member) group_left () count by (member) (${MEMBER_ENERGY}) > 1)`,
      },
      {
        record: 'measure:negawatt_savings_baseline_energy_joules:increase1h',
        expr: `sum by (${MEASURE}) (increase(${m('negawatt_savings_baseline_energy_joules_total')}[1h]))`,
      },
      {
        record: 'measure:negawatt_savings_energy_joules:increase1h',
        expr: `sum by (${MEASURE}) (increase(${m('negawatt_savings_energy_joules_total')}[1h]))`,
      },
      {
        // Nothing where a tenth of the host time is missing: a sum that lacks hosts looks like a saving.
        record: 'measure:negawatt_savings_avoided_energy_joules:increase1h',
        expr: `(measure:negawatt_savings_baseline_energy_joules:increase1h - on (${MEASURE}) measure:negawatt_savings_energy_joules:increase1h) and on (${MEASURE}) (max by (${MEASURE}) (${m('negawatt_savings_missing_ratio')}) < 0.1)`,
      },
    ],
  },
];
