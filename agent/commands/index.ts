import { Command } from 'commander';
import { version } from '../version.ts';
import { calibrateCommand } from './calibrate.ts';
import { type CommandFile, configFlags } from './command.ts';
import { compareCommand } from './compare.ts';
import { configCommand } from './config.ts';
import { demoCommand } from './demo.ts';
import { doctorCommand } from './doctor.ts';
import { fleetCommand } from './fleet.ts';
import { greenestCommand } from './greenest.ts';
import { jobsCommand } from './jobs.ts';
import { measureCommand } from './measure.ts';
import { onceCommand } from './once.ts';
import { takeSourceFlags } from './options.ts';
import { reportCommand } from './report.ts';
import { runCommand } from './run.ts';
import { switchbackCommand } from './switchback.ts';
import { topCommand } from './top.ts';

/** All commands, in the order of the help. A new one is a line here. */
const COMMANDS: readonly CommandFile[] = [
  demoCommand,
  runCommand,
  fleetCommand,
  onceCommand,
  topCommand,
  greenestCommand,
  jobsCommand,
  doctorCommand,
  configCommand,
  compareCommand,
  calibrateCommand,
  reportCommand,
  measureCommand,
  switchbackCommand,
];

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
    .showHelpAfterError('(see --help)')
    .addHelpText('after', '\nExit codes: 0 ok, 1 error, 64 wrong use of the command line.');
  for (const { build } of COMMANDS) program.addCommand(build((command) => configFlags(command, sources)));
  for (const command of [program, ...program.commands, ...program.commands.flatMap((one) => one.commands)]) {
    command.exitOverride();
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
      const name = (command: Command): string =>
        command.parent === null ? command.name() : `${name(command.parent)} ${command.name()}`;
      return [program, ...all].map((command) => ({ name: name(command), text: command.helpInformation() }));
    },
  };
};
