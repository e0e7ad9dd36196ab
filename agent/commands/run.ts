import { load } from '../configuration.ts';
import type { CommandFile } from './command.ts';
import { newCommand } from './command.ts';
import { withServiceFlags } from './options.ts';

export const runCommand: CommandFile = {
  build: (flagsOf) =>
    withServiceFlags(
      newCommand('run', 'Run the agent: sample, book, serve /metrics and the status page.', [
        'negawatt run',
        'negawatt run --grid.zone DE --web.listen-address :10202',
        'negawatt run --config.file /etc/negawatt/negawatt.yaml --no-source.process',
      ]),
    ).action(async (_options, command) => {
      const flags = flagsOf(command);
      // Another thread reads it while this one loads the rest of the agent.
      const loading = load(flags);
      // What is wrong with it is told where it is waited for.
      loading.catch(() => {});
      const { serve } = await import('../serve.ts');
      await serve(flags, loading);
    }),
};
