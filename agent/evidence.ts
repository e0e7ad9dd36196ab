import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config, MeasurePlan, MeasureReport, TouchedControl } from '../src/index.ts';
import type { Format } from './commands/format.ts';
import type { CompareOptions } from './compare-sides.ts';
import type { Loaded } from './configuration.ts';
import { CommandError } from './exit.ts';

/** A measure as it was judged: its plan, how it was registered, and the plans that share hosts and time with it. */
export interface JudgedMeasure extends Pick<MeasureReport, 'plan' | 'registration'> {
  readonly overlapping: readonly MeasurePlan[];
  /** Measures that are for hosts which this one names as untouched. */
  readonly touched: readonly TouchedControl[];
}

/** What was asked for, as evidence keeps it. */
export interface Asked {
  readonly options: CompareOptions;
  readonly format: Format;
  readonly version: string;
  /** Seconds since 1970 UTC. */
  readonly now: number;
  readonly measure?: JudgedMeasure | undefined;
}

interface Manifest extends Asked {
  readonly evidence: 'negawatt-comparison-1';
  /** Of the configuration. */
  readonly sha256: string;
  readonly files: Readonly<Record<string, string>>;
}

/** What of a configuration goes into a comparison. */
export type ComparedConfig = Pick<Config, 'site' | 'grid'>;

const MANIFEST = 'manifest.json';
const CONFIG = 'config.json';

const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** Writes what was asked and what came of it beside the history; the manifest last, with the hash of every other file. */
export const keepEvidence = (
  hashes: Readonly<Record<string, string>>,
  { config, sha256: configHash }: Loaded,
  { options, ...asked }: Asked,
  text: string,
): void => {
  const dir = options.evidence ?? '';
  const files: Record<string, string> = { ...hashes };
  const add = (name: string, content: string): void => {
    writeFileSync(join(dir, name), content, { mode: 0o640, flag: 'wx' });
    files[name] = sha256(content);
  };
  const {
    evidence: _,
    prometheus: __,
    tokenFile: ___,
    credentialsFile: ____,
    keyFile: _____,
    ...kept
  } = options;
  add(`result.${asked.format === 'table' ? 'txt' : asked.format}`, text);
  add(CONFIG, `${JSON.stringify({ sha256: configHash, grid: config.grid, site: config.site }, null, 1)}\n`);
  const manifest: Manifest = {
    evidence: 'negawatt-comparison-1',
    options: kept,
    ...asked,
    ...{ sha256: configHash, files },
  };
  writeFileSync(join(dir, MANIFEST), `${JSON.stringify(manifest, null, 1)}\n`, { mode: 0o640, flag: 'wx' });
};

/** Reads it back, every file held against its hash. Throws CommandError. */
export const evidenceIn = (dir: string): Asked & { readonly config: ComparedConfig } => {
  try {
    const asked = JSON.parse(readFileSync(join(dir, MANIFEST), 'utf8')) as Manifest;
    if (asked.evidence !== 'negawatt-comparison-1') throw new Error('its manifest is of another kind');
    for (const [name, wanted] of Object.entries(asked.files))
      if (sha256(readFileSync(join(dir, name))) !== wanted)
        throw new Error(`${name} is not the file that was written`);
    return {
      ...asked,
      config: JSON.parse(readFileSync(join(dir, CONFIG), 'utf8')) as ComparedConfig,
    };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError(
      `${dir} is no evidence that can be read (${why}); name a directory that negawatt compare --evidence wrote`,
    );
  }
};
