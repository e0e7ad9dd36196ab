import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Activity } from '../carbon/statement-activity.ts';
import type { StatementInput } from '../carbon/statement-input.ts';
import { type Found, found, unreadable } from '../model/found.ts';
import { historyFiles, historyOf } from './statement-history.ts';

/** What was asked for, beside the input: with both the same bytes can be made again. */
export interface Asked {
  readonly format: string;
  readonly equivalences: boolean;
}

export interface Evidence {
  readonly input: Omit<StatementInput, 'hash'>;
  readonly asked: Asked;
}

interface Manifest extends Asked {
  readonly evidence: 'negawatt-evidence-1';
  readonly year: number;
  readonly made: StatementInput['made'];
  readonly revision: number;
  readonly fallback: StatementInput['fallback'];
  readonly restated?: boolean;
  readonly fleet?: StatementInput['fleet'];
  /** SHA-256 of every other file. */
  readonly files: Readonly<Record<string, string>>;
  /** SHA-256 of the manifest without this line. */
  readonly sha256: string;
}

export const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

/** What the input is read back from; the others are for people. */
const INPUTS = ['activity.json', 'hours.csv', 'factors.json', 'closed.json'] as const;
const json = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`;

const signed = (manifest: Omit<Manifest, 'sha256'>): Manifest => ({
  ...manifest,
  sha256: sha256(json(manifest)),
});

/** Whether it is word for word what was written. */
const isWhole = ({ sha256: wanted, ...manifest }: Manifest): boolean => sha256(json(manifest)) === wanted;

/**
 * Writes all that a statement was made from into an empty directory: activity, hours, factor rows with their sources,
 * configuration, versions, and the statement. Unreadable where the directory holds something or cannot be written.
 *
 * @param more files for people: the activity file and the configuration as they were, and the statement.
 */
export const writeEvidence = (
  dir: string,
  { input, asked }: Evidence,
  more: Readonly<Record<string, string>>,
): Found<string> => {
  const { activity, rows, supplies, upstreams, closed, before, made, revision, fallback, restated, fleet } =
    input;
  const files: Record<string, string> = {
    'activity.json': json(activity),
    ...historyFiles(input),
    'factors.json': json({ rows, supplies, upstreams }),
    'closed.json': json({ closed, before }),
    ...more,
  };
  const manifest: Omit<Manifest, 'sha256'> = {
    evidence: 'negawatt-evidence-1',
    year: activity.year,
    made,
    revision,
    fallback,
    ...(restated === undefined ? {} : { restated }),
    ...(fleet === undefined ? {} : { fleet }),
    ...asked,
    files: Object.fromEntries(Object.entries(files).map(([name, text]) => [name, sha256(text)])),
  };
  try {
    if (existsSync(dir) && readdirSync(dir).length > 0)
      return unreadable(
        `${dir} is not empty`,
        'name a new directory: evidence is never mixed with other files',
      );
    mkdirSync(dir, { recursive: true, mode: 0o750 });
    for (const [name, text] of Object.entries(files))
      writeFileSync(join(dir, name), text, { mode: 0o640, flag: 'wx' });
    // Last: without it the directory is no evidence.
    writeFileSync(join(dir, 'manifest.json'), json(signed(manifest)), { mode: 0o640, flag: 'wx' });
    return found(dir);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return unreadable(
      `evidence cannot be written to ${dir} (${why})`,
      'name a directory that this user may write',
    );
  }
};

/** Reads evidence back. Unreadable where a file is missing, or is not the one that was written. */
export const readEvidence = (dir: string): Found<Evidence & { readonly version: string }> => {
  try {
    const manifest = JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8')) as Manifest;
    if (manifest?.evidence !== 'negawatt-evidence-1') throw new Error('its manifest is of another kind');
    if (!isWhole(manifest))
      return unreadable(
        `${join(dir, 'manifest.json')} is not the file that was written`,
        'restore it: a changed input proves nothing',
      );
    for (const [name, wanted] of Object.entries(manifest.files)) {
      if (name.includes('/') || sha256(readFileSync(join(dir, name))) !== wanted)
        return unreadable(
          `${join(dir, name)} is not the file that was written`,
          'restore it: a changed input proves nothing',
        );
    }
    const [activity = '', , factors = '', closed = ''] = INPUTS.map((name) => {
      if (manifest.files[name] === undefined) throw new Error(`its manifest lacks ${name}`);
      return readFileSync(join(dir, name), 'utf8');
    });
    // The shapes are those that were written: the hashes have just been compared.
    const input = {
      ...(JSON.parse(factors) as Pick<StatementInput, 'rows' | 'supplies' | 'upstreams'>),
      ...(JSON.parse(closed) as Pick<StatementInput, 'closed' | 'before'>),
      activity: JSON.parse(activity) as Activity,
      ...historyOf((name) =>
        // Evidence of before hours were kept with how they were booked has hours alone.
        manifest.files[name] === undefined ? '' : readFileSync(join(dir, name), 'utf8'),
      ),
      fallback: manifest.fallback,
      ...(manifest.restated === undefined ? {} : { restated: manifest.restated }),
      ...(manifest.fleet === undefined ? {} : { fleet: manifest.fleet }),
      made: manifest.made,
      revision: manifest.revision,
    };
    const { format, equivalences, made } = manifest;
    return found({ input, asked: { format, equivalences }, version: made.version });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return unreadable(
      `${dir} is no evidence that can be read (${why})`,
      'name a directory that --evidence wrote',
    );
  }
};
