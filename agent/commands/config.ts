import { type CommandFile, newCommand } from './command.ts';
import { withServiceFlags } from './options.ts';

export const configCommand: CommandFile = {
  build: (flagsOf) => {
    const check = withServiceFlags(
      newCommand('check', 'Check the configuration; all problems at once, with file, line and key.', [
        'negawatt config check --config.file /etc/negawatt/negawatt.yaml',
        'negawatt config check --config.file negawatt.yaml fleet.yaml',
        'negawatt config check --json | jq -r ".problems[].what"',
      ])
        .argument(
          '[others...]',
          'files of other agents and of negawatt fleet: no measure may be evaluated by two',
        )
        .option('--json', 'answer and problems as JSON'),
    ).action(async (others: readonly string[], { json }: { readonly json?: boolean }, command) => {
      const { checkConfig, checkConfigJson } = await import('../config-check.ts');
      await (json === true ? checkConfigJson : checkConfig)(flagsOf(command), others);
    });
    const print = withServiceFlags(
      newCommand('print', 'Print the configuration in force and who set each key.', [
        'negawatt config print',
        'NEGAWATT_GRID_ZONE=DE negawatt config print --log.level debug',
      ]).option('--json', 'as JSON: key, value, and who set it'),
    ).action(async ({ json }: { readonly json?: boolean }, command) => {
      const { showConfig } = await import('../config-check.ts');
      await showConfig(flagsOf(command), json === true);
    });
    return newCommand('config', 'Check or print the configuration.', ['negawatt config check'])
      .addCommand(check)
      .addCommand(print);
  },
};
