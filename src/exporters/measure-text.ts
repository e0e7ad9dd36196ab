import type { Comparison, MeasureReport } from '../model/comparison.ts';
import { comparedRows } from './comparison-rows.ts';
import { columns, coverageOf, windowWords } from './comparison-text.ts';
import { printable } from './markup.ts';
import { coverageWords, DESIGNS, energyWithInterval, outcomeSentence, VERDICTS } from './measure-words.ts';
import { dateWords, energyScale, massScale, percentWords, scaled } from './quantity-words.ts';

/** Both sides of a report as a comparison, for its lines. */
export const sidesOf = ({ before, after, outcome }: MeasureReport): Comparison => ({
  before,
  after,
  factor: undefined,
  factorSource: '',
  perDay: before.window.to - before.window.from !== after.window.to - after.window.from,
  grade: outcome.grade,
  adjusted: outcome,
  remarks: [],
  sentence: '',
  next: '',
});

const registrationWords = ({ registration: { hashAtStart, hashNow } }: MeasureReport): string => {
  if (hashAtStart === undefined) return `plan ${hashNow.slice(0, 12)}, not registered before the start`;
  return hashAtStart === hashNow
    ? `plan ${hashNow.slice(0, 12)}, registered before the start`
    : `plan ${hashNow.slice(0, 12)}, CHANGED since the start (was ${hashAtStart.slice(0, 12)})`;
};

/** The verdict of a measure, with what it rests on. `details` adds every interval, diagnostics and inputs. */
export const measureText = (report: MeasureReport, details = false): string => {
  const { plan, outcome, before, after, asOf, isFinal } = report;
  const { estimate, interval, avoided, emissions, flags, refusals, gradeReasons } = outcome;
  const rows = comparedRows(sidesOf(report)).map((row) => [row.label, row.before, row.after, row.change]);
  const lines: string[] = [
    `${plan.name}   kind ${plan.kind}   boundary ${plan.boundary} (IPMVP option ${plan.option})   ${registrationWords(report)}`,
    `before ${windowWords(before)} (${percentWords(coverageOf(before))} known)   after ${windowWords(after)} (${percentWords(coverageOf(after))} known)${isFinal ? '' : '   PROVISIONAL: no report date yet'}`,
    ...columns([['', 'before', 'after', 'change'], ...rows]),
  ];
  if (estimate !== undefined) {
    const scale = energyScale(estimate.expected, estimate.actual);
    lines.push(
      ...columns([
        ['expected without the change', `${scaled(estimate.expected, scale)} ${scale.unit}`],
        ['used', `${scaled(estimate.actual, scale)} ${scale.unit}`],
        ...(avoided === undefined || interval === undefined
          ? []
          : [['AVOIDED', energyWithInterval(avoided, interval)]]),
      ]),
      `by: ${DESIGNS[estimate.design]}`,
      coverageWords(outcome),
    );
  }
  if (emissions !== undefined) {
    const scale = massScale(emissions.energyEffect, emissions.gridEffect);
    const grid =
      emissions.gridEffect === undefined
        ? ''
        : `; the grid by itself ${scaled(emissions.gridEffect, scale)} ${scale.unit}, which is none of the measure's`;
    lines.push(
      `CO2e: ${scaled(emissions.energyEffect, scale)} ${scale.unit} avoided at the factors of the reporting period${grid}`,
    );
  }
  if (outcome.detectable !== undefined)
    lines.push(`smallest saving that could have been shown: ${percentWords(outcome.detectable)}`);
  if (outcome.daysNeeded !== undefined) lines.push(`days still needed: ${outcome.daysNeeded}`);
  for (const { text, remedy } of [...refusals, ...flags, ...gradeReasons]) {
    lines.push(`- ${text}`);
    if (remedy !== '') lines.push(`  ${remedy}`);
  }
  if (details) lines.push(...detailLines(report));
  lines.push(
    `verdict: ${VERDICTS[outcome.verdict]}, evidence ${outcome.grade}, as of ${dateWords(asOf)}`,
    outcomeSentence(report),
  );
  return lines.map(printable).join('\n').concat('\n');
};

const detailLines = ({ outcome, inputs, seed, version, history, registration }: MeasureReport): string[] => {
  const { estimate, change, growthOffset, others } = outcome;
  const lines: string[] = [];
  for (const one of estimate?.intervals ?? [])
    lines.push(`interval ${one.method}: ${energyWithInterval(estimate?.avoided ?? 0, one)}`);
  for (const other of others)
    lines.push(
      'avoided' in other
        ? `also tried: ${DESIGNS[other.design]}: ${energyWithInterval(other.avoided, other.interval)}`
        : `not possible: ${DESIGNS[other.design]}: ${other.refusals.map(({ text }) => text).join('; ')}`,
    );
  if (change !== undefined) {
    const { activity, intensity, facility, grid, total } = change;
    const scale = massScale(activity, intensity, facility, grid, total);
    const bar = (name: string, value: number) => `${name} ${scaled(value, scale)}`;
    lines.push(
      `change of CO2e, ${scale.unit}: ${bar('work', activity)}, ${bar('energy per work', intensity)}, ${bar('facility', facility)}, ${bar('grid', grid)} = ${scaled(total, scale)} (LMDI)`,
    );
  }
  if (growthOffset !== undefined) lines.push(`growth offset: ${growthOffset.toFixed(2)}`);
  for (const [name, value] of Object.entries(estimate?.diagnostics ?? {}))
    lines.push(`${name}: ${Number(value.toPrecision(6))}`);
  lines.push(`history: ${history.engine} ${history.where}, ${history.method}`);
  for (const [name, query] of Object.entries(history.queries)) lines.push(`query of ${name}: ${query}`);
  for (const [name, hash] of Object.entries(inputs)) lines.push(`sha256 of ${name}: ${hash}`);
  lines.push(`plan now: ${registration.hashNow}; at the start: ${registration.hashAtStart ?? 'none'}`);
  lines.push(`seed: ${seed}; negawatt ${version}`);
  return lines;
};
