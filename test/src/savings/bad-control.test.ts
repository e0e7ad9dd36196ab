import { describe, expect, test } from 'vitest';
import { MEASURE_KINDS, type MeasureKind } from '../../../src/model/measure.ts';
import { badControls } from '../../../src/savings/bad-control.ts';
import { planned } from '../../fixtures/measures.ts';

const judged = (kind: MeasureKind, name: string, query = name): string | undefined =>
  badControls(planned({ kind, drivers: [{ name, query }] }))[0]?.severity;
const judgedWork = (kind: MeasureKind, unit: string, query: string): string | undefined =>
  badControls(planned({ kind, work: [{ unit, query }] }))[0]?.severity;

/** By kind what it changes, under names that people and exporters give it. */
const NEVER: Readonly<
  Record<Exclude<MeasureKind, 'other'>, readonly (readonly [name: string, query: string])[]>
> = {
  colocation: [
    ['cpu_utilisation', 'cpu_utilisation'],
    ['busy', 'avg(1 - rate(node_cpu_seconds_total{mode="idle"}[1h]))'],
    ['load', 'avg(node_load1)'],
    ['pods_per_node', 'x'],
    ['density', 'sum(kube_pod_info) / 4'],
  ],
  timeshare: [
    ['replicas', 'sum(kube_deployment_status_replicas)'],
    ['host_count', 'x'],
  ],
  autoscale: [
    ['replicas', 'replicas'],
    ['scale', 'max(kube_horizontalpodautoscaler_status_current_replicas)'],
    ['cpu', 'avg(instance:node_cpu_utilisation:rate5m)'],
    ['nodes', 'count(up{job="node"})'],
    ['capacity', 'sum(kube_node_info)'],
    ['awake', 'sum(rate(negawatt_host_powered_on_seconds_total[1h]))'],
  ],
  'gpu-share': [
    ['gpu_util', 'avg(DCGM_FI_DEV_GPU_UTIL)'],
    ['sm', 'avg(DCGM_FI_PROF_SM_ACTIVE)'],
    ['engine', 'avg(DCGM_FI_PROF_GR_ENGINE_ACTIVE)'],
    ['clock', 'avg(DCGM_FI_DEV_SM_CLOCK)'],
  ],
  pooling: [['gpu_utilization', 'avg(hw_gpu_utilization_ratio)']],
  'elastic-training': [
    ['step_time', 'x'],
    ['pace', 'rate(train_step_seconds_sum[1h])'],
    ['workers', 'count(up)'],
  ],
  'training-eff': [
    ['step_duration', 'x'],
    ['mfu', 'x'],
  ],
  db: [
    ['cpu_usage', 'x'],
    ['cpu', 'rate(process_cpu_seconds_total[1h])'],
    ['cache_hit_ratio', 'x'],
  ],
  consolidation: [
    ['node_count', 'x'],
    ['hosts', 'hosts_up'],
    ['mhz', 'avg(node_cpu_scaling_frequency_hertz)'],
  ],
  'carbon-shift': [['start_time', 'x']],
  'hw-refresh': [['cpu_model', 'x']],
};

describe.each(Object.entries(NEVER) as [MeasureKind, (readonly [string, string])[]][])(
  '%s',
  (kind, cases) => {
    test.each(cases)('what it changes itself is no driver: %s, %s', (name, query) => {
      expect(judged(kind, name, query)).toBe('error');
      expect(judged('other', name, query)).toBe('warning');
    });
  },
);

test.each(MEASURE_KINDS)('%s: what it cannot change may explain the energy', (kind) => {
  for (const [name, query] of [
    ['inlet_celsius', 'avg(node_hwmon_temp_celsius{chip="inlet"})'],
    ['outdoor', 'avg(outdoor_temperature)'],
    ['hour', 'hour()'],
    ['requests', 'sum(increase(http_requests_total{pod=~"replica-.*", instance="up"}[1h]))'],
    ['tokens', 'sum(increase(vllm_generation_tokens_total[1h]))'],
    ['samples', 'sum(increase(training_samples_total[1h]))'],
    ['transactions', 'sum(increase(db_commits_total{cluster="power-users"}[1h]))'],
    ['uploads', 'sum(increase(upload_files_total[1h]))'],
    ['humidity_ratio', 'avg(humidity_ratio)'],
  ] as const) {
    expect(judged(kind, name, query), name).toBeUndefined();
  }
});

test.each(MEASURE_KINDS)('%s: energy and power never explain the energy', (kind) => {
  for (const query of [
    'rate(hw_host_energy_joules_total[1h])',
    'avg(DCGM_FI_DEV_POWER_USAGE)',
    'sum(node_rapl_package_joules_total)',
    'rack_watts',
  ])
    expect(judged(kind, 'x', query), query).toBe('error');
});

describe('work', () => {
  test('that the measure changes is refused as a driver would be', () => {
    expect(
      judgedWork('colocation', 'core_seconds', 'sum(increase(node_cpu_seconds_total{mode!="idle"}[1h]))'),
    ).toBe('error');
    expect(judgedWork('autoscale', 'pods', 'sum(kube_deployment_status_replicas)')).toBe('error');
  });
  test('in core-seconds is what consolidation packs, and stays the same', () => {
    expect(
      judgedWork('consolidation', 'core_seconds', 'sum(increase(useful_core_seconds_total[1h]))'),
    ).toBeUndefined();
  });
});

test('the reason and the way out are told in words', () => {
  expect(badControls(planned({ kind: 'autoscale', drivers: ['cpu_utilisation'] }))).toEqual([
    {
      severity: 'error',
      flag: 'bad_control',
      text: 'Driver cpu_utilisation is utilisation. A measure of kind autoscale changes that itself: its own effect would be taken for a condition, and the saving erased or inflated.',
      remedy:
        'Take what users ask for (requests, tokens, samples, transactions), the temperature of the inlet or outdoors, or leave it out.',
    },
  ]);
});
