import type { Comparison } from '../model/comparison.ts';
import { comparedRows } from './comparison-rows.ts';
import { coverageOf, scopeLine, sideNames } from './comparison-text.ts';
import { percentWords } from './quantity-words.ts';

const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
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
  return [['figure', 'before', 'after', 'change_ratio'], ['host_time_known_ratio', ...coverage, ''], ...rows]
    .map((line) => line.map(cell).join(','))
    .join('\r\n')
    .concat('\r\n');
};

const escaped = (text: string): string => text.replaceAll('|', '\\|');

export const comparisonMarkdown = (comparison: Comparison): string => {
  const { before, after, remarks, sentence, next } = comparison;
  const lines = [
    ['', ...sideNames(comparison), 'change'],
    ['---', '---:', '---:', '---:'],
    ['host time known', percentWords(coverageOf(before)), percentWords(coverageOf(after)), ''],
    ...comparedRows(comparison).map((row) => [row.label.trim(), row.before, row.after, row.change]),
  ];
  return [
    scopeLine(comparison),
    '',
    ...lines.map((line) => `| ${line.map(escaped).join(' | ')} |`),
    '',
    ...remarks.map(({ text, remedy }) => `- ${[text, remedy].filter(Boolean).join(' ')}`),
    ...(remarks.length > 0 ? [''] : []),
    sentence,
    '',
    next,
    '',
  ].join('\n');
};
