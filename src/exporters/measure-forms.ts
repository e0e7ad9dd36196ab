import type { MeasureReport, OverlapOutcome } from '../model/comparison.ts';
import { comparedRows } from './comparison-rows.ts';
import { windowWords } from './comparison-text.ts';
import { csvLines, markdownTable, markdownText } from './markup.ts';
import { sidesOf } from './measure-text.ts';
import { coverageWords, DESIGNS, energyWithInterval, outcomeSentence, VERDICTS } from './measure-words.ts';
import { overlapNotes, overlapRows, overlapTitle } from './overlap-words.ts';

/** A row a measure: what a portfolio is joined from. Empty: not known. */
const COLUMNS: readonly (readonly [string, (report: MeasureReport) => string | number | undefined])[] = [
  ['measure', ({ plan }) => plan.name],
  ['kind', ({ plan }) => plan.kind],
  ['from', ({ after }) => new Date(after.window.from * 1000).toISOString()],
  ['to', ({ after }) => new Date(after.window.to * 1000).toISOString()],
  ['verdict', ({ outcome }) => VERDICTS[outcome.verdict]],
  ['evidence', ({ outcome }) => outcome.grade],
  ['actual_kilowatt_hours', ({ outcome }) => kWh(outcome.estimate?.actual)],
  ['expected_kilowatt_hours', ({ outcome }) => kWh(outcome.estimate?.expected)],
  ['avoided_kilowatt_hours', ({ outcome }) => kWh(outcome.avoided)],
  ['avoided_low_kilowatt_hours', ({ outcome }) => kWh(outcome.interval?.low)],
  ['avoided_high_kilowatt_hours', ({ outcome }) => kWh(outcome.interval?.high)],
  ['avoided_ratio', ({ outcome }) => outcome.fraction],
  ['avoided_energy_effect_grams', ({ outcome }) => outcome.emissions?.energyEffect],
  ['grid_effect_grams', ({ outcome }) => outcome.emissions?.gridEffect],
  ['measured_coverage_ratio', ({ outcome }) => outcome.coverage?.ratio],
  ['detectable_ratio', ({ outcome }) => outcome.detectable],
  ['flags', ({ outcome }) => [...outcome.refusals, ...outcome.flags].map(({ flag }) => flag).join(' ')],
  ['plan_sha256', ({ registration }) => registration.hashNow],
  // Of measures on the same hosts: the joint figure stands in the row of each of them, so rows must not be added.
  ['overlaps', ({ plan }) => plan.overlaps.join(' ')],
  ['joint_avoided_kilowatt_hours', ({ overlap }) => kWh(overlap?.joint)],
  ['joint_avoided_low_kilowatt_hours', ({ overlap }) => kWh(overlap?.interval?.low)],
  ['joint_avoided_high_kilowatt_hours', ({ overlap }) => kWh(overlap?.interval?.high)],
  ['part_avoided_kilowatt_hours', (report) => kWh(ownPart(report)?.avoided)],
  ['part_avoided_low_kilowatt_hours', (report) => kWh(ownPart(report)?.interval.low)],
  ['part_avoided_high_kilowatt_hours', (report) => kWh(ownPart(report)?.interval.high)],
];
const ownPart = ({ plan, overlap }: MeasureReport) => overlap?.parts?.find(({ name }) => name === plan.name);
const kWh = (joules: number | undefined): number | undefined =>
  joules === undefined ? undefined : joules / 3.6e6;

/** Reports as rows (RFC 4180), units in the header. */
export const measureCsv = (reports: readonly MeasureReport[]): string =>
  csvLines([
    COLUMNS.map(([name]) => name),
    ...reports.map((report) => COLUMNS.map(([, of]) => String(of(report) ?? ''))),
  ]);

export const measureMarkdown = (report: MeasureReport): string => {
  const { plan, outcome, before, after } = report;
  const { estimate, avoided, interval } = outcome;
  const table = markdownTable([
    ['', `before, ${windowWords(before)}`, `after, ${windowWords(after)}`, 'change'],
    ...comparedRows(sidesOf(report)).map((row) => [row.label.trim(), row.before, row.after, row.change]),
  ]);
  return [
    `## ${markdownText(plan.name)}: ${VERDICTS[outcome.verdict]}, evidence ${outcome.grade}`,
    '',
    markdownText(outcomeSentence(report)),
    '',
    ...table,
    '',
    ...(estimate === undefined ? [] : [`- by: ${DESIGNS[estimate.design]}`, `- ${coverageWords(outcome)}`]),
    ...(avoided === undefined || interval === undefined
      ? []
      : [`- avoided: ${energyWithInterval(avoided, interval)}`]),
    ...[...outcome.refusals, ...outcome.flags, ...outcome.gradeReasons].map(
      ({ text, remedy }) => `- ${markdownText([text, remedy].filter(Boolean).join(' '))}`,
    ),
    `- plan ${report.registration.hashNow}`,
    ...(report.overlap === undefined ? [] : overlapMarkdown(report.overlap)),
    '',
  ].join('\n');
};

const overlapMarkdown = (overlap: OverlapOutcome): readonly string[] => {
  const rows = overlapRows(overlap);
  return [
    '',
    `### ${markdownText(overlapTitle(overlap))}`,
    '',
    ...(rows.length === 0
      ? []
      : [...markdownTable([['', 'energy'], ...rows.map(({ label, figure }) => [label.trim(), figure])]), '']),
    ...overlapNotes(overlap).map((note) => `- ${markdownText(note)}`),
  ];
};
