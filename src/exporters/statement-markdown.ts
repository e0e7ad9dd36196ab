import type { Equivalence, Statement } from '../carbon/statement.ts';
import { markdownText } from './markup.ts';
import { blockTitle, GROSS, shownLine, titleOf } from './statement-shown.ts';
import { signed } from './statement-table.ts';

const rowOf = (...cells: readonly string[]): string => `| ${cells.map(markdownText).join(' | ')} |`;

export const statementMarkdown = (statement: Statement, equivalences: readonly Equivalence[]): string => {
  const blocks = statement.blocks.map((block) =>
    [
      `## ${markdownText(blockTitle(block).replace('  ', ' '))}`,
      '',
      '| | Figure | | How |',
      '|---|---:|---|---|',
      ...block.lines.map((line) => {
        const { label, value, unit, note, verdict } = shownLine(line);
        return rowOf(verdict === '' ? label : `${label} (${verdict})`, value, unit, note);
      }),
    ].join('\n'),
  );
  const deltas = statement.deltas.map(({ label, before, after, change, unit }) =>
    rowOf(label, before, after, change === undefined ? '' : `${signed(change)} ${unit}`),
  );
  return [
    `# ${markdownText(titleOf(statement))}`,
    GROSS,
    ...blocks,
    ...(deltas.length === 0
      ? []
      : [
          [
            '## Changes since the last revision',
            '',
            '| | Before | Now | Change |',
            '|---|---|---|---:|',
            ...deltas,
          ].join('\n'),
        ]),
    ...(equivalences.length === 0
      ? []
      : [
          '## Equivalences, as asked for',
          equivalences
            .map(({ label, words }) => `- ${markdownText(label)}: ${markdownText(words)}`)
            .join('\n'),
        ]),
  ]
    .join('\n\n')
    .concat('\n');
};
