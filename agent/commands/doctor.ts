import { type CommandFile, newCommand } from './command.ts';
import { formatOf, withFormat } from './format.ts';
import { withServiceFlags } from './options.ts';

export const doctorCommand: CommandFile = {
  build: (flagsOf) =>
    withFormat(
      withServiceFlags(
        newCommand('doctor', 'Show every source: usable or not, why, and the exact fix.', [
          'negawatt doctor',
          'negawatt doctor --json | jq .sources',
        ]),
      ),
      ['table', 'json', 'csv'],
    ).action(async (_options, command) => {
      const { doctor } = await import('../doctor.ts');
      await doctor(flagsOf(command), formatOf(command));
    }),
};
