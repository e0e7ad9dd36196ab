/** Columns as plain text: what a terminal and a mail show alike. Numbers are aligned to the right. */
export const table = (header: readonly string[], rows: readonly (readonly string[])[]): string => {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const numeric = header.map(
    (_, column) => rows.length > 0 && rows.every((row) => /^-?[\d.,]*( %)?$/.test(row[column] ?? '')),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        numeric[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return `${all.map(line).join('\n')}\n`;
};

/** RFC 4180: a cell with a comma, quote or line break is quoted. */
export const csv = (header: readonly string[], rows: readonly (readonly string[])[]): string => {
  const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return `${[header, ...rows].map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
};

/**
 * Characters that steer a terminal never reach it from names that others chose: controls, and those that turn the
 * direction of writing or have no width (Unicode general categories Cc, Cf, Cs, Zl, Zp). Each is shown as U+FFFD.
 */
export const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\uFFFD');
