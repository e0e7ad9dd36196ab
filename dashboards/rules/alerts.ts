import { type AlertRule, HOST, m, poolsOf, type RuleGroup } from './rule.ts';

const ENERGY = m('hw_host_energy_joules_total');
const STATIC = m('negawatt_host_static_energy_joules_total');
const WORKLOAD = m('negawatt_workload_energy_joules_total');
const CPU = m('system_cpu_time_seconds_total');

/** Processor time in use over all of it, by host. */
const BUSY = (window: string): string =>
  `sum by (${HOST}) (rate(${CPU}{cpu_mode!~"idle|iowait|steal"}[${window}])) / sum by (${HOST}) (rate(${CPU}[${window}]))`;
/** By which a pool is known: two clusters may have one of the same name. */
const POOL_LABELS = 'cluster, pool';
const POOL = poolsOf(m('negawatt_host_info'), m('negawatt_build_info'));

/** What is told apart by cluster, where there is one. */
const IN_CLUSTER = '{{ with $labels.cluster }} ({{ . }}){{ end }}';
const INSTANCE = `{{ $labels.instance }}${IN_CLUSTER}`;

const alert = (
  name: string,
  severity: AlertRule['labels']['severity'],
  [expr, wait]: readonly [string, string],
  [summary, description]: readonly [string, string],
): AlertRule => ({
  alert: name,
  expr,
  for: wait,
  labels: { severity },
  annotations: { summary, description },
});

