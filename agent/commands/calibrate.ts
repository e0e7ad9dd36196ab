import type { Command } from 'commander';
import { type CalibrateOptions, withCalibrateOptions } from './calibrate-options.ts';
import { type CommandFile, newCommand } from './command.ts';
import { formatOf, withFormat } from './format.ts';
import { withConfigFlags } from './options.ts';

export const calibrateCommand: CommandFile = {
  build: (flagsOf) =>
    withFormat(
      withCalibrateOptions(
        withConfigFlags(
          newCommand(
            'calibrate',
            "Measure this host's load curve against its meter, for hosts without one.",
            [
              'negawatt calibrate --dry-run',
              'negawatt calibrate --output hardware.yaml',
              'negawatt calibrate --burner stress-ng --step-duration 2m --steps 0,5,10,20,40,60,80,100',
            ],
          ),
        ),
      ),
      ['table', 'json', 'csv'],
    ).action(async (_options, command: Command) => {
      const { runCalibration } = await import('../calibrate.ts');
      await runCalibration(flagsOf(command), command.opts() as CalibrateOptions, formatOf(command));
    }),
};
