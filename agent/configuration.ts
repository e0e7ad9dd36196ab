import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Config, type Problem, readConfig } from '../src/start.ts';
import { CommandError, USAGE } from './exit.ts';

/** Folder of the shipped configuration: beside `dist/` in a build. */
export const CONFIG_DIRECTORY = join(dirname(fileURLToPath(import.meta.url)), '..', 'config');
const DEFAULT_CONFIG = '/etc/negawatt/negawatt.yaml';

export type FlagValues = Readonly<Record<string, string | boolean | undefined>>;

export interface Loaded {
  readonly config: Config;
  readonly sha256: string;
  readonly warnings: readonly string[];
  /** `EXAMPLE ZONE DE` while CO2e rests on an example, else undefined. */
  readonly example: string | undefined;
  /** File that was read; undefined where there is none. */
  readonly file: string | undefined;
}

/** Splits `--config.file` from the flags that set keys; falls back to the system's file where that exists. */
export const configInput = (flags: FlagValues) => {
  const { 'config.file': named, ...keys } = flags;
  const file = typeof named === 'string' ? named : existsSync(DEFAULT_CONFIG) ? DEFAULT_CONFIG : undefined;
  return { ...(file === undefined ? {} : { file }), env: { ...process.env }, flags: keys };
};

export const problemText = (problems: readonly Problem[]): string =>
  problems.map(({ place, what }) => (place === '' ? what : `${place}: ${what}`)).join('\n');

export const load = async (flags: FlagValues): Promise<Loaded> => {
  const input = configInput(flags);
  const loaded = await readConfig(input);
  if (!loaded.ok) {
    const usage = loaded.problems.every(({ place }) => place.startsWith('--'));
    throw new CommandError(
      `the configuration is not usable:\n${problemText(loaded.problems)}`,
      usage ? USAGE : undefined,
    );
  }
  const { config, sha256, warnings, example } = loaded;
  return { config, sha256, warnings, example, file: input.file };
};
