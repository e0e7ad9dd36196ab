import { type CommandFile, newCommand } from './command.ts';
import { withServiceFlags } from './options.ts';

export const fleetCommand: CommandFile = {
  build: (flagsOf) =>
    withServiceFlags(
      newCommand(
        'fleet',
        'Evaluate the measures of a fleet on a schedule, keep what they rest on, serve verdicts and reports.',
        [
          'negawatt fleet --config.file /etc/negawatt/fleet.yaml --state.dir /var/lib/negawatt-fleet',
          'negawatt fleet --config.file fleet.yaml --web.listen-address :10203',
        ],
      ),
    )
      .addHelpText('after', NOTES)
      .action(async (_options, command) => {
        const { serveFleet } = await import('../fleet.ts');
        await serveFleet(flagsOf(command));
      }),
};

const NOTES = `
The file names the engine that holds the fleet (history.prometheus.url) and the measures; config/examples/fleet.yaml is
one. Plans are registered when they are first seen and frozen at their start; whole days of all hosts in scope are kept
in archive.db, since a baseline takes up to a year and an engine may keep 15 days.`;
