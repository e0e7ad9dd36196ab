import type { Command } from 'commander';
import { openConfiguration } from '../../src/index.ts';
import { bashCompletion } from './bash.ts';
import { fishCompletion } from './fish.ts';
import { levelsOf } from './levels.ts';
import { zshCompletion } from './zsh.ts';

const SCRIPTS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

/** Names of sources are the keys of `sources` in the configuration. */
const sourceNames = async (): Promise<readonly string[]> => {
  const { jsonSchema } = await openConfiguration();
  const { properties } = JSON.parse(jsonSchema()) as {
    properties: { sources: { properties: Record<string, unknown> } };
  };
  return Object.keys(properties.sources.properties);
};

export const printCompletion = async (shell: keyof typeof SCRIPTS, program: Command): Promise<void> => {
  process.stdout.write(SCRIPTS[shell](levelsOf(program, await sourceNames())));
};
