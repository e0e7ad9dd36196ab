import type { Quality } from '../model/meter.ts';
import type { CustomQueries, PresetName } from './options.ts';

/** One metric of energy or power, of disjoint parts of a host. */
export interface EnergySource {
  readonly metric: string;
  /** Matchers of PromQL beside those of the hosts; '' for none. */
  readonly matchers: string;
  /** J of one unit of a counter, W of one unit of a gauge. */
  readonly perUnit: number;
  readonly as: 'counter' | 'gauge';
  /** Labels that tell disjoint parts apart. */
  readonly parts: readonly string[];
  /** Values from here on stand for "not known". */
  readonly blankFrom?: number;
}

/**
 * How series of an exporter become a history. In the texts of queries `$hosts` stands for the matchers of the hosts that
 * are asked for, `$by` for the label that names them, `$step` for the length of an interval.
 */
export interface Preset {
  readonly name: PresetName;
  readonly hostLabel: string;
  readonly energy: readonly EnergySource[];
  /** Labels by which series that count the same thing may differ. */
  readonly copies: readonly string[];
  /** What the figures are made of, where no series says so. */
  readonly quality: Quality;
  readonly meter: string;
  /** Whether who is heard is a host that is powered on: an exporter on the host itself, not a BMC. */
  readonly heardIsOn: boolean;
  readonly cpu?: string;
  readonly gpu?: string;
  /** Seconds of an interval, as a gauge. */
  readonly poweredOn?: string;
  /** The same as a counter, told by differences. */
  readonly poweredOnCounter?: string;
  readonly grid?: string;
  /** Series with the labels provider and basis of those factors. */
  readonly gridInfo?: string;
  /** Series with the labels provider, basis and gases of factors, those of contracts among them. */
  readonly gasInfo?: string;
  readonly pue?: string;
  /** Series with the labels source, quality and complete. */
  readonly sourceInfo?: string;
  /** Series whose labels must not change, and which labels. */
  readonly inventory?: { readonly query: string; readonly labels: readonly string[] };
  /** Counter of work with the labels workload and unit, and what tells the class of a workload. */
  readonly work?: { readonly metric: string; readonly classes: string };
}

const counter = (
  metric: string,
  parts: readonly string[],
  { matchers = '', perUnit = 1 }: { matchers?: string; perUnit?: number } = {},
): EnergySource => ({ metric, matchers, perUnit, as: 'counter', parts });

/** Of node_exporter: iowait is idle, stolen time neither busy nor there to be used, guests are inside user and nice. */
const NODE_CPU =
  'sum by ($by) (rate(node_cpu_seconds_total{mode!~"idle|iowait|steal|guest|guest_nice",$hosts}[$step]))' +
  ' / sum by ($by) (rate(node_cpu_seconds_total{mode!~"steal|guest|guest_nice",$hosts}[$step]))';

/** Board fields of DCGM begin to mean "blank" here (dcgm_structs.h: DCGM_FP64_BLANK 140737488355328 and its int64 kin). */
const DCGM_BLANK = 140_737_488_355_328;
/** DCGM_INT32_BLANK, dcgm_structs.h. */
const DCGM_BLANK_32 = 2_147_483_632;
/** dcgm-exporter repeats the figures of a board for each MIG instance of it and each pod that uses it. */
const DCGM_COPIES = [
  'GPU_I_ID',
  'GPU_I_PROFILE',
  'namespace',
  'pod',
  'container',
  'vgpu',
  'DCGM_FI_DRIVER_VERSION',
];
const DCGM_GPU = 'avg by ($by) (avg_over_time(DCGM_FI_DEV_GPU_UTIL{$hosts}[$step])) / 100';

