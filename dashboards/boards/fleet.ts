import { byPool, gauge, HOST, increase, KILOWATT_HOUR, rate } from '../kit/promql.ts';
import type { BoardSpec } from '../kit/spec.ts';
import { CO2E, CO2E_RATE, GRID, INTENSITY } from '../kit/units.ts';

const ENERGY = 'hw_host_energy_joules_total';
const LOCATION = 'negawatt_emissions_location_grams_total';
const NO_ZONE = 'no emission factor: set grid.zone';

export const FLEET: BoardSpec = {
  uid: 'negawatt-fleet',
  title: 'negawatt / Fleet overview',
  about: 'Power, energy and CO2e of all hosts, and where to look next.',
  from: 'now-24h',
  choices: [],
  rows: [
    {
      title: 'Now and the last 24 h',
      panels: [
        {
          title: 'Power now',
          use: 'Mean power of all hosts that report. Compare it with the meter of the room: a host that is missing here is missing from every total.',
          look: 'stat',
          unit: 'watt',
          width: 4,
          asks: [{ expr: `sum(${gauge('hw_host_power_watts')})`, legend: 'power' }],
        },
        {
          title: 'Energy, last 24 h',
          use: 'IT energy, without the building. Put it beside the bill: multiplied by PUE it should be near it.',
          look: 'stat',
          unit: 'kwatth',
          width: 4,
          asks: [{ expr: `sum(${increase(ENERGY, '24h')}) / ${KILOWATT_HOUR}`, legend: 'energy' }],
        },
        {
          title: 'CO2e now',
          use: 'Location-based: what the grid emits for these hosts, PUE applied once. Move work that can wait to hours in which it is low.',
          look: 'stat',
          unit: CO2E_RATE,
          width: 4,
          none: NO_ZONE,
          decimals: 2,
          asks: [{ expr: `sum(${rate(LOCATION)}) * 3.6`, legend: 'CO2e' }],
        },
        {
          title: 'CO2e, last 24 h',
          use: 'Location-based, with losses and fuel supply where the operator has chosen them. Never add the market-based figure to it.',
          look: 'stat',
          unit: CO2E,
          width: 4,
          none: NO_ZONE,
          decimals: 1,
          asks: [{ expr: `sum(${increase(LOCATION, '24h')}) / 1e3`, legend: 'CO2e' }],
        },
        {
          title: 'Day on day',
          use: 'More or less than the day before. Look at the energy first: where only CO2e moved, it was the grid and not you.',
          look: 'stat',
          unit: 'percentunit',
          width: 4,
          none: 'needs two days of data',
          decimals: 1,
          thresholds: [
            { from: null, color: 'green' },
            { from: 0.05, color: 'orange' },
          ],
          asks: [
            {
              expr: `sum(${increase(ENERGY, '24h')}) / sum(${increase(ENERGY, '24h', '', 'offset 24h')}) - 1`,
              legend: 'energy',
            },
            {
              expr: `sum(${increase(LOCATION, '24h')}) / sum(${increase(LOCATION, '24h', '', 'offset 24h')}) - 1`,
              legend: 'CO2e',
            },
          ],
        },
        {
          title: 'Hosts that report',
          use: 'Hosts with a power now, over all that are scraped. Find the others under Agent health.',
          look: 'stat',
          unit: 'short',
          width: 4,
          asks: [
            { expr: `count(${gauge('hw_host_power_watts')})`, legend: 'with power' },
            { expr: `count(${gauge('negawatt_build_info')})`, legend: 'agents' },
          ],
        },
        {
          title: 'Grid intensity',
          use: 'Factor in force for each grid zone. Above the usual, hold back work that can wait; `negawatt greenest` names the best start.',
          look: 'stat',
          unit: INTENSITY,
          width: 8,
          none: NO_ZONE,
          decimals: 0,
          asks: [
            { expr: `avg by (grid_zone) (${gauge(GRID, 'signal="location"')})`, legend: '{{grid_zone}}' },
          ],
        },
        {
          title: 'PUE',
          use: 'Facility energy over IT energy, as configured (site.pue). Absent: nobody told, and the building is in no figure. Set it from the yearly mean of your site.',
          look: 'stat',
          unit: 'short',
          width: 4,
          none: 'not told: set site.pue',
          decimals: 2,
          asks: [{ expr: `avg(${gauge('negawatt_pue_ratio')})`, legend: 'PUE' }],
        },
        {
          title: 'Energy that no work caused',
          use: 'Idle floors over all energy. What is here is what consolidating, switching off and deeper idle states can save.',
          look: 'stat',
          unit: 'percentunit',
          width: 6,
          decimals: 0,
          thresholds: [
            { from: null, color: 'green' },
            { from: 0.4, color: 'orange' },
            { from: 0.7, color: 'red' },
          ],
          asks: [
            {
              expr: `sum(${increase('negawatt_host_static_energy_joules_total', '24h')}) / sum(${increase(ENERGY, '24h')})`,
              legend: 'idle share',
            },
          ],
        },
        {
          title: 'Quality of the figures',
          use: 'Hosts by how their total is known. Give the estimated ones a meter (`negawatt doctor` says which): no saving can be proven on an estimate.',
          look: 'stat',
          unit: 'short',
          width: 6,
          asks: [
            {
              expr: `count by (quality) (${gauge('negawatt_host_energy_source_info')})`,
              legend: '{{quality}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Over time',
      panels: [
        {
          title: 'Power by pool',
          use: 'Pools by the label `pool` of each host (host.labels). A pool that is as high at night as by day does not follow its load: look at its hosts.',
          look: 'stacked',
          unit: 'watt',
          width: 12,
          min: 0,
          asks: [{ expr: byPool(`sum by (${HOST}) (${rate(ENERGY)})`), legend: '{{pool}}' }],
        },
        {
          title: 'CO2e an hour by grid zone',
          use: 'Location-based. Its shape against that of power is the grid: shift what can be shifted into the valleys.',
          look: 'lines',
          unit: CO2E_RATE,
          width: 12,
          min: 0,
          none: NO_ZONE,
          asks: [{ expr: `sum by (grid_zone) (${rate(LOCATION)}) * 3.6`, legend: '{{grid_zone}}' }],
        },
        {
          title: 'Static and dynamic power',
          use: 'What is drawn when idle, and what work adds. Where static leads, work on hosts (fewer, deeper idle); where dynamic leads, on code.',
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
          title: 'Grid intensity by zone',
          use: 'Mean factor of the zone over time: put work that can wait into its valleys. A flat line is a yearly table, no live data: give hosts a provider (grid.providers).',
          look: 'lines',
          unit: INTENSITY,
          width: 12,
          none: NO_ZONE,
          asks: [
            { expr: `avg by (grid_zone) (${gauge(GRID, 'signal="location"')})`, legend: '{{grid_zone}}' },
          ],
        },
      ],
    },
    {
      title: 'Where it goes, over the time shown',
      panels: [
        {
          title: 'Top pools',
          use: 'Begin with the pool that uses most and does least: a high idle share over much energy. Without host.labels.pool all hosts are one pool.',
          look: 'table',
          unit: 'short',
          width: 12,
          height: 9,
          hidden: ['instance', 'cluster'],
          columns: { 'Energy, kWh': 'kwatth', 'Idle share': 'percentunit', 'Power now': 'watt' },
          asks: [
            {
              expr: `${byPool(`sum by (${HOST}) (${increase(ENERGY)})`)} / ${KILOWATT_HOUR}`,
              legend: 'Energy, kWh',
            },
            {
              expr: `${byPool(`sum by (${HOST}) (${increase('negawatt_host_static_energy_joules_total')})`)} / ${byPool(`sum by (${HOST}) (${increase(ENERGY)})`)}`,
              legend: 'Idle share',
            },
            { expr: byPool(`sum by (${HOST}) (${gauge('hw_host_power_watts')})`), legend: 'Power now' },
          ],
        },
        {
          title: 'Top hosts',
          use: 'The ten that use most. Click one that is far above its neighbours: its Host dashboard says what draws the power.',
          look: 'bars',
          unit: 'kwatth',
          width: 12,
          height: 9,
          asks: [{ expr: `topk(10, ${increase(ENERGY)} / ${KILOWATT_HOUR})`, legend: '{{instance}}' }],
        },
      ],
    },
  ],
};
