import { type Command, InvalidArgumentError, Option } from 'commander';
import { HIGH_ENOUGH, LOW_ENOUGH, type Ratio, ratio, type Seconds, seconds } from '../../src/start.ts';

export interface CalibrateOptions {
  readonly steps: readonly Ratio[];
  readonly stepDuration: Seconds;
  readonly burner: 'built-in' | 'stress-ng';
  readonly output?: string;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

/** Shorter steps are noisy: CPU time is counted in ticks of 10 ms, and a first half of a step is left out. */
export const NOISY_BELOW = seconds(10);
const MOST_STEPS = 50;
const DEFAULT_STEPS = [0, 10, 25, 50, 75, 100].map((percent) => ratio(percent / 100));

const parseSteps = (text: string): readonly Ratio[] => {
  const steps = text.split(',').map((part) => Number(/^\s*(\d+(?:\.\d+)?)\s*%?\s*$/.exec(part)?.[1]) / 100);
  if (steps.length > MOST_STEPS || !steps.every((step) => step >= 0 && step <= 1))
    throw new InvalidArgumentError(`it must be at most ${MOST_STEPS} percentages, such as 0,25,50,75,100.`);
  if (Math.min(...steps) > LOW_ENOUGH || Math.max(...steps) < HIGH_ENOUGH) {
    throw new InvalidArgumentError(
      `one must be ${LOW_ENOUGH * 100} or less and one ${HIGH_ENOUGH * 100} or more: beyond, the curve would be a guess.`,
    );
  }
  return steps.map((step) => ratio(step));
};

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60 };

const parseDuration = (text: string): Seconds => {
  const [, amount, unit = 's'] = /^(\d+(?:\.\d+)?)(s|m)?$/.exec(text) ?? [];
  const value = Number(amount) * (UNITS[unit] ?? 1);
  if (!(value >= 1 && value <= 3600))
    throw new InvalidArgumentError('it must be from 1s to 60m, such as 60s; 10s or more for a curve to use.');
  return seconds(value);
};

export const withCalibrateOptions = (command: Command): Command =>
  command
    .addOption(
      new Option('--steps <list>', 'loads to hold, in percent of all processors')
        .argParser(parseSteps)
        .default(DEFAULT_STEPS, '0,10,25,50,75,100'),
    )
    .addOption(
      new Option('--step-duration <duration>', 'length of a step; its second half counts')
        .argParser(parseDuration)
        .default(seconds(60), '60s'),
    )
    .addOption(
      new Option('--burner <name>', 'what keeps the processors busy')
        .choices(['built-in', 'stress-ng'])
        .default('built-in'),
    )
    .option('--output <file>', 'file to write, .yaml or .json (default: ./negawatt-hardware-<cpu>.yaml)')
    .option('--force', 'measure a busy host too, and replace an existing file')
    .option('--dry-run', 'say what would be done and how long it takes, and end');
