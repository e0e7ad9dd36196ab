import { A_SECOND_ON, busyHour, emptyTenths, gauge, increase, KILOWATT_HOUR } from '../kit/promql.ts';
import type { BoardSpec } from '../kit/spec.ts';
import { CO2E } from '../kit/units.ts';

const NONE = 'no measure declared: how to stands above';
const NOT_SHOWN = 'no figure: no measure declared (how to: above), or it is refused (see its flags)';
/** The larger a stat's words are, the fewer there are of them. */
const NO_FIGURE = 'no measure declared, or refused';
/** An on/off test is compared with its own off hours, and has no model. */
const NO_MODEL = 'none fitted, or no measure declared';
const ONE = 'measure=~"$measure"';
const BASELINE = 'negawatt_savings_baseline_energy_joules_total';
const ACTUAL = 'negawatt_savings_energy_joules_total';
const AVOIDED = 'negawatt_savings_avoided_energy_joules';
const LOW = 'negawatt_savings_avoided_energy_low_joules';
const HIGH = 'negawatt_savings_avoided_energy_high_joules';
const kWh = (expression: string): string => `${expression} / ${KILOWATT_HOUR}`;
const ofEach = (expression: string): string => `max by (measure) (${expression})`;

/** The end of what is shown. Not `end()`: within a subquery VictoriaMetrics finds nothing by it. */
const AT_END = '@ ${__to:date:seconds}';
/** Start of the measure, also at times before it was known. */
const START = `scalar(max(${gauge('negawatt_savings_start_timestamp_seconds', ONE)} ${AT_END}))`;
/** Seconds of the day before a point that are after the start: over a whole day, the first would be a ramp from 0. */
const DAY_OR_LESS = `clamp_max(vector(time() - ${START}), 86400)`;
const meanPower = (counter: typeof BASELINE | typeof ACTUAL): string =>
  `sum(${increase(counter, '1d', ONE)}) / ${DAY_OR_LESS}`;
/** Where it did not grow, no day was evaluated yet since it is there: that is no power of 0. */
const BASELINE_POWER = `(${meanPower(BASELINE)} > 0)`;
/** Members of a measure are instances without their port. */
const asMember = (hosts: string): string =>
  `label_replace(${hosts}, "member", "$1", "instance", "([^:]*)(:[0-9]+)?")`;
const SCOPE = `group by (member, cluster) (${gauge('negawatt_savings_scope_info', ONE)} ${AT_END})`;
const NAMED = `group by (member, cluster) (${asMember(`last_over_time(${gauge('negawatt_host_processors')}[$__range] ${AT_END})`)})`;
/**
 * Hosts of the measure with their cluster. The measure does not tell that of its members: of hosts with one name that in the
 * cluster of the agent that evaluates it is meant, where there is one.
 */
const MEMBERS = `(${NAMED} and on (member, cluster) ${SCOPE} or on (member) (${NAMED} and on (member) ${SCOPE}))`;
const inScope = (hosts: string): string => `${asMember(hosts)} and on (member, cluster) ${MEMBERS}`;
const hostHours = (side: '<=' | '>'): string =>
  `sum_over_time((count_values("percent", floor(10 * (${inScope(busyHour)})) * 10) and on () (vector(time()) ${side} ${START}))[$__range:1h] ${A_SECOND_ON})`;
/** Only of the side after the start is it known that there was something to see. */
const ALL_TENTHS = emptyTenths(gauge('negawatt_savings_start_timestamp_seconds', ONE));

/** Logarithmic mean Divisia: the change of energy split into work and energy per work, with no rest. */
const WORK_CHANGE = `(1 + max by (measure, unit) (${gauge('negawatt_savings_work_change_ratio', ONE)}))`;
const INTENSITY_CHANGE = `(1 + max by (measure, unit) (${gauge('negawatt_savings_intensity_change_ratio', ONE)}))`;
const RATIO = `(${WORK_CHANGE} * on (measure, unit) ${INTENSITY_CHANGE})`;
const LOG_MEAN = `((1 - 1 / ${RATIO}) / ln(${RATIO}) * on (measure) group_left () sum by (measure) (${increase(ACTUAL, '$__range', ONE)}))`;

