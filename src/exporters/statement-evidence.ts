import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Activity } from '../carbon/statement-activity.ts';
import type { StatementInput } from '../carbon/statement-input.ts';
import { type Found, found, unreadable } from '../model/found.ts';
import type { Quality } from '../model/meter.ts';
import type { HourlyEnergy } from '../model/state.ts';
import { QUALITIES } from '../model/usage.ts';
import { joules } from '../units.ts';

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
  /** SHA-256 of every other file. */
  readonly files: Readonly<Record<string, string>>;
  /** SHA-256 of the manifest without this line. */
  readonly sha256: string;
}

export const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

/** What the input is read back from; the others are for people. */
const INPUTS = ['activity.json', 'hours.csv', 'factors.json', 'closed.json'] as const;
const HEADER = 'hour,grid_zone,joules,quality';

const hoursCsv = (hours: readonly HourlyEnergy[]): string =>
  [
    HEADER,
    ...hours.map(
      ({ hour, gridZone, energy, quality = '' }) =>
        `${new Date(hour * 1000).toISOString()},${gridZone},${energy},${quality}`,
    ),
    '',
  ].join('\n');

const parseHours = (text: string): readonly HourlyEnergy[] =>
  text
    .split('\n')
    .slice(1)
    .filter((line) => line !== '')
    .map((line) => {
      const [time = '', gridZone = '', energy = '', quality = ''] = line.split(',');
      const hour = Date.parse(time) / 1000;
      const amount = Number(energy);
      if (!Number.isInteger(hour / 3600) || !(amount >= 0 && amount < Number.POSITIVE_INFINITY))
        throw new Error(`hours.csv holds no hour in "${line.slice(0, 80)}"`);
      if (quality !== '' && !QUALITIES.some((known) => known === quality))
        throw new Error(`hours.csv knows no quality "${quality.slice(0, 80)}"`);
      return {
        hour,
        gridZone,
        energy: joules(amount),
        ...(quality === '' ? {} : { quality: quality as Quality }),
      };
    });

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
  const { activity, hours, rows, supplies, closed, before, made, revision, fallback } = input;
  const files: Record<string, string> = {
    'activity.json': json(activity),
    'hours.csv': hoursCsv(hours),
    'factors.json': json({ rows, supplies }),
    'closed.json': json({ closed, before }),
    ...more,
  };
  const manifest: Omit<Manifest, 'sha256'> = {
    evidence: 'negawatt-evidence-1',
    year: activity.year,
    made,
    revision,
    fallback,
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
    const [activity = '', hours = '', factors = '', closed = ''] = INPUTS.map((name) => {
      if (manifest.files[name] === undefined) throw new Error(`its manifest lacks ${name}`);
      return readFileSync(join(dir, name), 'utf8');
    });
    // The shapes are those that were written: the hashes have just been compared.
    const input = {
      ...(JSON.parse(factors) as Pick<StatementInput, 'rows' | 'supplies'>),
      ...(JSON.parse(closed) as Pick<StatementInput, 'closed' | 'before'>),
      activity: JSON.parse(activity) as Activity,
      hours: parseHours(hours),
      fallback: manifest.fallback,
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
