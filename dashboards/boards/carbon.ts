import { gauge, HOST, increase, KILOWATT_HOUR, rate } from '../kit/promql.ts';
import type { BoardSpec } from '../kit/spec.ts';
import { CO2E, CO2E_RATE, GRID, INTENSITY } from '../kit/units.ts';

const LOCATION = 'negawatt_emissions_location_grams_total';
const MARKET = 'negawatt_emissions_market_grams_total';
const ENERGY = 'hw_host_energy_joules_total';
const NO_ZONE = 'no emission factor: set grid.zone';
const NO_MARKET = 'no market-based factor: see grid.market';
/** Operational CO2e by host: what both methods count. Losses and fuel supply stand by the location-based one alone. */
const OPERATIONAL = `sum by (${HOST}) (${rate(LOCATION, 'part="operational"')})`;
const BOUGHT = `sum by (${HOST}) (${rate(MARKET, 'part="operational"')})`;

export const CARBON: BoardSpec = {
  uid: 'negawatt-carbon',
  title: 'negawatt / Carbon and inventory',
  about:
    'CO2e by method, scope and zone, with the factors behind it. `negawatt report` makes the statement of a year.',
  from: 'now-7d',
  choices: [],
  rows: [
    {
      title: 'Of the time shown: two methods, never added',
      panels: [
        {
          title: 'Location-based',
          use: 'What the grids emit for these hosts. Report both methods; this one shows what using less and using it at other hours does.',
          look: 'stat',
          unit: CO2E,
          width: 6,
          decimals: 1,
          none: NO_ZONE,
          asks: [{ expr: `sum by (scope) (${increase(LOCATION)}) / 1e3`, legend: 'Scope {{scope}}' }],
        },
        {
          title: 'Market-based',
          use: 'By what the operator buys: contracts, then the residual mix. Lower than the other by contracts, not by less energy.',
          look: 'stat',
          unit: CO2E,
          width: 6,
          decimals: 1,
          none: NO_MARKET,
          asks: [{ expr: `sum by (scope) (${increase(MARKET)}) / 1e3`, legend: 'Scope {{scope}}' }],
        },
        {
          title: 'Embodied',
          use: 'Making the hardware, spread over its lifetime; Scope 3, in neither of the others. Longer use is what lowers it.',
          look: 'stat',
          unit: CO2E,
          width: 6,
          decimals: 1,
          none: 'off: see embodied.enabled',
          asks: [
            {
              expr: `sum by (part) (${increase('negawatt_embodied_emissions_grams_total')}) / 1e3`,
              legend: '{{part}}',
            },
          ],
        },
        {
          title: 'Energy without a factor',
          use: 'It is in no gram here, and not 0. Give these hosts a grid zone.',
          look: 'stat',
          unit: 'kwatth',
          width: 6,
          decimals: 1,
          thresholds: [
            { from: null, color: 'green' },
            { from: 0.001, color: 'red' },
          ],
          asks: [
            {
              expr: `sum by (method) (${increase('negawatt_energy_without_factor_joules_total')}) / ${KILOWATT_HOUR}`,
              legend: '{{method}}',
            },
          ],
        },
      ],
    },
    {
      title: 'By grid zone',
      panels: [
        {
          title: 'CO2e an hour, location-based',
          use: 'By grid zone. Move what can run anywhere to the zone that is low, and what can wait to the hour that is.',
          look: 'stacked',
          unit: CO2E_RATE,
          width: 12,
          min: 0,
          none: NO_ZONE,
          asks: [{ expr: `sum by (grid_zone) (${rate(LOCATION)}) * 3.6`, legend: '{{grid_zone}}' }],
        },
        {
          title: 'CO2e an hour by part, location-based',
          use: 'Operation, losses on the way and fuel supply. The last two are Scope 3.3 and there only where chosen.',
          look: 'stacked',
          unit: CO2E_RATE,
          width: 12,
          min: 0,
          none: NO_ZONE,
          asks: [{ expr: `sum by (part, scope) (${rate(LOCATION)}) * 3.6`, legend: '{{part}} ({{scope}})' }],
        },
        {
          title: 'By zone and factor',
          use: 'CO2e of the time shown by the factor that made it. Another edition is another row: never compare across them.',
          look: 'table',
          unit: 'short',
          width: 24,
          height: 6,
          hidden: ['instance', 'cluster'],
          first: ['grid_zone', 'factor'],
          columns: { 'Location, kg': CO2E },
          none: NO_ZONE,
          asks: [
            {
              expr: `sum by (grid_zone, scope, part, factor) (${increase(LOCATION)}) / 1e3`,
              legend: 'Location, kg',
            },
          ],
        },
        {
          title: 'Factors in force',
          use: 'What each counts, its year and how well it fits. For an inventory replace what is not of the year and zone.',
          look: 'table',
          unit: 'short',
          width: 24,
          height: 6,
          hidden: ['cluster'],
          first: ['factor'],
          none: NO_ZONE,
          asks: [
            {
              expr: `count by (factor, basis, gases, year, provider, status) (${gauge('negawatt_factor_info')})`,
              legend: 'Hosts',
            },
          ],
        },
      ],
    },
    {
      title: 'Hour by hour',
      panels: [
        {
          title: 'Intensity now and as foretold',
          use: 'By hours ahead, the lowest first. Start what can wait there: `negawatt greenest` finds it for a given length.',
          look: 'bars',
          unit: INTENSITY,
          width: 8,
          none: 'no provider with a forecast: see grid.providers',
          asks: [
            {
              expr: `sort(avg by (grid_zone, horizon_hours) (${gauge('negawatt_grid_intensity_forecast_grams_per_kilowatt_hour')}))`,
              legend: '{{grid_zone}} in {{horizon_hours}} h',
            },
          ],
        },
        {
          title: 'Grid intensity: location and market',
          use: 'Factor in force by signal. Signals for scheduling (marginal) are booked nowhere.',
          look: 'lines',
          unit: INTENSITY,
          width: 8,
          none: NO_ZONE,
          asks: [{ expr: `avg by (grid_zone, signal) (${gauge(GRID)})`, legend: '{{grid_zone}} {{signal}}' }],
        },
        {
          title: 'Intensity as used, over the mean',
          use: 'CO2e for a kWh as it was used, over the plain mean of the time shown (PUE and Scope 3.3 on both sides left out). Below 100 %: work runs when the grid is clean.',
          look: 'stat',
          unit: 'percentunit',
          width: 8,
          height: 8,
          decimals: 1,
          none: NO_ZONE,
          thresholds: [
            { from: null, color: 'green' },
            { from: 1, color: 'orange' },
          ],
          asks: [
            {
              expr: `(sum(${increase(LOCATION, '$__range', 'part="operational"')} / on (${HOST}) group_left () (${gauge('negawatt_pue_ratio')} > 0)) / (sum(${increase(ENERGY)}) / ${KILOWATT_HOUR})) / avg(avg_over_time(${gauge(GRID, 'signal="location"')}[$__range]))`,
              legend: 'as used / mean',
            },
          ],
        },
        {
          title: 'CO2e an hour by both methods',
          use: 'Operation alone, of hosts with both factors; never add the two. It is no hourly matching: a contract covers its share (grid.instruments) alike in each hour of its period, also when it supplied nothing. Shift work by the location-based line.',
          look: 'lines',
          unit: CO2E_RATE,
          width: 24,
          min: 0,
          interval: '1h',
          none: NO_MARKET,
          asks: [
            { expr: `sum(${OPERATIONAL} and on (${HOST}) ${BOUGHT}) * 3.6`, legend: 'location-based' },
            { expr: `sum(${BOUGHT} and on (${HOST}) ${OPERATIONAL}) * 3.6`, legend: 'market-based' },
          ],
        },
        {
          title: 'Market-based by factor',
          use: 'CO2e of the time shown by instrument: contracts first, then the residual mix. Rows that are 0 are contracts that cover energy.',
          look: 'table',
          unit: 'short',
          width: 12,
          hidden: ['cluster'],
          first: ['grid_zone', 'factor'],
          columns: { 'Market, kg': CO2E },
          none: NO_MARKET,
          asks: [
            { expr: `sum by (grid_zone, scope, factor) (${increase(MARKET)}) / 1e3`, legend: 'Market, kg' },
          ],
        },
        {
          title: 'Age of live grid data',
          use: 'Grows while a provider is silent; past three hours the yearly table stands in soon. Look at the log of the agent that asks.',
          look: 'lines',
          unit: 's',
          width: 12,
          min: 0,
          none: 'no live provider: see grid.providers',
          thresholds: [
            { from: null, color: 'green' },
            { from: 10800, color: 'red' },
          ],
          asks: [
            {
              expr: `max by (grid_zone, provider) (${gauge('negawatt_grid_intensity_age_seconds')})`,
              legend: '{{grid_zone}} {{provider}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Inventory',
      panels: [
        {
          title: 'Hardware behind embodied CO2e',
          use: 'Each item with its figure, how it was come by and its lifetime. Replace estimates by the sheet of the manufacturer (embodied).',
          look: 'table',
          unit: 'short',
          width: 24,
          hidden: ['cluster'],
          first: ['item', 'kg_co2e'],
          none: 'off: see embodied.enabled',
          asks: [
            {
              expr: `count by (part, item, kg_co2e, method, quality, boundary, lifetime_years) (${gauge('negawatt_embodied_info')})`,
              legend: 'Hosts',
            },
          ],
        },
        {
          title: 'Water and cost, of the time shown',
          use: 'Litres by site.wue, cost by site.tariff; both with the building. Absent: not told in the configuration.',
          look: 'stat',
          unit: 'short',
          width: 24,
          decimals: 1,
          none: 'set site.wue and site.tariff',
          asks: [
            { expr: `sum(${increase('negawatt_site_water_litres_total')})`, legend: 'litres of water' },
            {
              expr: `sum by (currency) (${increase('negawatt_energy_cost_total')})`,
              legend: 'cost, {{currency}}',
            },
          ],
        },
      ],
    },
  ],
};