const PRESETS: Readonly<Record<Exclude<PresetName, 'custom'>, Omit<Preset, 'name'>>> = {
  negawatt: {
    hostLabel: 'instance',
    energy: [counter('hw_host_energy_joules_total', [])],
    copies: [],
    quality: 'estimated',
    meter: '',
    heardIsOn: true,
    cpu:
      'sum by ($by) (rate(system_cpu_time_seconds_total{cpu_mode!~"idle|iowait|steal",$hosts}[$step]))' +
      ' / sum by ($by) (rate(system_cpu_time_seconds_total{cpu_mode!="steal",$hosts}[$step]))',
    gpu: 'avg by ($by) (rate(negawatt_gpu_busy_seconds_total{$hosts}[$step]))',
    poweredOnCounter: 'max by ($by) (last_over_time(negawatt_host_powered_on_seconds_total{$hosts}[300s]))',
    grid: 'avg by ($by) (avg_over_time(negawatt_grid_intensity_grams_per_kilowatt_hour{signal="location",$hosts}[$step]))',
    gridInfo:
      'max by (provider, basis) (present_over_time(negawatt_grid_intensity_grams_per_kilowatt_hour{signal="location",$hosts}[$step]))',
    gasInfo: 'max by (provider, basis, gases) (present_over_time(negawatt_factor_info{$hosts}[$step]))',
    pue: 'avg by ($by) (avg_over_time(negawatt_pue_ratio{$hosts}[$step]))',
    sourceInfo:
      'max by ($by, source, quality, complete) (present_over_time(negawatt_host_energy_source_info{$hosts}[$step]))',
    inventory: {
      query:
        'max by ($by, cpu_model, cores, memory_gib, gpu_model) (present_over_time(negawatt_host_info{$hosts}[$step]))',
      labels: ['cpu_model', 'cores', 'memory_gib', 'gpu_model'],
    },
    work: { metric: 'negawatt_work_total', classes: 'negawatt_workload_energy_joules_total' },
  },
  // Packages and memory, not psys or the platform, which contain them; core and uncore are inside the package.
  kepler: {
    hostLabel: 'node_name',
    energy: [
      counter('kepler_node_cpu_joules_total', ['zone', 'path'], { matchers: 'zone=~"(package|dram).*"' }),
      counter('kepler_node_gpu_joules_total', ['gpu_uuid']),
    ],
    copies: [],
    quality: 'derived',
    meter: 'kepler',
    heardIsOn: true,
    cpu: 'avg by ($by) (avg_over_time(kepler_node_cpu_usage_ratio{$hosts}[$step]))',
  },
  // Its host energy is a sum of registers that wrap each by itself: the registers are read, in microjoules.
  scaphandre: {
    hostLabel: 'instance',
    energy: [
      counter('scaph_socket_energy_microjoules', ['socket_id'], { perUnit: 1e-6 }),
      counter('scaph_domain_energy_microjoules', ['socket_id', 'domain_id'], {
        matchers: 'domain_name="dram"',
        perUnit: 1e-6,
      }),
    ],
    copies: [],
    quality: 'derived',
    meter: 'scaphandre',
    heardIsOn: true,
  },
  // intel-rapl-mmio repeats a package through another register.
  node_exporter: {
    hostLabel: 'instance',
    energy: [
      counter('node_rapl_package_joules_total', ['index', 'path'], { matchers: 'path!~".*mmio.*"' }),
      counter('node_rapl_dram_joules_total', ['index', 'path'], { matchers: 'path!~".*mmio.*"' }),
    ],
    copies: [],
    quality: 'derived',
    meter: 'node_exporter-rapl',
    heardIsOn: true,
    cpu: NODE_CPU,
  },
  dcgm: {
    hostLabel: 'instance',
    energy: [
      {
        ...counter('DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION', ['UUID'], { perUnit: 0.001 }),
        blankFrom: DCGM_BLANK,
      },
    ],
    copies: DCGM_COPIES,
    quality: 'measured',
    meter: 'dcgm-gpu',
    heardIsOn: true,
    gpu: DCGM_GPU,
  },
  // Power at the instants of scrapes, which misses what lies between them: arithmetic on a meter.
  dcgm_power: {
    hostLabel: 'instance',
    energy: [
      {
        metric: 'DCGM_FI_DEV_POWER_USAGE',
        matchers: '',
        perUnit: 1,
        as: 'gauge',
        parts: ['UUID'],
        blankFrom: DCGM_BLANK_32,
      },
    ],
    copies: DCGM_COPIES,
    quality: 'derived',
    meter: 'dcgm-gpu-power',
    heardIsOn: true,
    gpu: DCGM_GPU,
  },
  // The reading of the whole host by DCMI; sensors of supplies and rails overlap and are not added up.
  ipmi: {
    hostLabel: 'instance',
    energy: [
      { metric: 'ipmi_dcmi_power_consumption_watts', matchers: '', perUnit: 1, as: 'gauge', parts: [] },
    ],
    copies: [],
    quality: 'derived',
    meter: 'ipmi-dcmi',
    heardIsOn: false,
    poweredOn: 'avg by ($by) (avg_over_time(ipmi_chassis_power_state{$hosts}[$step])) * $seconds',
  },
};

/** The preset of a name; of `custom` what the operator says. */
export const presetOf = (name: PresetName, queries: CustomQueries | undefined): Preset => {
  if (name !== 'custom') return { name, ...PRESETS[name] };
  if (queries === undefined) throw new RangeError('the preset custom has no queries');
  const { counter: counts, gauge = '', matchers, per_unit, parts, quality, meter, ...rest } = queries;
  const { cpu, gpu, powered_on, grid, pue } = rest;
  return {
    name,
    hostLabel: 'instance',
    energy: [
      {
        metric: counts ?? gauge,
        matchers: Object.entries(matchers)
          .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
          .join(','),
        perUnit: per_unit,
        as: counts === undefined ? 'gauge' : 'counter',
        parts,
      },
    ],
    copies: [],
    quality,
    meter,
    heardIsOn: false,
    ...(cpu === undefined ? {} : { cpu }),
    ...(gpu === undefined ? {} : { gpu }),
    ...(powered_on === undefined ? {} : { poweredOn: powered_on }),
    ...(grid === undefined ? {} : { grid }),
    ...(pue === undefined ? {} : { pue }),
  };
};
