import type { Comparison } from '../model/comparison.ts';
import { comparedRows } from './comparison-rows.ts';
import { coverageOf, scopeLine, sideNames } from './comparison-text.ts';
import { csvLines, markdownTable, markdownText } from './markup.ts';
import { percentWords } from './quantity-words.ts';

const bare = (value: number | undefined): string => (value === undefined ? '' : String(value));

/** One row a figure (RFC 4180), base units in the key; empty: not known. */
export const comparisonCsv = (comparison: Comparison): string => {
  const rows = comparedRows(comparison).map(({ key, values: [before, after] }) => [
    key,
    bare(before),
    bare(after),
    before === undefined || after === undefined || before === 0 ? '' : String(after / before - 1),
  ]);
  const coverage = [coverageOf(comparison.before), coverageOf(comparison.after)].map(String);
  return csvLines([
    ['figure', 'before', 'after', 'change_ratio'],
    ['host_time_known_ratio', ...coverage, ''],
    ...rows,
  ]);
};

export const comparisonMarkdown = (comparison: Comparison): string => {
  const { before, after, remarks, sentence, next } = comparison;
  const lines = [
    ['', ...sideNames(comparison), 'change'],
    ['host time known', percentWords(coverageOf(before)), percentWords(coverageOf(after)), ''],
    ...comparedRows(comparison).map((row) => [row.label.trim(), row.before, row.after, row.change]),
  ];
  return [
    markdownText(scopeLine(comparison)),
    '',
    ...markdownTable(lines),
    '',
    ...remarks.map(({ text, remedy }) => `- ${markdownText([text, remedy].filter(Boolean).join(' '))}`),
    ...(remarks.length > 0 ? [''] : []),
    markdownText(sentence),
    '',
    markdownText(next),
    '',
  ].join('\n');
};
