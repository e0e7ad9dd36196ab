import type { Comparison, MeasureReport, Side } from '../model/comparison.ts';
import { comparedRows } from './comparison-rows.ts';
import { columns, coverageOf, windowWords } from './comparison-text.ts';
import { measureDetails } from './detail-lines.ts';
import { printable } from './markup.ts';
import {
  coverageWords,
  DESIGNS,
  emissionsSentence,
  energyWithInterval,
  outcomeSentence,
  VERDICTS,
} from './measure-words.ts';
import { overlapNotes, overlapRows, overlapTitle } from './overlap-words.ts';
import { dateWords, energyScale, percentWords, scaled } from './quantity-words.ts';

/** Both sides of a report as a comparison, for its lines. */
export const sidesOf = (report: MeasureReport): Comparison => ({
  ...sidesAlone(report),
  factor: undefined,
  factorSource: '',
  perDay: lengthOf(report.before) !== lengthOf(report.after),
  grade: report.outcome.grade,
  adjusted: report.outcome,
  remarks: [],
  sentence: '',
  next: '',
});

const lengthOf = ({ window }: Side): number => window.to - window.from;
const sidesAlone = ({ before, after, history, inputs, seed, version }: MeasureReport) => ({
  ...{ before, after, history, inputs, seed, version },
});

const registrationWords = ({ registration: { hashAtStart, hashNow } }: MeasureReport): string => {
  if (hashAtStart === undefined) return `plan ${hashNow.slice(0, 12)}, not registered before the start`;
  return hashAtStart === hashNow
    ? `plan ${hashNow.slice(0, 12)}, registered before the start`
    : `plan ${hashNow.slice(0, 12)}, CHANGED since the start (was ${hashAtStart.slice(0, 12)})`;
};

/** The verdict of a measure, with what it rests on. `details` adds every interval, diagnostics and inputs. */
export const measureText = (report: MeasureReport, details = false): string => {
  const { plan, outcome, overlap, before, after, asOf, isFinal } = report;
  const { estimate, interval, avoided, flags, refusals, gradeReasons } = outcome;
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
  const co2e = emissionsSentence(outcome);
  if (co2e !== undefined) lines.push(co2e);
  if (outcome.detectable !== undefined)
    lines.push(`smallest saving that could have been shown: ${percentWords(outcome.detectable)}`);
  if (outcome.daysNeeded !== undefined) lines.push(`days still needed: ${outcome.daysNeeded}`);
  for (const { text, remedy } of [...refusals, ...flags, ...gradeReasons]) {
    lines.push(`- ${text}`);
    if (remedy !== '') lines.push(`  ${remedy}`);
  }
  if (overlap !== undefined)
    lines.push(
      overlapTitle(overlap),
      ...columns(overlapRows(overlap).map(({ label, figure }) => [label, figure])),
      ...overlapNotes(overlap).map((note) => `- ${note}`),
    );
  if (details) lines.push(...measureDetails(report));
  lines.push(
    `verdict: ${VERDICTS[outcome.verdict]}, evidence ${outcome.grade}, as of ${dateWords(asOf)}`,
    outcomeSentence(report),
  );
  return lines.map(printable).join('\n').concat('\n');
};
