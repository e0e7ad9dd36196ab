import { padEnd, textWidth } from '../text-width.ts';

/** Parts on as few lines as they fit on, in their order. */
export const packed = (parts: readonly string[], width: number): readonly string[] => {
  const lines: string[] = [];
  for (const part of parts) {
    const longer = `${lines.at(-1)}, ${part}`;
    if (lines.length > 0 && textWidth(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines;
};

const GAP = '  ';

/** Cells in columns of one width, row by row, as many beside each other as fit. */
export const inColumns = (cells: readonly string[], width: number): readonly string[] => {
  const widest = Math.max(0, ...cells.map(textWidth));
  const columns = Math.max(1, Math.floor((width + GAP.length) / (widest + GAP.length)));
  return Array.from({ length: Math.ceil(cells.length / columns) }, (_, row) =>
    cells
      .slice(row * columns, (row + 1) * columns)
      .map((cell) => padEnd(cell, widest))
      .join(GAP)
      .trimEnd(),
  );
};
