import { load } from '../configuration.ts';
import { type CommandFile, newCommand } from './command.ts';
import { formatOf, withFormat } from './format.ts';
import { withConfigFlags } from './options.ts';

export const switchbackCommand: CommandFile = {
  build: (flagsOf) => {
    const plan = withFormat(
      withConfigFlags(
        newCommand('plan', 'Print the drawn schedule of an on/off test, from its start to its last report.', [
          'negawatt switchback plan colo-batch-east',
          'negawatt switchback plan colo-batch-east --format csv > schedule.csv',
        ]).argument('<measure>', 'name of a measure with schedule: {design: switchback}'),
      ),
      ['table', 'json', 'csv'],
    ).action(async (name: string, _options, command) => {
      const loaded = await load(flagsOf(command));
      const { printSchedule } = await import('../switchback.ts');
      await printSchedule(loaded.config, name, formatOf(command));
    });
    const status = withFormat(
      withConfigFlags(
        newCommand('status', 'Print whether a measure is to be on or off now, and until when.', [
          'negawatt switchback status colo-batch-east',
          'negawatt switchback status colo-batch-east --json | jq -r .arm',
        ]).argument('<measure>', 'name of a measure with schedule: {design: switchback}'),
      ),
      ['table', 'json'],
    )
      .addHelpText('after', NOTES)
      .action(async (name: string, _options, command) => {
        const loaded = await load(flagsOf(command));
        const { printArm } = await import('../switchback.ts');
        await printArm(loaded.config, name, formatOf(command));
      });
    return newCommand('switchback', 'Randomised on/off tests of measures.', [
      'negawatt switchback status NAME',
    ])
      .addCommand(plan)
      .addCommand(status);
  },
};

const NOTES = `
The arm follows from the configuration and the clock alone: every host that asks is told the same. A scheduler can also
follow GET /api/v1/switchback/NAME of an agent, the metric negawatt_switchback_arm, or the file of the key arm_file.
off also before the start; over after the last report date: go by your own default then.`;
