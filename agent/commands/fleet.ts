import { existsSync } from 'node:fs';
import type { CommandFile } from './command.ts';
import { newCommand } from './command.ts';
import { withServiceFlags } from './options.ts';

const DEFAULT_CONFIG = '/etc/negawatt/fleet.yaml';

export const fleetCommand: CommandFile = {
  build: (flagsOf) =>
    withServiceFlags(
      newCommand(
        'fleet',
        'Evaluate measures of many hosts on a schedule; serve verdicts, metrics and reports.',
        [
          'negawatt fleet --config.file fleet.yaml',
          'negawatt config check --config.file fleet.yaml',
          'negawatt fleet --config.file fleet.yaml --web.listen-address :10203 --state.dir /var/lib/negawatt-fleet',
        ],
      ),
    ).action(async (_options, command) => {
      const flags = flagsOf(command);
      const { serveFleet } = await import('../fleet-serve.ts');
      await serveFleet(
        flags['config.file'] === undefined && existsSync(DEFAULT_CONFIG)
          ? { ...flags, 'config.file': DEFAULT_CONFIG }
          : flags,
      );
    }),
};
