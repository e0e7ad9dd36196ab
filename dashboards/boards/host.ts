import { busyShare, gauge, HOST, increase, KILOWATT_HOUR, rate, shortWorkloads } from '../kit/promql.ts';
import type { BoardSpec } from '../kit/spec.ts';
import { CO2E } from '../kit/units.ts';

const WORKLOAD = 'negawatt_workload_energy_joules_total';
const NAMED = 'part="dynamic",kind!~"other|idle|ended",class=~"$class"';

export const HOST_BOARD: BoardSpec = {
  uid: 'negawatt-host',
  title: 'negawatt / Host',
  about:
    'One host or a few: what draws power, how it is known, and what runs there. Choose them under Instance.',
  from: 'now-24h',
  choices: ['class'],
  rows: [
    {
      title: 'Host',
      panels: [
        {
          title: 'Power now',
          use: 'Mean power of the last booked span. Choose one instance above to see one host.',
          look: 'stat',
          unit: 'watt',
          width: 6,
          asks: [{ expr: `sum(${gauge('hw_host_power_watts')})`, legend: 'power' }],
        },
        {
          title: 'Energy of the time shown',
          use: 'IT energy of the hosts that are chosen. Compare it with the work they did in that time.',
          look: 'stat',
          unit: 'kwatth',
          width: 6,
          asks: [
            { expr: `sum(${increase('hw_host_energy_joules_total')}) / ${KILOWATT_HOUR}`, legend: 'energy' },
          ],
        },
        {
          title: 'CO2e of the time shown',
          use: 'Location-based, with losses and fuel supply where the operator has chosen them; making the hardware is not in it. To lower it, move work that can wait to hours in which the grid is clean; its parts are under Carbon and inventory.',
          look: 'stat',
          unit: CO2E,
          width: 6,
          decimals: 2,
          none: 'no emission factor: set grid.zone',
          asks: [
            { expr: `sum(${increase('negawatt_emissions_location_grams_total')}) / 1e3`, legend: 'CO2e' },
          ],
        },
        {
          title: 'Processors busy',
          use: 'Mean over the hosts chosen. Below a fifth for weeks: a candidate to empty and switch off.',
          look: 'stat',
          unit: 'percentunit',
          width: 6,
          decimals: 0,
          asks: [{ expr: `avg(${busyShare('')})`, legend: 'busy' }],
        },
        {
          title: 'Where the total comes from',
          use: 'Source and quality by host: measured, derived from parts, or estimated. complete="false" leaves out board and supply: the truth is higher.',
          look: 'table',
          unit: 'short',
          width: 24,
          height: 6,
          hidden: ['Hosts'],
          first: ['instance', 'source', 'quality'],
          asks: [
            {
              expr: `count by (${HOST}, source, quality, complete) (${gauge('negawatt_host_energy_source_info')})`,
              legend: 'Hosts',
            },
          ],
        },
      ],
    },
    {
      title: 'Power',
      panels: [
        {
          title: 'Host total',
          use: 'By host. Steps without a change of load are a change of the source or of the hardware: see the marks and Agent health.',
          look: 'lines',
          unit: 'watt',
          width: 12,
          min: 0,
          asks: [
            { expr: `sum by (${HOST}) (${rate('hw_host_energy_joules_total')})`, legend: '{{instance}}' },
          ],
        },
        {
          title: 'Domains',
          use: 'Metered components by kind; they are disjoint. What the host draws beyond their sum is board, fans, disks and supply.',
          look: 'stacked',
          unit: 'watt',
          width: 12,
          min: 0,
          none: 'no component is metered here: run `negawatt doctor` on the host',
          asks: [{ expr: `sum by (hw_type) (${rate('hw_energy_joules_total')})`, legend: '{{hw_type}}' }],
        },
        {
          title: 'Static and dynamic power',
          use: 'The floor that the host draws when idle, and what work adds. A high floor under little load: empty it, or allow deeper idle states.',
          look: 'stacked',
          unit: 'watt',
          width: 12,
          min: 0,
          asks: [
            { expr: `sum(${rate('negawatt_host_static_energy_joules_total')})`, legend: 'static' },
            { expr: `sum(${rate('negawatt_host_dynamic_energy_joules_total')})`, legend: 'dynamic' },
          ],
        },
        {
          title: 'Processors busy by host',
          use: 'Share of processor time that was not idle. Read it beside power: power that does not follow it is waste.',
          look: 'lines',
          unit: 'percentunit',
          width: 12,
          points: 100,
          min: 0,
          max: 1,
          asks: [{ expr: busyShare(''), legend: '{{instance}}' }],
        },
      ],
    },
    {
      title: 'Workloads',
      panels: [
        {
          title: 'Largest workloads by dynamic power',
          use: 'The ten that used most in the last six hours of the time shown: energy that would not have been used without them. Ask whose change matters here first.',
          look: 'lines',
          unit: 'watt',
          width: 16,
          height: 9,
          min: 0,
          interval: '5m',
          points: 100,
          legend: 'right',
          none: 'no workload has series of its own here',
          asks: [
            {
              expr: shortWorkloads(
                `sum by (${HOST}, workload, class) (${rate(WORKLOAD, NAMED)}) and topk(10, sum by (${HOST}, workload, class) (${increase(WORKLOAD, '6h', NAMED, '@ end()')}))`,
              ),
              legend: '{{instance}} {{class}} {{short}}',
            },
          ],
        },
        {
          title: 'Energy by class, of the time shown',
          use: 'Dynamic energy; "unclassified" is what no rule of classes named. Add rules until it is small.',
          look: 'bars',
          unit: 'kwatth',
          width: 8,
          height: 9,
          asks: [
            {
              expr: `sort_desc(sum by (class) (${increase(WORKLOAD, '$__range', 'part="dynamic",class=~"$class"')}) / ${KILOWATT_HOUR})`,
              legend: '{{class}}',
            },
          ],
        },
      ],
    },
    {
      title: 'How well it is known',
      panels: [
        {
          title: 'Sources',
          use: 'State of every source. For what is unreadable or failing, `negawatt doctor` on the host says the command that mends it.',
          look: 'table',
          unit: 'short',
          width: 12,
          hidden: ['cluster'],
          first: ['source', 'reason'],
          sort: 'reason',
          asks: [
            {
              expr: `count by (source, reason, quality) (${gauge('negawatt_source_info')})`,
              legend: 'Hosts',
            },
          ],
        },
        {
          title: 'Two meters against each other',
          use: 'Energy of one meter over that of another. A steady ratio is fine; a step or a trend is a meter that changed: no comparison holds over it.',
          look: 'lines',
          unit: 'percentunit',
          width: 12,
          legend: 'right',
          none: 'only one meter here: nothing to compare it with',
          asks: [
            {
              expr: gauge('negawatt_meter_drift_ratio'),
              legend: '{{instance}} {{meter}} / {{against}}',
            },
          ],
        },
        {
          title: 'Idle floors',
          use: 'Floor of each component and how it is known. Where the method is none, all power counts as dynamic: set or calibrate it.',
          look: 'table',
          unit: 'watt',
          width: 12,
          first: ['instance', 'hw_id'],
          columns: { Floor: 'watt' },
          asks: [
            { expr: `sum by (${HOST}, hw_id, method) (${gauge('negawatt_floor_watts')})`, legend: 'Floor' },
          ],
        },
        {
          title: 'Error band of estimated hosts',
          use: 'Half-width over the power shown, by assumption unless calibrated. Run `negawatt calibrate` with any meter at hand to make it small.',
          look: 'bars',
          unit: 'percentunit',
          width: 12,
          none: 'no host here is estimated',
          asks: [
            {
              expr: gauge('negawatt_host_power_error_ratio'),
              legend: '{{instance}}',
              mayBeEmpty: 'where every host has a meter',
            },
          ],
        },
      ],
    },
  ],
};
