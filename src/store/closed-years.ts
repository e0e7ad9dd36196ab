import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Line, linesOf, type Statement } from '../carbon/statement.ts';
import type { ClosedYear } from '../carbon/statement-input.ts';
import { type Found, found, unreadable } from '../model/found.ts';
import { explain } from './errors.ts';
import { makeDirectory, writeWhole } from './files.ts';

/** `2026-1.json`: year and revision. Files are only ever added. */
const NAME = /^(\d{4})-(\d{1,4})\.json$/;
const folderOf = (dir: string): string => join(dir, 'statements');

/**
 * The last revision of a closed year in a state directory; undefined where the year is not closed. Unreadable where its
 * file is no statement: a year that was closed is never taken for an open one.
 */
export const readClosed = (dir: string, year: number): Found<ClosedYear | undefined> => {
  const folder = folderOf(dir);
  if (!existsSync(folder)) return found(undefined);
  let path = folder;
  try {
    const revisions = readdirSync(folder)
      .flatMap((name) => {
        const [, ofYear, revision] = NAME.exec(name) ?? [];
        return Number(ofYear) === year ? [Number(revision)] : [];
      })
      .sort((a, b) => a - b);
    const last = revisions.at(-1);
    if (last === undefined) return found(undefined);
    path = join(folder, `${year}-${last}.json`);
    const text = readFileSync(path);
    const written = checksumLine(path, text);
    // As `sha256sum --check` reads it.
    if (existsSync(checksumOf(path)) && readFileSync(checksumOf(path), 'utf8') !== written)
      throw new Error(`it is not the file that was written, by ${basename(checksumOf(path))}`);
    const statement = JSON.parse(text.toString()) as Statement;
    if (statement.format !== 'negawatt-statement-1' || statement.year !== year || statement.revision !== last)
      throw new Error('it is no statement of that year and revision');
    const lines = linesOf(statement);
    if (!lines.every(isLine)) throw new Error('it holds a line that is none');
    return found({ year, revision: last, lines });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return unreadable(
      `the closed statement ${path} cannot be read (${why})`,
      'restore it from a backup or from its evidence',
    );
  }
};

/** By the figures that later statements are held against. */
const isLine = (line: Line | null): boolean => {
  if (typeof line?.id !== 'string' || typeof line.label !== 'string') return false;
  if (line.kind === 'words') return typeof line.words === 'string';
  if (typeof line.unit !== 'string') return false;
  return line.kind === 'gap'
    ? typeof line.reason === 'string'
    : line.kind === 'figure' && Number.isFinite(line.value);
};

const checksumOf = (path: string): string => `${path}.sha256`;
const checksumLine = (path: string, text: string | Buffer): string =>
  `${createHash('sha256').update(text).digest('hex')}  ${basename(path)}\n`;

/** Keeps a statement as the revision that it says. Unreadable where that revision is there already, or on errors. */
export const writeClosed = (dir: string, statement: Statement, text: string): Found<string> => {
  const folder = folderOf(dir);
  const path = join(folder, `${statement.year}-${statement.revision}.json`);
  try {
    makeDirectory(folder);
    if (existsSync(path))
      return unreadable(`${path} is there already`, 'a closed revision is never replaced: take the next one');
    writeWhole(checksumOf(path), checksumLine(path, text));
    writeWhole(path, text);
    return found(path);
  } catch (error) {
    const { what, fix } = explain(error, dir);
    return unreadable(`the statement cannot be kept in ${folder}: ${what}`, fix);
  }
};
