#!/usr/bin/env node
import { CommanderError } from 'commander';
import { createProgram } from './commands/index.ts';
import { CommandError, ERROR, OK, USAGE } from './exit.ts';
import { leave } from './leave.ts';

const fail = (error: unknown): number => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? OK : USAGE;
  const text = error instanceof Error ? error.message : String(error);
  const hint =
    error instanceof CommandError
      ? ''
      : '\nThis is a bug of negawatt: please report it with the command that you ran.';
  process.stderr.write(`negawatt: ${text}${hint}\n`);
  if (process.env.NEGAWATT_LOG_LEVEL === 'debug' && error instanceof Error)
    process.stderr.write(`${error.stack}\n`);
  return error instanceof CommandError ? error.code : ERROR;
};

// A pipe that is closed early (`| head`) is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(OK);
});

try {
  await createProgram().parseAsync(process.argv);
} catch (error) {
  process.exitCode = fail(error);
}
await leave();
