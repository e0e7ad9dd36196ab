import type { MeasureKind, MeasurePlan } from '../model/measure.ts';
import type { PlanFinding } from './plan-finding.ts';

/** What a measure may change by itself, so that it must not explain the energy. */
type Changed =
  | 'energy'
  | 'utilisation'
  | 'cpu-time'
  | 'gpu-use'
  | 'replicas'
  | 'hosts'
  | 'frequency'
  | 'step-time'
  | 'cache'
  | 'start-time'
  | 'model';

/**
 * Names and query texts by which each is known: metrics of node_exporter, cAdvisor, kube-state-metrics, DCGM and of
 * negawatt, and what people call the columns of a table. In small letters; the first that fits counts.
 */
const SIGNS: readonly (readonly [Changed, string, RegExp])[] = [
  [
    'gpu-use',
    'how busy GPUs are',
    /gpu[\w ]*(util|busy|active|usage|[_ ]load)|hw_gpu_utilization|sm_(activ|occup|eff)|gr_engine_active|tensor_active|(^|_)mfu(_|$)/,
  ],
  [
    'energy',
    'energy or power itself',
    /(^|[^a-z])(energy|power|joules?|watts?|kwh|wh)($|[^a-z])|_energy_|_power_|rapl|(^|_)current_amp/,
  ],
  [
    'frequency',
    'clock rates',
    /freq|[_ ](mhz|ghz)(\W|_|$)|(sm|mem|cpu|core|gpu|graphics)_clock|clock_(hertz|mhz)/,
  ],
  [
    'step-time',
    'the time of a step',
    /(step|iteration|batch|epoch)s?_(time|duration|seconds|latency)|seconds_per_(step|iteration)|time_per_(step|iteration)|tokens_per_second|samples_per_second/,
  ],
  [
    'replicas',
    'the number of replicas or pods',
    /replicas?|horizontalpodautoscaler|(^|[^a-z])hpa($|[^a-z])|pods?_(count|number|running|ready|per_node)|(num|number_of|count_of|running)_pods|pods_per|kube_pod_(info|status)|kubelet_running_(pods|containers)/,
  ],
  [
    'hosts',
    'the number of hosts',
    /(node|host|server|machine|instance|vm)s?_?(count|number|total_on|on|up|ready|powered)(\W|_|$)|(num|number_of|count_of|active|powered|ready|online)_?(node|host|server|machine|instance)s?|kube_node_(info|status|created)|powered_on|(^|[^a-z_])up($|[^a-z_])|count\s*(by\s*\([^)]*\)\s*)?\(\s*(up|node_|kube_node)/,
  ],
  [
    'cpu-time',
    'processor time',
    /cpu_(usage_)?(time_)?seconds|core_?(seconds|hours)|cpu_(hours|time)|cpu_time/,
  ],
  [
    'utilisation',
    'utilisation',
    /utili[sz]|(^|_)util(_|$)|cpu[_ ]?(usage|busy|load|percent|pct|ratio|used|active)|busy_(ratio|percent|share)|node_load\d|load_?(average|avg|1|5|15)($|[^a-z0-9])|memory_(usage|used|percent)|^(cpu|load|usage)$/,
  ],
  ['cache', 'how much a cache holds', /cache_?(hit|miss)|hit_?(ratio|rate)|buffer_?pool/],
  ['start-time', 'when jobs start', /(start|submit|queue|wait)_?(time|delay|hour)/],
  ['model', 'the model of the hardware', /(cpu|gpu|hardware|server|host)_?(model|generation|type)|is_new/],
];

/** What each kind changes; the method's table of kinds. Its energy changes by every kind. */
const CHANGES: Readonly<Record<MeasureKind, readonly Changed[]>> = {
  colocation: ['utilisation', 'cpu-time', 'gpu-use', 'replicas', 'hosts', 'frequency'],
  timeshare: ['utilisation', 'gpu-use', 'replicas', 'hosts', 'frequency'],
  autoscale: ['utilisation', 'gpu-use', 'replicas', 'hosts', 'frequency'],
  'gpu-share': ['utilisation', 'gpu-use', 'replicas', 'hosts', 'frequency', 'step-time'],
  pooling: ['utilisation', 'gpu-use', 'replicas', 'hosts', 'frequency', 'step-time'],
  'elastic-training': ['utilisation', 'gpu-use', 'replicas', 'hosts', 'frequency', 'step-time'],
  'training-eff': ['utilisation', 'gpu-use', 'hosts', 'frequency', 'step-time'],
  db: ['utilisation', 'cpu-time', 'replicas', 'hosts', 'frequency', 'cache'],
  // Useful core-seconds are the work that is packed: packing does not change them.
  consolidation: ['utilisation', 'gpu-use', 'replicas', 'hosts', 'frequency'],
  'carbon-shift': ['utilisation', 'cpu-time', 'gpu-use', 'hosts', 'start-time'],
  'hw-refresh': ['utilisation', 'cpu-time', 'gpu-use', 'hosts', 'frequency', 'step-time', 'model'],
  // What it does is not known, so what it changes is not known.
  other: [
    'utilisation',
    'cpu-time',
    'gpu-use',
    'replicas',
    'hosts',
    'frequency',
    'step-time',
    'cache',
    'start-time',
    'model',
  ],
};

/** What stands in the label matchers of a query names series, it does not measure: `{pod=~"up.*"}`. */
const withoutMatchers = (query: string): string => query.replace(/\{[^}]*\}/g, ' ').replace(/"[^"]*"/g, ' ');

const signsIn = (text: string): readonly (readonly [Changed, string])[] => {
  const small = withoutMatchers(text).toLowerCase();
  return SIGNS.filter(([, , sign]) => sign.test(small)).map(([changed, words]) => [changed, words] as const);
};

const INSTEAD =
  'Take what users ask for (requests, tokens, samples, transactions), the temperature of the inlet or outdoors, ' +
  'or leave it out.';

const finding = (
  role: string,
  name: string,
  texts: readonly string[],
  { kind }: MeasurePlan,
): readonly PlanFinding[] => {
  const signs = new Map(texts.flatMap(signsIn));
  for (const [changed, words] of signs) {
    const isOwnEnergy = changed === 'energy';
    if (!isOwnEnergy && !CHANGES[kind].includes(changed)) continue;
    const isSure = isOwnEnergy || kind !== 'other';
    const why = isOwnEnergy
      ? 'It would explain the energy by the energy, and no saving would be left.'
      : isSure
        ? `A measure of kind ${kind} changes that itself: its own effect would be taken for a condition, and the saving erased or inflated.`
        : 'If the measure changes that itself, the saving would be erased or inflated.';
    return [
      {
        severity: isSure ? 'error' : 'warning',
        flag: 'bad_control',
        text: `${role} ${name} is ${words}. ${why}`,
        remedy: isSure ? INSTEAD : `${INSTEAD} Or state the kind of the measure, if it does not change it.`,
      },
    ];
  }
  return [];
};

/**
 * Drivers and work that the measure itself changes ("bad controls": Angrist and Pischke, Mostly Harmless Econometrics,
 * 2009, section 3.2.3), by their names and the texts of their queries. A list of names cannot be complete: what is not
 * found here may still be one.
 */
export const badControls = (plan: MeasurePlan): readonly PlanFinding[] => [
  ...plan.drivers.flatMap(({ name, query }) => finding('Driver', name, [name, query], plan)),
  ...plan.work.flatMap(({ unit, query }) =>
    finding('Work in', unit, query === undefined ? [unit] : [unit, query], plan),
  ),
];