export const ALERTS: readonly RuleGroup<AlertRule>[] = [
  {
    name: 'negawatt-data-quality',
    interval: '1m',
    rules: [
      alert(
        'NegawattSourceDown',
        'warning',
        [
          `max by (${HOST}, source, reason) (${m('negawatt_source_info')}{reason=~"unreadable|failing"}) == 1`,
          '15m',
        ],
        [
          `Source {{ $labels.source }} of ${INSTANCE} is {{ $labels.reason }}`,
          'For 15 minutes nothing could be read from it, so another source gives its figures, or none. Run `negawatt doctor` on the host: it names the file or permission and the command that mends it.',
        ],
      ),
      alert(
        'NegawattHostUnmetered',
        'warning',
        [`rate(${m('negawatt_host_unmetered_seconds_total')}[15m]) > 0.5`, '15m'],
        [
          `${INSTANCE} has no source for its total`,
          'Most of its time is in no sum of energy; that is missing, not zero. Run `negawatt doctor` there, and give it a meter or a load curve.',
        ],
      ),
      alert(
        'NegawattUnattributedShare',
        'info',
        [
          `sum by (${HOST}) (increase(${WORKLOAD}{part="dynamic",kind="other"}[6h])) / sum by (${HOST}) (increase(${WORKLOAD}{part="dynamic"}[6h])) > 0.5`,
          '1h',
        ],
        [
          `Over half of the dynamic energy of ${INSTANCE} has no workload of its own`,
          '{{ $value | humanizePercentage }} of the last 6 hours are in the row "other". Raise attribution.top, or look with `negawatt doctor` whether control groups, the container runtime and GPU accounting can be read.',
        ],
      ),
      alert(
        'NegawattMetersDrift',
        'warning',
        [
          `abs(avg_over_time(${m('negawatt_meter_drift_ratio')}[6h]) / avg_over_time(${m('negawatt_meter_drift_ratio')}[6h] offset 7d) - 1) > 0.1`,
          '6h',
        ],
        [
          `{{ $labels.meter }} against {{ $labels.against }} on ${INSTANCE} has moved by {{ $value | humanizePercentage }} within a week`,
          'Two meters of the same host no longer agree as they did: one was replaced, recalibrated or is failing, or the hardware between them changed. Find out which before any comparison over this week is believed.',
        ],
      ),
      alert(
        'NegawattCounterFrozen',
        'warning',
        [
          `(increase(${ENERGY}[30m]) == 0 and on (${HOST}) (${BUSY('30m')}) > 0.05) or on (${HOST}) sum without (event) (increase(${m('negawatt_meter_events_total')}{event="frozen"}[30m])) > 0`,
          '10m',
        ],
        [
          `A meter of ${INSTANCE} stands still while the host works`,
          'Energy does not grow, or a meter repeats one value. The figures of this host are too low from now on. Run `negawatt doctor` there; a BMC often needs a restart, a driver a reload.',
        ],
      ),
      alert(
        'NegawattFactorStale',
        'warning',
        [`max by (grid_zone, provider) (${m('negawatt_grid_intensity_age_seconds')}) > 3 * 3600`, '30m'],
        [
          'Live grid data of {{ $labels.grid_zone }} is {{ $value | humanizeDuration }} old',
          'The provider {{ $labels.provider }} has been silent, so the yearly factor stands in. Look at the log of the agent that asks it: a refused key stops the questions until the key file changes.',
        ],
      ),
      alert(
        'NegawattFactorOutdated',
        'warning',
        [`max by (factor, provider, year) (${m('negawatt_factor_info')}{status="stale"}) == 1`, '1h'],
        [
          'The emission factor {{ $labels.factor }} of {{ $labels.year }} is too old for what is booked with it',
          'CO2e goes on being counted with it and is marked so. Upgrade negawatt, whose tables come with it, or give a newer factor under grid.factors.',
        ],
      ),
      alert(
        'NegawattEnergyWithoutFactor',
        'warning',
        [`rate(${m('negawatt_energy_without_factor_joules_total')}{method="location"}[30m]) > 0`, '1h'],
        [
          `${INSTANCE} uses energy for which no factor is held`,
          'It is in no total of CO2e. Set grid.zone in its configuration, or see why the factor table does not have that zone.',
        ],
      ),
      alert(
        'NegawattExampleZone',
        'warning',
        [`${m('negawatt_config_example')} == 1`, '1h'],
        [
          `${INSTANCE} counts CO2e with an EXAMPLE ZONE`,
          "Its grams are not this host's emissions. Set grid.zone before anybody reports them.",
        ],
      ),
    ],
  },
  {
    name: 'negawatt-agent',
    interval: '1m',
    rules: [
      alert(
        'NegawattReloadFailed',
        'warning',
        [`${m('negawatt_config_last_reload_successful')} == 0`, '5m'],
        [
          `The configuration of ${INSTANCE} was refused`,
          'The one before is still in force. `negawatt config check --config.file FILE` names file, line and key.',
        ],
      ),
      alert(
        'NegawattStateNotKept',
        'critical',
        [`${m('negawatt_state_last_save_successful')} == 0`, '10m'],
        [
          `${INSTANCE} cannot keep its state`,
          'Its counters would start anew with the agent. Most often the disk is full or the state directory was made read-only.',
        ],
      ),
      alert(
        'NegawattMeasureNotEvaluated',
        'warning',
        [`${m('negawatt_savings_last_evaluation_successful')} == 0`, '3h'],
        [
          'Measure {{ $labels.measure }} could not be evaluated',
          'Its grade and figures are those of an earlier time. `negawatt compare --measure {{ $labels.measure }}` says why.',
        ],
      ),
    ],
  },
  {
    name: 'negawatt-waste',
    interval: '5m',
    rules: [
      alert(
        'NegawattPoolIdle',
        'info',
        [
          `avg by (${POOL_LABELS}) ((${BUSY('1h')}) * on (${HOST}) group_left (pool) ${POOL}) < 0.1 and on (${POOL_LABELS}) sum by (${POOL_LABELS}) (rate(${STATIC}[1h]) * on (${HOST}) group_left (pool) ${POOL}) > 200`,
          '24h',
        ],
        [
          `Pool {{ $labels.pool }}${IN_CLUSTER} has been nearly idle for a day`,
          'Its hosts use {{ $value | humanizePercentage }} of their processors and draw over 200 W for idling. Move what is left to fewer hosts and switch the others off; the Capacity planning dashboard shows how many would do.',
        ],
      ),
      alert(
        'NegawattGpuIdle',
        'info',
        [
          `sum by (${HOST}) (rate(${m('negawatt_gpu_busy_seconds_total')}[1h])) == 0 and on (${HOST}) sum by (${HOST}) (rate(${m('hw_energy_joules_total')}{hw_type="gpu"}[1h])) > 50`,
          '24h',
        ],
        [
          `The GPUs of ${INSTANCE} have computed nothing for a day`,
          'They draw over 50 W all the same. Give them back to the pool, or lower their clocks and memory state while nobody needs them.',
        ],
      ),
    ],
  },
];
