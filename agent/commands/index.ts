import { Command } from 'commander';
import { version } from '../version.ts';
import { calibrateCommand } from './calibrate.ts';
import { type CommandFile, configFlags } from './command.ts';
import { compareCommand } from './compare.ts';
import { completionCommand } from './completion.ts';
import { configCommand } from './config.ts';
import { demoCommand } from './demo.ts';
import { doctorCommand } from './doctor.ts';
import { fleetCommand } from './fleet.ts';
import { greenestCommand } from './greenest.ts';
import { helpCommand, pathOf } from './help.ts';
import { jobsCommand } from './jobs.ts';
import { measureCommand } from './measure.ts';
import { onceCommand } from './once.ts';
import { configurationLast, takeSourceFlags } from './options.ts';
import { reportCommand } from './report.ts';
import { runCommand } from './run.ts';
import { switchbackCommand } from './switchback.ts';
import { topCommand } from './top.ts';

/** All commands, under the headings of the help. A new one is a word here. */
const GROUPS: Readonly<Record<string, readonly CommandFile[]>> = {
  'Start:': [demoCommand, doctorCommand, onceCommand, topCommand],
  'Run:': [runCommand, fleetCommand, configCommand],
  'Compare:': [compareCommand, measureCommand, switchbackCommand],
  'Report:': [reportCommand, jobsCommand, greenestCommand],
  'Advanced:': [calibrateCommand, completionCommand],
};

const EXAMPLES = `Examples:
  $ negawatt demo                     a simulated fleet, and what its measures prove: no meters needed
  $ negawatt doctor                   what this host can measure, and how to get the rest
  $ negawatt compare --at 2026-08-31  before and after that day, at the same work
`;

export interface Program {
  parseAsync(argv: readonly string[]): Promise<void>;
  /** Help of the program and of every command, for the docs. */
  help(): readonly { readonly name: string; readonly text: string }[];
}

export const createProgram = (): Program => {
  let sources = {};
  const program = new Command('negawatt')
    .description('Energy and CO2e of this host and of what runs on it.')
    .version(version, '--version')
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', '\nExit codes: 0 ok, 1 error, 64 wrong use of the command line.');
  for (const [heading, files] of Object.entries(GROUPS)) {
    program.commandsGroup(heading);
    for (const { build } of files) program.addCommand(build((command) => configFlags(command, sources)));
  }
  program.addCommand(helpCommand(program));
  for (const command of [program, ...program.commands, ...program.commands.flatMap((one) => one.commands)]) {
    command
      .helpCommand(false)
      .showHelpAfterError(`(see ${pathOf(command)} --help)`)
      .exitOverride()
      .configureHelp({ groupItems: configurationLast });
  }
  return {
    parseAsync: async (argv) => {
      const taken = takeSourceFlags(argv);
      sources = taken.sources;
      await program.parseAsync(taken.argv);
    },
    help: () => {
      const all = program.commands.flatMap((command) =>
        command.commands.length > 0 ? command.commands : [command],
      );
      return [program, ...all].map((command) => ({ name: pathOf(command), text: command.helpInformation() }));
    },
  };
};
