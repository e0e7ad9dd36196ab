import {
  A_SECOND_ON,
  busyHour,
  busyShare,
  emptyTenths,
  gauge,
  HOST,
  increase,
  KILOWATT_HOUR,
  rate,
} from '../kit/promql.ts';
import type { Ask, BoardSpec, PanelSpec } from '../kit/spec.ts';
import { CO2E } from '../kit/units.ts';

/** The period before the change ends where the time picker begins; the one after begins there. */
const BEFORE = '@ ${__from:date:seconds}';
const AFTER = '@ ${__from:date:seconds} offset -$period';
const SIDES = [
  ['before', BEFORE],
  ['after', AFTER],
] as const;

/** The same sides of subqueries of hours. */
const HOURS_BEFORE = `${BEFORE} ${A_SECOND_ON}`;
const HOURS_AFTER = `${BEFORE} offset -\${period}1s`;

const ENERGY = 'hw_host_energy_joules_total';
const both = (expression: (at: string) => string, more = ''): readonly Ask[] =>
  SIDES.map(([side, at]) => ({ expr: expression(at), legend: more === '' ? side : `${side} ${more}` }));

const energy = (at: string): string => increase(ENERGY, '$period', '', at);
const grams = (at: string): string => increase('negawatt_emissions_location_grams_total', '$period', '', at);
const work = (at: string): string => `sum by (unit) (${increase('negawatt_work_total', '$period', '', at)})`;
/** Energy of the hosts that count a unit of work. */
const workingEnergy = (at: string): string =>
  `sum by (unit) (group by (${HOST}, unit) (${increase('negawatt_work_total', '$period', '', at)}) * on (${HOST}) group_left () sum by (${HOST}) (${energy(at)}))`;
/** Grams for a joule over both sides together: one factor, so that the grid makes no difference. */
const FACTOR = `(sum(${grams(BEFORE)}) + sum(${grams(AFTER)})) / (sum(${energy(BEFORE)}) + sum(${energy(AFTER)}))`;
const EVERY_HOUR =
  'label_replace(count_values("hour", hour(vector(time() - 1800))), "hour", "0$1", "hour", "(.)")';
const classByHour = (at: string): string =>
  `avg_over_time((sum by (class) (${increase('negawatt_workload_cpu_seconds_total', '1h', 'class=~"$class",kind!="idle"')}) / 3600 * on () group_left (hour) ${EVERY_HOUR})[$period:1h] ${at})`;
/** A side of which nothing is known has no hours; one that is known has 0 of them where no host was. */
const hostHours = (at: string, side: string): string =>
  `sum_over_time(count_values("percent", floor(10 * ${busyHour}) * 10)[$period:1h] ${at}) or ${emptyTenths(`${gauge('negawatt_host_processors')} ${side}`)}`;

const stat = (
  title: string,
  use: string,
  unit: string,
  expression: (at: string) => string,
  more: Partial<PanelSpec> = {},
): PanelSpec => ({ title, use, unit, look: 'stat', width: 6, height: 4, asks: both(expression), ...more });

