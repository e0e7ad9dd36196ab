import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CalibrationPlan,
  calibrate,
  curveFor,
  type Found,
  mayWriteCurve,
  memoryStore,
  writeCurve,
} from '../src/index.ts';
import { type StoppableBurner, threadBurner } from './burner.ts';
import { stressNgBurner, stressNgVersion } from './burner-stress-ng.ts';
import { curveFileOf, defaultOutput } from './calibrate-file.ts';
import { curveRows, durationOf, gapText, planText, progressText, resultText } from './calibrate-text.ts';
import { type CalibrateOptions, NOISY_BELOW } from './commands/calibrate-options.ts';
import type { Format } from './commands/format.ts';
import { type Agent, composeAgent } from './compose.ts';
import { type FlagValues, type Loaded, load } from './configuration.ts';
import { CommandError } from './exit.ts';
import { linesAndBar } from './progress.ts';
import { csv } from './table.ts';

/** The whole of `negawatt calibrate`: measure, fit, write, tell. Throws CommandError. */
export const runCalibration = async (
  flags: FlagValues,
  options: CalibrateOptions,
  format: Format,
): Promise<void> => {
  const loaded = withoutWorkloads(await load(flags));
  const agent = await composeAgent({ loaded, store: memoryStore(), onSource: () => {}, interval: 1 });
  try {
    await run(agent, loaded, options, format);
  } finally {
    agent.close();
  }
};

/** Only the whole host is measured: groups and processes need not be read. */
const withoutWorkloads = (loaded: Loaded): Loaded => {
  const { sources } = loaded.config;
  const off = {
    cgroup: { ...sources.cgroup, enabled: false },
    process: { ...sources.process, enabled: false },
  };
  return { ...loaded, config: { ...loaded.config, sources: { ...sources, ...off } } };
};

const orFail = <T>(result: Found<T>): T => {
  if (result.found) return result.value;
  throw new CommandError(`${result.reason}\n${result.fix}`.trim());
};

const run = async (
  agent: Agent,
  loaded: Loaded,
  options: CalibrateOptions,
  format: Format,
): Promise<void> => {
  const force = options.force === true;
  const inventory = agent.inventory();
  const output = resolve(options.output ?? defaultOutput(inventory));
  const processors = agent.tick().view.sample.cpu?.processors;
  if (processors === undefined)
    throw new CommandError('the load of this host cannot be read: see the source cpu in `negawatt doctor`');
  const burner = await burnerOf(options, processors);
  const plan: CalibrationPlan = { steps: options.steps, stepDuration: options.stepDuration, force };
  if (options.dryRun === true) {
    process.stdout.write(planText(plan, burner.name, output));
    return;
  }
  orFail(await mayWriteCurve(output, force));
  process.stderr.write(planText(plan, burner.name, output));
  if (plan.stepDuration < NOISY_BELOW)
    process.stderr.write(`warning: steps below ${NOISY_BELOW} s are noisy: not for a curve to use\n`);
  const calibration = orFail(await untilStopped(agent, burner, plan, format === 'json'));
  process.stderr.write(gapText(calibration.fit.widest));
  const file = curveFileOf({
    calibration,
    inventory,
    threads: inventory.threads ?? processors,
    burner: burner.name,
    stepSeconds: plan.stepDuration,
    wall: Date.now(),
  });
  orFail(await writeCurve(output, file, force));
  // The published curve of the family, whatever the configuration names for this host.
  const family = curveFor({ ...loaded.config.sources.model, curve: 'auto' }, inventory);
  const published = family.found ? family.value : undefined;
  const rows = curveRows(file, published);
  if (format === 'json')
    process.stdout.write(`${JSON.stringify({ output, file, published, rows }, null, 2)}\n`);
  else if (format === 'csv') {
    const cells = rows.map(({ load, watts, publishedWatts = '', difference = '', extrapolated }) =>
      [load, watts, publishedWatts, difference, extrapolated].map(String),
    );
    process.stdout.write(csv(['load', 'watts', 'published_watts', 'difference', 'extrapolated'], cells));
  } else process.stdout.write(resultText(file, output, published));
};

const burnerOf = async (
  { burner, stepDuration }: CalibrateOptions,
  processors: number,
): Promise<StoppableBurner> =>
  burner === 'stress-ng'
    ? stressNgBurner(processors, await stressNgVersion(), stepDuration)
    : threadBurner(processors);

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs the steps. However they end, nothing burns any more; a signal ends them and nothing is written. */
const untilStopped = async (
  agent: Agent,
  burner: StoppableBurner,
  plan: CalibrationPlan,
  isQuiet: boolean,
): Promise<Awaited<ReturnType<typeof calibrate>>> => {
  const stopped = new AbortController();
  const stop = (): void => stopped.abort();
  for (const signal of SIGNALS) process.once(signal, stop);
  const said = linesAndBar('calibrating', durationOf(plan), { isQuiet });
  try {
    return await calibrate(
      {
        tick: () => agent.tick().view,
        wait: (duration) => sleep(duration * 1000, undefined, { signal: stopped.signal }),
        burner,
        onProgress: (progress) => said.write(progressText(progress, plan.steps.length)),
      },
      plan,
    );
  } catch (error) {
    if (stopped.signal.aborted) throw new CommandError('stopped; nothing was written');
    throw error;
  } finally {
    said.end();
    await burner.stop();
    for (const signal of SIGNALS) process.off(signal, stop);
  }
};
