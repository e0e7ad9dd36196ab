import { m, type RecordingRule, type RuleGroup } from './rule.ts';

const ENERGY = m('hw_host_energy_joules_total');
const STATIC = m('negawatt_host_static_energy_joules_total');
const CPU = m('system_cpu_time_seconds_total');

/** Read by dashboards where it reaches over the whole time that is shown: a host's hour is one value of it, and 130 raw ones. */
export const BUSY_HOUR = 'instance:system_cpu_busy:ratio_rate1h';

/** By which a measure is known: agents of two clusters may evaluate one of the same name. */
const MEASURE = 'measure, cluster';
const MEMBER_ENERGY = 'member:hw_host_energy_joules:increase1h';
const HOST_ENERGY = 'instance:hw_host_energy_joules:increase1h';
/** Members by measure, with the cluster of the agent that tells them. */
const SCOPE = `max by (${MEASURE}, member) (${m('negawatt_savings_scope_info')})`;
/** Hosts by the name that measures have for them, which is the instance without its port, and cluster. */
const membersOf = (aggregation: 'sum' | 'group', hosts: string): string =>
  `${aggregation} by (member, cluster) (label_replace(${hosts}, "member", "$1", "instance", "([^:]*)(:[0-9]+)?")) and on (member) ${SCOPE}`;
/** 1 of each that had energy within 30 days. Worked out once an hour: it reads those of every host. */
const MEMBER_PRESENT = 'member:hw_host_energy_joules:present720h';
/** A host that is switched off is still the one that is meant: no other takes its place. */
const REMEMBERED = `last_over_time(${MEMBER_PRESENT}[1d])`;
const KNOWN = `(${REMEMBERED} or ${MEMBER_ENERGY})`;
/** Members of which no host is in that cluster. */
const ELSEWHERE = `(${SCOPE} unless on (member, cluster) ${KNOWN})`;
/** Names that could be either of two hosts, or of which it is not known yet: that takes an hour where the rules are new. */
const UNCLEAR = `(count by (member) (${KNOWN}) > 1 or sum by (member) (${MEMBER_ENERGY}) unless on (member) ${REMEMBERED})`;

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
      { record: HOST_ENERGY, expr: `increase(${ENERGY}[1h])` },
      {
        record: 'job:hw_host_energy_joules:increase1h',
        expr: `sum without (instance) (${HOST_ENERGY})`,
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
    name: 'negawatt-members',
    interval: '1h',
    rules: [{ record: MEMBER_PRESENT, expr: membersOf('group', `last_over_time(${HOST_ENERGY}[720h])`) }],
  },
  {
    name: 'negawatt-measures',
    interval: '5m',
    rules: [
      { record: MEMBER_ENERGY, expr: membersOf('sum', `increase(${ENERGY}[1h])`) },
      // Members stand on the many side, since a host can be in two measures. They are told without their cluster: a host in
      // that of the agent that tells them is meant first. A name of two other clusters could be either's: then there is no sum.
      {
        record: 'measure:hw_host_energy_joules:increase1h',
        expr: `sum by (${MEASURE}) (${SCOPE} * on (member, cluster) group_left () ${MEMBER_ENERGY} or ${ELSEWHERE} * on (member) group_left () sum by (member) (${MEMBER_ENERGY})) unless on (${MEASURE}) (${ELSEWHERE} and on (member) ${UNCLEAR})`,
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
