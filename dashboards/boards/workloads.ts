import { gauge, HOST, increase, KILOWATT_HOUR, rate } from '../kit/promql.ts';
import type { BoardSpec } from '../kit/spec.ts';
import { CO2E } from '../kit/units.ts';

const WORKLOAD = 'negawatt_workload_energy_joules_total';
const OF_CLASS = 'part="dynamic",kind!="idle",class=~"$class"';
const NAMED = 'part="dynamic",kind!~"other|idle|ended",class=~"$class"';
const LARGEST = `topk(25, sum by (${HOST}, workload, class) (${increase(WORKLOAD, '$__range', NAMED)}) / ${KILOWATT_HOUR})`;
const NO_WORK = 'no work is counted: see `work` in the configuration';

export const WORKLOADS: BoardSpec = {
  uid: 'negawatt-workloads',
  title: 'negawatt / Workloads and classes',
  about: 'Who used the energy, and what was done with it. Classes come from the rules under `classes`.',
  from: 'now-24h',
  choices: ['class'],
  rows: [
    {
      title: 'Classes',
      panels: [
        {
          title: 'Energy by class',
          use: "Dynamic energy of the time shown: what would not have been used without the class. Static energy is nobody's, see Fleet overview.",
          look: 'bars',
          unit: 'kwatth',
          width: 8,
          asks: [
            {
              expr: `sort_desc(sum by (class) (${increase(WORKLOAD, '$__range', OF_CLASS)}) / ${KILOWATT_HOUR})`,
              legend: '{{class}}',
            },
          ],
        },
        {
          title: 'CO2e by class',
          use: 'Location-based, of the time shown, overhead of the building inside. A class with much CO2e for its energy computes when the grid is dirty: shift it.',
          look: 'bars',
          unit: CO2E,
          width: 8,
          decimals: 2,
          none: 'no emission factor: set grid.zone',
          asks: [
            {
              expr: `sort_desc(sum by (class) (${increase('negawatt_workload_emissions_grams_total', '$__range', 'kind!="idle",class=~"$class"')}) / 1e3)`,
              legend: '{{class}}',
            },
          ],
        },
        {
          title: 'Processor time used of what was reserved',
          use: 'Of the time shown. Below a half: requests are too large and keep hosts powered that nobody needs. Lower them class by class.',
          look: 'bars',
          unit: 'percentunit',
          width: 8,
          decimals: 0,
          none: 'nothing here tells what it reserves',
          asks: [
            {
              expr: `sort(sum by (class) (${increase('negawatt_workload_cpu_seconds_total', '$__range', 'class=~"$class"')} and on (${HOST}, workload) ${gauge('negawatt_workload_info')}) / sum by (class) (${increase('negawatt_workload_reserved_cpu_seconds_total', '$__range', 'class=~"$class"')} > 0))`,
              legend: '{{class}}',
            },
          ],
        },
        {
          title: 'Power by class',
          use: 'Dynamic power. Online classes follow the day; batch that follows it too could run at night or when the grid is clean.',
          look: 'stacked',
          unit: 'watt',
          width: 12,
          min: 0,
          interval: '15m',
          points: 100,
          asks: [{ expr: `sum by (class) (${rate(WORKLOAD, OF_CLASS)})`, legend: '{{class}}' }],
        },
        {
          title: 'Online against offline: processors in use',
          use: 'Classes over time. Where valleys of the online ones are empty, batch work fits there without another host.',
          look: 'stacked',
          unit: 'short',
          width: 12,
          min: 0,
          interval: '15m',
          points: 100,
          asks: [
            {
              expr: `sum by (class) (${rate('negawatt_workload_cpu_seconds_total', 'kind!="idle",class=~"$class"')})`,
              legend: '{{class}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Energy per work',
      panels: [
        {
          title: 'Energy per unit of work',
          use: 'Energy of the hosts that count a unit, over those units. Each step of the axis is tenfold, as units differ much. It falls with load by itself: a saving is claimed only through a measure.',
          look: 'lines',
          unit: 'joule',
          width: 12,
          scale: 'log',
          interval: '1h',
          none: NO_WORK,
          asks: [
            {
              expr: `sum by (unit) (group by (${HOST}, unit) (${rate('negawatt_work_total')}) * on (${HOST}) group_left () sum by (${HOST}) (${rate('hw_host_energy_joules_total')})) / (sum by (unit) (${rate('negawatt_work_total')}) > 0)`,
              legend: '{{unit}}',
            },
          ],
        },
        {
          title: 'Work an hour',
          use: 'Units of useful work as applications count them. Each step of the axis is tenfold, and an hour of none is not drawn. Read it beside the energy per unit.',
          look: 'lines',
          unit: 'short',
          width: 12,
          scale: 'log',
          interval: '1h',
          none: NO_WORK,
          asks: [{ expr: `sum by (unit) (${rate('negawatt_work_total')}) * 3600`, legend: '{{unit}}' }],
        },
      ],
    },
    {
      title: 'Workloads',
      panels: [
        {
          title: 'Largest workloads of the time shown',
          use: 'Dynamic energy by workload, named by control group or id, and what it is called. Ask their owners first; a percent of the largest is more than all of the small ones. No name: no source of names is allowed (`names` in the configuration).',
          look: 'table',
          unit: 'short',
          width: 24,
          height: 12,
          hidden: ['Name'],
          first: ['name', 'workload', 'class', 'instance'],
          columns: { 'Energy, kWh': 'kwatth' },
          asks: [
            { expr: LARGEST, legend: 'Energy, kWh' },
            {
              expr: `max by (${HOST}, workload, name) (${gauge('negawatt_workload_info')}) and on (${HOST}, workload) ${LARGEST}`,
              legend: 'Name',
              mayBeEmpty: 'where no source of names is allowed',
            },
          ],
        },
      ],
    },
  ],
};