export const BEFORE_AFTER: BoardSpec = {
  uid: 'negawatt-before-after',
  title: 'negawatt / Before and after: change, not yet a saving',
  about:
    'Set the begin of the time picker to the date of a change and choose a period: the same length before and after it, side by side.',
  from: 'now-7d',
  choices: ['period', 'class', 'recorded'],
  rows: [
    {
      title: 'Change, not yet a saving',
      panels: [
        {
          title: 'How to read this',
          use: 'What the figures of this dashboard can tell and what not. Set the begin of the time picker to the date of the change first; to report a saving, declare a measure.',
          look: 'text',
          unit: 'short',
          width: 24,
          height: 5,
          asks: [],
          text: [
            '**Begin of the time picker = date of the change.** *Period on each side* = how long before and after it is looked at (whole weeks compare best; end the time picker at the end of the period after).',
            '',
            'What you see is a **change**: work, weather and other work on the hosts change too. Energy per unit of work often falls only because more work shares the same idle power. To **prove a saving**, declare the measure before it starts (`negawatt measure draft NAME`, then `negawatt measure check NAME`) or ask `negawatt compare` for what can be said afterwards; the Savings dashboard then shows grade and verdict.',
          ].join('\n'),
        },
        stat(
          'Processors busy',
          'Mean share of processor time in use. More use of fewer hosts is what packing should show.',
          'percentunit',
          (at) => `avg(${busyShare('$period', at)})`,
          { decimals: 1 },
        ),
        stat(
          'Powered hosts',
          'Mean number of hosts that were on. Hosts switched off are what saves idle power; one that is only silent also looks switched off: check it under Agent health.',
          'short',
          (at) =>
            `sum(${increase('negawatt_host_powered_on_seconds_total', '$period', '', at)}) / max(${increase('negawatt_host_powered_on_seconds_total', '$period', '', at)})`,
          { decimals: 1 },
        ),
        stat(
          'Energy',
          'IT energy of the hosts chosen. It moves with the work: read energy per work beside it.',
          'kwatth',
          (at) => `sum(${energy(at)}) / ${KILOWATT_HOUR}`,
        ),
        stat(
          'CO2e at one factor',
          'Both sides with the mean factor of both: the difference is energy alone, not the grid. It can be no claim of avoided emissions.',
          CO2E,
          (at) => `sum(${energy(at)}) * (${FACTOR}) / 1e3`,
          { decimals: 1, none: 'no factor, or nothing known before' },
        ),
        {
          title: 'Work',
          use: 'Units of useful work on both sides. Where work differs much, only an adjusted baseline can tell what the change did.',
          look: 'table',
          unit: 'short',
          width: 7,
          height: 6,
          first: ['unit'],
          none: 'no work is counted: see `work` in the configuration',
          asks: both(work),
        },
        {
          title: 'Energy per unit of work',
          use: 'Energy of the hosts that count a unit, over those units. It falls when more work shares the idle power, also without any measure.',
          look: 'table',
          unit: 'joule',
          width: 7,
          height: 6,
          first: ['unit'],
          none: 'no work is counted: see `work` in the configuration',
          asks: both((at) => `${workingEnergy(at)} / ${work(at)}`),
        },
        {
          title: 'Cost',
          use: 'As booked: energy, PUE and the tariff of the time. A change of the tariff is in it.',
          look: 'stat',
          unit: 'short',
          width: 5,
          height: 6,
          decimals: 2,
          none: 'no price is set: site.tariff',
          asks: both(
            (at) => `sum by (currency) (${increase('negawatt_energy_cost_total', '$period', '', at)})`,
            '{{currency}}',
          ),
        },
        {
          title: 'Time after, over before',
          use: 'Longest time seen of any host, after over before. Below 100 % the period after is not over, or data is missing: sums of both sides are then no pair.',
          look: 'stat',
          unit: 'percentunit',
          width: 5,
          height: 6,
          decimals: 0,
          none: 'nothing is known before',
          thresholds: [
            { from: null, color: 'red' },
            { from: 0.95, color: 'green' },
            { from: 1.05, color: 'red' },
          ],
          asks: [
            {
              expr: `max(${increase('negawatt_host_powered_on_seconds_total', '$period', '', AFTER)}) / max(${increase('negawatt_host_powered_on_seconds_total', '$period', '', BEFORE)})`,
              legend: 'after / before',
            },
          ],
        },
      ],
    },
    {
      title: 'Change over time, not yet a saving',
      panels: [
        {
          title: 'Power, and in the period before',
          use: 'The same hours one period earlier lie under today. A gap that is there at all hours is idle power; one in the peaks only is work.',
          look: 'lines',
          unit: 'watt',
          width: 12,
          min: 0,
          colors: { 'one period before': 'orange', after: 'blue' },
          asks: [
            { expr: `sum(${rate(ENERGY)})`, legend: 'after' },
            {
              expr: `sum(${rate(ENERGY, '', 'offset $period')})`,
              legend: 'one period before',
            },
          ],
        },
        {
          title: 'Host-hours by processors busy',
          use: 'How many hours hosts spent at each utilisation. Good packing moves hours from the left to the middle; hours beyond 80 % can hurt answer times.',
          look: 'histogram',
          unit: 'short',
          width: 12,
          hidden: ['instance', 'cluster'],
          colors: { before: 'orange', after: 'blue' },
          asks: [
            { expr: hostHours(HOURS_BEFORE, BEFORE), legend: 'before' },
            { expr: hostHours(HOURS_AFTER, AFTER), legend: 'after' },
          ],
        },
      ],
    },
    {
      title: 'When which class computes (UTC)',
      panels: SIDES.map(
        ([side]): PanelSpec => ({
          title: `Processors in use by class and hour of the day, ${side}`,
          use: 'Mean of each hour over the period. Each class has its own colours on each side, from its quietest hour to its busiest: compare both sides by their numbers. Classes whose red hours do not meet can share hosts; batch work in the peak of online work can wait.',
          look: 'matrix',
          unit: 'short',
          width: 12,
          height: 24,
          none: 'nothing is known of this side',
          matrix: { row: 'hour', column: 'class' },
          asks: [
            {
              expr: classByHour(side === 'before' ? HOURS_BEFORE : HOURS_AFTER),
              legend: '{{class}} {{hour}}',
            },
          ],
        }),
      ),
    },
  ],
};
