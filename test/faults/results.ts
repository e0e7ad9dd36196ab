/** Figures of the fault tests, kept in RESULTS.md: a row a figure, replaced by what measures it anew. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Figure {
  /** What was done; the row's key. */
  readonly what: string;
  /** How many times, or how long. */
  readonly howMany: string;
  readonly result: string;
}

/** Of a short form, which runs with every test run: only `npm run test:long` has it write its figures. */
export const keepIfAsked = (...figures: readonly Figure[]): void => {
  if (process.env.NEGAWATT_KEEP_FIGURES === '1') keep(...figures);
};

const PATH = join(import.meta.dirname, 'RESULTS.md');
const HEAD = `# What the fault tests found

Written by \`npm run test:long\`, of the short tests too; each row on the day that it was last measured.

| what | how many | result | date |
| --- | --- | --- | --- |
`;
const cell = (text: string): string => text.replace(/\s+/g, ' ').replaceAll('|', '\\|');

export const keep = (...figures: readonly Figure[]): void => {
  const text = existsSync(PATH) ? readFileSync(PATH, 'utf8') : HEAD;
  const rows = text.split('\n').filter((line) => line.startsWith('| ') && !/^\| (what|---) \|/.test(line));
  const day = new Date().toISOString().slice(0, 10);
  for (const { what, howMany, result } of figures) {
    const row = `| ${[what, howMany, result, day].map(cell).join(' | ')} |`;
    const at = rows.findIndex((line) => line.startsWith(`| ${cell(what)} |`));
    if (at < 0) rows.push(row);
    else rows[at] = row;
    console.log(row);
  }
  writeFileSync(PATH, `${HEAD}${rows.join('\n')}\n`);
};
