import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { absent, type Found, found, unreadable } from '../model/found.ts';
import type { MeasureStanding } from '../savings/standing.ts';
import { makeDirectory, writeWhole } from './files.ts';
import { planFile, planHash } from './measures.ts';

const FORMAT = 'negawatt-standing-1';
/** A report with the errors of its placebo windows is some hundred KiB; a scope has thousands of hosts at most. */
const LARGEST = 32 * 2 ** 20;

const fileOf = (dir: string, name: string): string =>
  join(dirname(planFile(dir, name)), `${name}.standing.json`);

/** Where the report of a measure is kept that people read. */
export const reportFile = (dir: string, name: string): string =>
  join(dirname(planFile(dir, name)), `${name}.report.html`);

/** Where the history before the start of a measure is kept. */
export const pastDirectory = (dir: string, name: string): string =>
  join(dirname(planFile(dir, name)), `${name}.past`);

/**
 * How a measure stood after its last evaluation: frozen baseline, counters, report. Absent: never evaluated. Unreadable:
 * the file was damaged or edited; its counters must not be gone on from.
 */
export const readStanding = (dir: string, name: string): Found<MeasureStanding> => {
  const path = fileOf(dir, name);
  try {
    const text = readFileSync(path, 'utf8');
    if (text.length > LARGEST) throw new Error(`is larger than ${LARGEST} bytes`);
    const { format, sha256, standing } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    if (format !== FORMAT || typeof standing !== 'string') throw new Error('has another format');
    if (planHash(standing) !== sha256) throw new Error('is not what was written');
    const read = JSON.parse(standing) as MeasureStanding;
    if (read.plan?.name !== name) throw new Error('is of another measure');
    return found(read);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return absent(`no ${path} yet`);
    const why = cause instanceof Error ? cause.message : String(cause);
    return unreadable(
      `${path} cannot be believed: it ${why.slice(0, 200)}`,
      'Restore it from a copy, or remove it: counters then begin anew at the start of the measure.',
    );
  }
};

/** Keeps it, whole or not at all, on the disk before it returns. Throws errors of the file system. */
export const writeStanding = (dir: string, standing: MeasureStanding): void => {
  const text = JSON.stringify(standing);
  const whole = { format: FORMAT, sha256: planHash(text), standing: text };
  keep(fileOf(dir, standing.plan.name), `${JSON.stringify(whole)}\n`);
};

/** Keeps the report of a measure for people, in the same way. */
export const writeReport = (dir: string, name: string, html: string): void =>
  keep(reportFile(dir, name), html);

const keep = (path: string, text: string): void => {
  makeDirectory(dirname(path));
  writeWhole(path, text);
};
