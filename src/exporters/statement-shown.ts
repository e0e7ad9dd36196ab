import type { Block, Line, Statement } from '../carbon/statement.ts';
import { shownFigure } from '../carbon/statement-words.ts';
import { printable } from './markup.ts';

/** A line as people see it, whatever the form of the output. */
export interface ShownLine {
  readonly label: string;
  /** `552.375`, `not known`; '' where the line is words. */
  readonly value: string;
  readonly unit: string;
  /** Words, working, or why a figure is not known. */
  readonly note: string;
  readonly verdict: string;
  readonly isGap: boolean;
}

export const NOT_KNOWN = 'not known';

export const shownLine = (line: Line): ShownLine => {
  const note = printable(line.note ?? '');
  const common = { label: printable(line.label), verdict: line.verdict ?? '', isGap: line.kind === 'gap' };
  if (line.kind === 'words')
    return {
      ...common,
      value: '',
      unit: '',
      note: note === '' ? printable(line.words) : `${printable(line.words)}; ${note}`,
    };
  if (line.kind === 'gap')
    return {
      ...common,
      value: NOT_KNOWN,
      unit: '',
      note: [printable(line.reason), note].filter(Boolean).join('; '),
    };
  const { value, unit } = shownFigure(line.value, line.unit);
  const gases = line.unit === 't' ? (line.terms?.gases ?? '') : '';
  return { ...common, value, unit: gases === '' ? unit : `${unit} ${gases}`, note };
};

export const titleOf = ({ entity, year, revision }: Statement): string =>
  `${printable(entity)}: inventory statement ${year}, revision ${revision}`;

export const blockTitle = ({ number, title }: Block): string =>
  number === 0 ? title : `${number}  ${title}`;

/** What holds for the whole statement; it stands below the title. */
export const GROSS =
  'Emissions are gross. Reductions and credits are listed and subtracted from nothing. What is not known is not 0.';