export const SAVINGS: BoardSpec = {
  uid: 'negawatt-savings',
  title: 'negawatt / Savings',
  about: 'Energy-saving measures: what was avoided, how sure that is, and whether the service held.',
  from: 'now-28d',
  choices: ['measure', 'recorded'],
  rows: [
    {
      title: 'Measures',
      panels: [
        {
          title: 'Measures declared',
          use: 'Measures whose plan some agent evaluates. None: declare one before the next change; afterwards it can be indicative at best.',
          look: 'stat',
          unit: 'short',
          width: 6,
          height: 5,
          words: { '0': { text: 'no measure declared', color: 'orange' } },
          thresholds: [{ from: null, color: 'text' }],
          asks: [
            {
              expr: `count(count by (measure) (${gauge('negawatt_savings_info')})) or vector(0)`,
              legend: 'measures',
            },
          ],
        },
        {
          title: 'How to declare one',
          use: 'The way from a change to a proven saving. Begin with step 1 before the next change: a plan that is made afterwards proves less.',
          look: 'text',
          unit: 'short',
          width: 18,
          height: 5,
          asks: [],
          text: [
            '1. **Before** the change: `negawatt measure draft NAME` writes a plan with all defaults; put it under `measures` of the configuration.',
            '2. `negawatt measure check NAME` says what it could show, and what is wrong with it. At its start the plan is frozen.',
            '3. The agent evaluates it; grade and verdict stand here. `negawatt compare --measure NAME` prints the whole report.',
            '',
            'No measure yet? **Before and after** shows a change without one, and says what it cannot tell.',
          ].join('\n'),
        },
        {
          title: 'All measures',
          use: 'Believe grades A to C with verdict "verified". Indicative and not verified are no savings to report; look at the flags for what would make them one.',
          look: 'table',
          unit: 'short',
          width: 24,
          height: 7,
          none: NONE,
          hidden: ['Grade', 'Verdict', 'Plan'],
          first: ['measure', 'verdict', 'grade'],
          columns: {
            Avoided: 'kwatth',
            'Low (90 %)': 'kwatth',
            'High (90 %)': 'kwatth',
            Missing: 'percentunit',
          },
          asks: [
            { expr: kWh(ofEach(gauge(AVOIDED))), legend: 'Avoided' },
            { expr: kWh(ofEach(gauge(LOW))), legend: 'Low (90 %)' },
            { expr: kWh(ofEach(gauge(HIGH))), legend: 'High (90 %)' },
            { expr: `max by (measure, grade) (${gauge('negawatt_savings_grade')} == 1)`, legend: 'Grade' },
            {
              expr: `max by (measure, verdict) (${gauge('negawatt_savings_verdict')} == 1)`,
              legend: 'Verdict',
            },
            {
              expr: `max by (measure, kind, boundary, option) (${gauge('negawatt_savings_info')})`,
              legend: 'Plan',
            },
            { expr: ofEach(gauge('negawatt_savings_missing_ratio')), legend: 'Missing' },
          ],
        },
      ],
    },
    {
      title: 'The measure that is chosen',
      panels: [
        {
          title: 'Verdict',
          use: 'Of the last report date. Only "verified" is a saving; "not_verified" is not "no effect": the interval holds 0.',
          look: 'stat',
          label: 'verdict',
          unit: 'short',
          width: 4,
          none: 'no measure declared',
          asks: [
            {
              expr: `max by (verdict) (${gauge('negawatt_savings_verdict', ONE)} == 1)`,
              legend: '{{verdict}}',
            },
          ],
        },
        {
          title: 'Grade',
          use: 'Evidence, A the best. A: randomised on/off test. D: model alone. More history, controls or a switchback raise it.',
          look: 'stat',
          label: 'grade',
          unit: 'short',
          width: 3,
          none: 'no measure declared',
          asks: [
            { expr: `max by (grade) (${gauge('negawatt_savings_grade', ONE)} == 1)`, legend: '{{grade}}' },
          ],
        },
        {
          title: 'Avoided, of the baseline',
          use: 'Of the time shown, over the energy that these hosts would have used for the same work (not told of an on/off test, which has no model). Set it beside what could have been detected.',
          look: 'stat',
          unit: 'percentunit',
          width: 5,
          decimals: 1,
          none: NO_FIGURE,
          asks: [
            {
              expr: `sum(${increase(BASELINE, '$__range', ONE)} - ${increase(ACTUAL, '$__range', ONE)}) / sum(${increase(BASELINE, '$__range', ONE)})`,
              legend: 'avoided',
            },
            { expr: `max(${gauge('negawatt_savings_detectable_ratio', ONE)})`, legend: 'could be detected' },
          ],
        },
        {
          title: 'CO2e by effect',
          use: 'Energy: what the measure did, where its interval leaves 0 out. Grid: what the grid did by itself. Never add them, and report the first alone.',
          look: 'stat',
          unit: CO2E,
          width: 7,
          decimals: 1,
          none: NO_FIGURE,
          asks: [
            {
              // Grams of a saving that may be none are none.
              expr: `max by (method, signal, effect) (${gauge('negawatt_savings_avoided_emissions_grams', `${ONE},effect="energy"`)} and on (measure) (${gauge('negawatt_savings_avoided_energy_low_joules', ONE)} > 0 or ${gauge('negawatt_savings_avoided_energy_high_joules', ONE)} < 0)) / 1e3`,
              legend: '{{effect}} ({{method}}, {{signal}})',
            },
            {
              expr: `max by (method, signal, effect) (${gauge('negawatt_savings_avoided_emissions_grams', `${ONE},effect!="energy"`)}) / 1e3`,
              legend: '{{effect}} ({{method}}, {{signal}})',
            },
          ],
        },
        {
          title: 'Data and growth',
          use: 'Missing: host time in no sum; above a tenth nothing is claimed. Growth offset: the part of the saving that more work took up again.',
          look: 'stat',
          unit: 'percentunit',
          width: 5,
          decimals: 1,
          none: NO_FIGURE,
          asks: [
            { expr: `max(${gauge('negawatt_savings_missing_ratio', ONE)})`, legend: 'missing' },
            { expr: `max(${gauge('negawatt_savings_growth_offset_ratio', ONE)})`, legend: 'growth offset' },
          ],
        },
        {
          title: 'Adjusted baseline against actual',
          use: 'What these hosts would have drawn for the work that was done, and what they drew: means of the day before each point, as a fleet may be evaluated once a day; in the first day of its series they stand too low. The gap is the measure, if the verdict says so. An on/off test has no such line: it is compared with its own off hours.',
          look: 'lines',
          unit: 'watt',
          width: 12,
          min: 0,
          interval: '3h',
          none: NOT_SHOWN,
          colors: { 'adjusted baseline': 'orange', actual: 'blue' },
          asks: [
            { expr: BASELINE_POWER, legend: 'adjusted baseline' },
            { expr: `${meanPower(ACTUAL)} and ${BASELINE_POWER}`, legend: 'actual' },
          ],
        },
        {
          title: 'Cumulative avoided energy, with its 90 % band',
          use: 'Since the start. While the band holds 0 nothing is shown yet; report the band, never the line alone.',
          look: 'band',
          colors: { low: 'blue', high: 'blue', avoided: 'blue' },
          unit: 'kwatth',
          width: 12,
          none: NOT_SHOWN,
          asks: [
            { expr: `max(${kWh(gauge(LOW, ONE))})`, legend: 'low' },
            { expr: `max(${kWh(gauge(HIGH, ONE))})`, legend: 'high' },
            { expr: `max(${kWh(gauge(AVOIDED, ONE))})`, legend: 'avoided' },
          ],
        },
      ],
    },
    {
      title: 'Why it changed',
      panels: [
        {
          title: 'Host-hours by processors busy',
          use: 'Hosts of the measure within the time shown, which has to reach back before the start. Packing moves hours from the left to the middle. Hours beyond 80 % are where answer times suffer first.',
          look: 'histogram',
          unit: 'short',
          width: 16,
          hidden: ['instance', 'cluster'],
          none: NONE,
          colors: { 'before the start': 'orange', 'with the measure': 'blue' },
          asks: [
            { expr: hostHours('<='), legend: 'before the start' },
            { expr: `${hostHours('>')} or ${ALL_TENTHS}`, legend: 'with the measure' },
          ],
        },
        {
          title: 'Change of energy by cause (LMDI)',
          use: 'Energy of the time shown against the baseline period, by the changes of the last report: more or less work, and energy for a unit of it; they sum to the change. Show the time since the start to have all of it. The second is no saving by itself: idle power spread over more work is in it.',
          look: 'table',
          unit: 'kwatth',
          width: 8,
          hidden: ['measure'],
          none: NOT_SHOWN,
          asks: [
            { expr: kWh(`(${LOG_MEAN} * on (measure, unit) ln(${WORK_CHANGE}))`), legend: 'Work' },
            {
              expr: kWh(`(${LOG_MEAN} * on (measure, unit) ln(${INTENSITY_CHANGE}))`),
              legend: 'Per work',
            },
          ],
        },
        {
          title: 'Flags',
          use: 'What to know before the figures are believed. `negawatt compare --measure NAME` says of each what to do.',
          look: 'table',
          unit: 'short',
          width: 8,
          none: 'no flag is raised, or no measure is declared',
          hidden: ['Flag'],
          first: ['measure'],
          asks: [
            {
              expr: `max by (measure, flag) (${gauge('negawatt_savings_flag', ONE)})`,
              legend: 'Flag',
              mayBeEmpty: 'a measure without anything to remark',
            },
          ],
        },
        {
          title: 'Hosts of the measure',
          use: 'On, off (told, never by silence) and unknown. Unknown hosts are in no sum: find out where they are.',
          look: 'lines',
          unit: 'short',
          width: 8,
          min: 0,
          none: NONE,
          asks: [{ expr: `max by (state) (${gauge('negawatt_savings_hosts', ONE)})`, legend: '{{state}}' }],
        },
        {
          title: 'Frozen baseline',
          use: 'How well the model fits its own past: scatter, fit, bias of its last quarter. CV above 0.3 or a bias above 0.05: expect a wide band. An on/off test needs none, a refused measure has none.',
          look: 'stat',
          unit: 'short',
          width: 8,
          height: 8,
          decimals: 3,
          none: NO_MODEL,
          asks: [
            { expr: `max(${gauge('negawatt_savings_baseline_cv_ratio', ONE)})`, legend: 'CV(RMSE)' },
            { expr: `max(${gauge('negawatt_savings_baseline_r2_ratio', ONE)})`, legend: 'R², adjusted' },
            { expr: `max(${gauge('negawatt_savings_holdout_nmbe_ratio', ONE)})`, legend: 'hold-out bias' },
          ],
        },
      ],
    },
  ],
};
