import {
  A_SECOND_ON,
  busyHour,
  busyShare,
  byPool,
  emptyTenths,
  gauge,
  HOST,
  increase,
  KILOWATT_HOUR,
  processorsHour,
  rate,
} from '../kit/promql.ts';
import type { BoardSpec } from '../kit/spec.ts';

const ENERGY = 'hw_host_energy_joules_total';
const BUSY = busyShare('$__range');
/** Hosts that would do if processors were filled to a share, at the busiest hour of the time shown. */
const needed = (share: number): string =>
  `ceil(max_over_time(sum(${processorsHour})[$__range:1h] ${A_SECOND_ON}) / (${share} * avg(${gauge('negawatt_host_processors')})))`;

export const CAPACITY: BoardSpec = {
  uid: 'negawatt-capacity',
  title: 'negawatt / Capacity planning',
  about: 'How full hosts are, what idle ones cost, and how many would do. Plans, not savings.',
  from: 'now-7d',
  choices: ['recorded'],
  rows: [
    {
      title: 'Utilisation',
      panels: [
        {
          title: 'Host-hours by processors busy',
          use: 'How many hours of the time shown hosts spent at each utilisation. A hill on the left is capacity that is powered and not used.',
          look: 'histogram',
          unit: 'short',
          width: 12,
          hidden: ['instance', 'cluster'],
          asks: [
            {
              expr: `sum_over_time(count_values("percent", floor(10 * ${busyHour}) * 10)[$__range:1h] ${A_SECOND_ON}) or ${emptyTenths(gauge('negawatt_host_processors'))}`,
              legend: 'host-hours',
            },
          ],
        },
        {
          title: 'Utilisation of the fleet: middle and edges',
          use: 'Median, lowest and highest tenth of hosts. Far apart: the load is badly spread, some hosts can be emptied.',
          look: 'lines',
          unit: 'percentunit',
          width: 12,
          points: 100,
          min: 0,
          max: 1,
          asks: [
            { expr: `quantile(0.9, ${busyShare('')})`, legend: 'highest tenth' },
            { expr: `quantile(0.5, ${busyShare('')})`, legend: 'median' },
            { expr: `quantile(0.1, ${busyShare('')})`, legend: 'lowest tenth' },
          ],
        },
      ],
    },
    {
      title: 'Proportionality and stranded energy',
      panels: [
        {
          title: 'Power that follows load',
          use: 'Dynamic over all energy, by pool, of the time shown: 100 % would be a machine that draws nothing when idle. Buy and keep what is high here; retire what is low.',
          look: 'bars',
          unit: 'percentunit',
          max: 1,
          width: 8,
          height: 9,
          decimals: 0,
          asks: [
            {
              expr: `sort_desc(${byPool(`sum by (${HOST}) (${increase('negawatt_host_dynamic_energy_joules_total')})`)} / ${byPool(`sum by (${HOST}) (${increase(ENERGY)})`)})`,
              legend: '{{pool}}',
            },
          ],
        },
        {
          title: 'Stranded energy by pool, of the time shown',
          use: 'Static energy in proportion to the capacity that was free: an upper bound for what packing could free. Begin at the top.',
          look: 'bars',
          unit: 'kwatth',
          width: 8,
          height: 9,
          asks: [
            {
              expr: `sort_desc(${byPool(`sum by (${HOST}) (${increase('negawatt_host_static_energy_joules_total')}) * on (${HOST}) (1 - (${BUSY}))`)} / ${KILOWATT_HOUR})`,
              legend: '{{pool}}',
            },
          ],
        },
        {
          title: 'Least used hosts',
          use: 'Mean of the time shown. Ask what keeps each powered; the first candidates to empty and switch off.',
          look: 'bars',
          unit: 'percentunit',
          max: 1,
          width: 8,
          height: 9,
          decimals: 1,
          asks: [{ expr: `bottomk(10, ${BUSY})`, legend: '{{instance}}' }],
        },
        {
          title: 'Power per busy processor, by pool',
          use: 'Power of the pool over processors in use. It should fall as a pool is packed; a pool far above the others does little for its watts.',
          look: 'lines',
          unit: 'watt',
          width: 12,
          points: 60,
          min: 0,
          asks: [
            {
              expr: `${byPool(`sum by (${HOST}) (${rate(ENERGY)})`)} / ${byPool(`sum by (${HOST}) (${rate('system_cpu_time_seconds_total', 'cpu_mode!~"idle|iowait|steal"')})`)}`,
              legend: '{{pool}}',
            },
          ],
        },
        {
          title: 'Memory in use',
          use: 'Highest tenth and median of hosts. Packing by processors fails where memory is full: plan by the scarcer of the two.',
          look: 'lines',
          unit: 'percentunit',
          width: 12,
          min: 0,
          max: 1,
          asks: [
            {
              expr: `quantile(0.9, sum by (${HOST}) (${gauge('system_memory_usage_bytes', 'system_memory_state="used"')}) / sum by (${HOST}) (${gauge('system_memory_usage_bytes')}))`,
              legend: 'highest tenth',
            },
            {
              expr: `quantile(0.5, sum by (${HOST}) (${gauge('system_memory_usage_bytes', 'system_memory_state="used"')}) / sum by (${HOST}) (${gauge('system_memory_usage_bytes')}))`,
              legend: 'median',
            },
          ],
        },
      ],
    },
    {
      title: 'What if: as many processors as the busiest hour needed',
      panels: [
        {
          title: 'Hosts of mean size that would do',
          use: 'By processors alone, at the busiest hour of the time shown, filled to 50, 65 or 80 %. Check memory, GPUs and failure domains before you believe it.',
          look: 'stat',
          unit: 'short',
          width: 12,
          decimals: 0,
          asks: [
            { expr: `count(${gauge('negawatt_host_processors')})`, legend: 'hosts now' },
            { expr: needed(0.5), legend: 'filled to 50 %' },
            { expr: needed(0.65), legend: 'filled to 65 %' },
            { expr: needed(0.8), legend: 'filled to 80 %' },
          ],
        },
        {
          title: 'Static power that 65 % would free',
          use: 'Hosts too many for the busiest hour of the time shown, times their mean idle power: a plan for a measure, not a saving. Declare the measure before you switch anything off.',
          look: 'stat',
          unit: 'watt',
          width: 12,
          decimals: 0,
          asks: [
            {
              expr: `clamp_min(count(${gauge('negawatt_host_processors')}) - ${needed(0.65)}, 0) * avg(${rate('negawatt_host_static_energy_joules_total')})`,
              legend: 'static power',
            },
          ],
        },
      ],
    },
  ],
};
