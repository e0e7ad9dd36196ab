import type { Reading } from '../model/meter.ts';
import type { Clock } from '../model/source.ts';
import { SourceError } from '../model/source-error.ts';
import { seconds } from '../units.ts';
import { errnoOf } from './failure.ts';
import { type FoundTool, readAnswer } from './ipmi-tools.ts';
import { runProgram } from './run-program.ts';
import { printable } from './text.ts';

export const METER_ID = 'ipmi-dcmi';
/** A program that asks a BMC in good health answers within two seconds. */
export const TIMEOUT = seconds(5);
const MOST_OUTPUT = 16 * 1024;

/** The BMC answered that it does not measure. */
export class NotMeasured extends SourceError {}

/** Asks the BMC for its power, once. Rejects with a SourceError: `fatal` where asking again soon is of no use. */
export const askBmc = async (
  { tool, path }: FoundTool,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<Reading> => {
  const before = clock.monotonic();
  const ran = await runProgram(path, tool.parameters, { timeout: TIMEOUT * 1000, most: MOST_OUTPUT }, signal);
  const at = seconds((before + clock.monotonic()) / 2);
  const command = [path, ...tool.parameters].join(' ');
  if (ran.ended === 'late' || ran.ended === 'unwanted') {
    throw new SourceError('retry', `${command} gave no answer within ${TIMEOUT} s and was killed`, {
      fix: `Try it by hand; a BMC that hangs is reset by ipmitool mc reset cold. Else switch it off with --no-source.ipmi.`,
    });
  }
  if (ran.ended === 'flood') {
    throw new SourceError('retry', `${command} wrote more than ${MOST_OUTPUT} bytes and was killed`, {
      fix: `Try it by hand: is this the program of that name? Or name another in sources.ipmi.command.`,
    });
  }
  if (ran.ended === 'unstarted') {
    const why = errnoOf(ran.cause) || printable(String(ran.cause), 200);
    throw new SourceError('retry', `${path} cannot be started: ${why}`, {
      cause: ran.cause,
      fix: `Install it anew, or name another program in sources.ipmi.command.`,
    });
  }
  const answer = readAnswer(tool, ran.out, ran.err);
  if (answer.says === 'power') {
    return { meter: METER_ID, at, microwatts: BigInt(answer.power) * 1_000_000n };
  }
  const text = printable(answer.text, 200);
  if (answer.says === 'off') {
    throw new NotMeasured('fatal', `the BMC does not measure power by DCMI: ${tool.name} says "${text}"`, {
      fix: 'Some BMCs have it switched on by ipmitool dcmi power activate; else there is nothing to do.',
    });
  }
  if (answer.says === 'denied') {
    throw new SourceError('fatal', `${tool.name} may not ask the BMC: "${text}"`, {
      fix: 'Run negawatt as root, or give its user read and write access to the IPMI device.',
    });
  }
  throw new SourceError('retry', `${command} ended with ${ran.code ?? 'a signal'} and no power: "${text}"`, {
    fix: 'Try it by hand; if it works there, report its output with the version of the program.',
  });
};
