/** Text of others in a form that cannot become markup, a second cell, or a command to a terminal. */

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Controls, and what turns the direction of writing or has no width (Cc, Cf, Cs, Zl, Zp), as U+FFFD. */
export const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\uFFFD');

export const htmlText = (text: string): string =>
  printable(text).replace(/[&<>"']/g, (letter) => ENTITIES[letter] ?? '');

export const markdownText = (text: string): string =>
  printable(text)
    .replaceAll('&', '&amp;')
    .replace(/[\\`*_{}[\]|#~]/g, (letter) => `\\${letter}`)
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');

const csvCell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** RFC 4180: lines end with CR LF; a cell with a comma, quote or line break is quoted. */
export const csvLines = (rows: readonly (readonly string[])[]): string =>
  rows.map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');

/** A table whose first row is its head: labels to the left, figures to the right. */
export const markdownTable = (rows: readonly (readonly string[])[]): readonly string[] => {
  const [head = '', ...body] = rows.map((row) => `| ${row.map(markdownText).join(' | ')} |`);
  const rule = (rows[0] ?? []).map((_, at) => (at === 0 ? '---' : '---:'));
  return [head, `| ${rule.join(' | ')} |`, ...body];
};
