import {
  type EvaluatedMeasure,
  type Joules,
  openComparing,
  openPlans,
  toKilowattHours,
} from '../src/index.ts';
import type { DemoPast } from './demo-past.ts';
import { fleetJob } from './fleet-measures.ts';
import { createLog } from './log.ts';
import type { Progress } from './progress.ts';
import { reasonAndFix } from './reason-and-fix.ts';
import { table } from './table.ts';

/** What every screen of the demo says. */
export const SIMULATED = 'SIMULATED: no host, no meter and no measure in this fleet exists';

/** The clock of the fleet when all is evaluated: seconds since 1970 UTC. */
const nowOf = async ({ end }: DemoPast): Promise<number> => end + (await openComparing()).LATEST;

/**
 * Verdicts of all measures of the past as `negawatt fleet` comes to them: by its thread, with reports in the state
 * directory. In the order of the configuration.
 */
export const verdictsOf = async (
  past: DemoPast,
  progress: Progress,
  signal: AbortSignal,
): Promise<readonly EvaluatedMeasure[]> => {
  const { config, state } = past;
  const plans = await openPlans();
  const log = createLog({ ...config.log, example: undefined, write: (line) => process.stderr.write(line) });
  const job = await fleetJob({ config, directory: state, log, notice: SIMULATED });
  const results: EvaluatedMeasure[] = [];
  const evaluating = plans.evaluateApart(await job(await nowOf(past)), {
    onResult: (result) => {
      results.push(result);
      progress.tell(results.length / config.measures.length);
    },
    onWarning: (text) => log.warn({}, text),
  });
  // The thread keeps no program alive, and nothing else goes on meanwhile.
  const awake = setInterval(() => {}, 60_000);
  signal.addEventListener('abort', evaluating.stop, { once: true });
  try {
    await evaluating.done;
  } finally {
    clearInterval(awake);
    signal.removeEventListener('abort', evaluating.stop);
  }
  for (const { name, problem } of results)
    if (problem !== undefined)
      throw new Error(`${name} could not be evaluated: ${reasonAndFix(problem.reason, problem.fix)}`);
  progress.end();
  return results;
};

const kilowattHours = (energy: number | undefined): string =>
  energy === undefined ? '' : toKilowattHours(energy as Joules).toFixed(1);

/** A line for each measure. @param words what verdicts are called on screens. */
export const verdictTable = (
  results: readonly EvaluatedMeasure[],
  words: Awaited<ReturnType<typeof openComparing>>['VERDICTS'],
): string =>
  table(
    ['measure', 'verdict', 'evidence', 'avoided kWh', '90 % interval'],
    results.map(({ name, standing: { verdict, grade, avoided } }) => [
      name,
      verdict === undefined ? '' : words[verdict],
      grade ?? '',
      kilowattHours(avoided?.joules),
      avoided === undefined
        ? ''
        : `${kilowattHours(avoided.lowJoules)} to ${kilowattHours(avoided.highJoules)}`,
    ]),
  );
