import {
  type Comparison,
  gramsPerKWh,
  type HistoryEngine,
  type MeasureReport,
  openComparing,
  openPlans,
  type WorkTerm,
} from '../src/index.ts';
import { statedFactor } from './carbon.ts';
import type { Format } from './commands/format.ts';
import { draftOfChange } from './compare-draft.ts';
import { type CompareOptions, type Comparing, sidesOf } from './compare-sides.ts';
import type { Loaded } from './configuration.ts';
import { type Asked, type ComparedConfig, evidenceIn, type JudgedMeasure, keepEvidence } from './evidence.ts';
import { CommandError } from './exit.ts';
import { historyOf, inWords, newHash } from './history.ts';
import { withPastOf } from './kept-past.ts';
import { measureNamed, plannedMeasures } from './measure-plans.ts';
import { withProgress } from './progress.ts';
import { reasonAndFix } from './reason-and-fix.ts';
import { version } from './version.ts';

/** Prints a comparison or the verdict of a measure; the exit code is set where one was asked for. */
export const compare = async (loaded: Loaded, options: CompareOptions, format: Format): Promise<string> => {
  const comparing = await openComparing();
  const opened = await historyOf(loaded, options)
    .then((engine) => withPastOf(engine, loaded, options.measure))
    .catch(asCommandError);
  const recording =
    options.evidence === undefined
      ? undefined
      : await attempt(() => comparing.recordHistory(opened, options.evidence ?? ''));
  const engine = recording?.engine ?? opened;
  try {
    const now = Math.floor(Date.now() / 1000);
    if (options.draftPlan === true)
      return await draftOfChange(options, await sidesOf(comparing, { engine, options, now }));
    const measure =
      options.measure === undefined ? undefined : await measureOf(loaded, options.measure, engine, now);
    const asked: Asked = { options, format, version, now, measure };
    const text = await printed(comparing, loaded.config, { ...asked, engine });
    if (recording !== undefined) keepEvidence(recording.finish(), loaded, asked, text);
    return text;
  } catch (error) {
    return await asCommandError(error);
  } finally {
    await opened.close();
  }
};

/** The same again from evidence alone: no engine is asked, and nothing of today goes in. */
export const compareAgain = async (dir: string): Promise<string> => {
  const comparing = await openComparing();
  const { config, ...asked } = evidenceIn(dir);
  const engine = await attempt(() => comparing.openRecorded(dir));
  return printed(comparing, config, { ...asked, engine }).catch(asCommandError);
};

interface Job extends Asked {
  readonly engine: HistoryEngine;
}

const printed = async (comparing: Comparing, config: ComparedConfig, job: Job): Promise<string> => {
  const { options, format } = job;
  const tools = { engine: job.engine, newHash, price: priceOf(comparing, config), version: job.version };
  const details = options.details === true;
  const isQuiet = format === 'json';
  const factor = options.factor === undefined ? undefined : gramsPerKWh(options.factor);
  if (job.measure !== undefined) {
    const { plan, registration, overlapping, touched } = job.measure;
    const report = await withProgress(
      `judging ${plan.name}`,
      (onProgress) =>
        comparing.evaluateMeasure({
          ...{ ...tools, plan, registration, overlapping, touched, now: job.now, onProgress },
          factor: factor ?? statedFactor(config),
          seed: registration.hashAtStart ?? registration.hashNow,
        }),
      { isQuiet },
    );
    setExit(report.outcome.verdict);
    return measureIn(comparing, format, report, details);
  }
  const { before, after, work } = await sidesOf(comparing, job);
  const comparison = await withProgress(
    'comparing',
    (onProgress) =>
      comparing.compareSides({
        ...{ ...tools, before, after, work, step: 3600, onProgress },
        factor,
        factorSource: options.factor === undefined ? undefined : 'as given',
        seed: 'comparison',
        next: nextStep(options, before.hosts, work),
      }),
    { isQuiet },
  );
  if (options.exitCode === true) setExit(comparison.adjusted?.verdict ?? 'refused');
  return comparisonIn(comparing, format, comparison, details);
};

/** Exit codes of verdicts, a public contract (DESIGN section 7). */
const setExit = (verdict: MeasureReport['outcome']['verdict']): void => {
  process.exitCode = { verified: 0, indicative: 2, not_verified: 2, increase: 3, refused: 4 }[verdict];
};

const comparisonIn = (c: Comparing, format: Format, comparison: Comparison, details: boolean): string =>
  ({
    table: () => c.comparisonText(comparison, details),
    json: () => c.comparisonJson(comparison),
    csv: () => c.comparisonCsv(comparison),
    md: () => c.comparisonMarkdown(comparison),
    html: () => c.comparisonHtml(comparison),
  })[format]();

const measureIn = (c: Comparing, format: Format, report: MeasureReport, details: boolean): string =>
  ({
    table: () => c.measureText(report, details),
    json: () => c.measureJson(report),
    csv: () => c.measureCsv([report]),
    md: () => c.measureMarkdown(report),
    html: () => c.measureHtml(report),
  })[format]();

const priceOf = (comparing: Comparing, { site: { tariff } }: ComparedConfig) =>
  tariff === undefined ? undefined : comparing.pricesOf(tariff);

/** The one command that would give stronger evidence, as it can be typed. */
const nextStep = (options: CompareOptions, hosts: readonly string[], work: readonly WorkTerm[]): string => {
  if (work.length === 0) return 'Next: say what work was done, with --work UNIT, such as --work requests.';
  if (options.hosts === undefined && hosts.length > 3 && options.a === undefined)
    return 'For a verdict next time, a plan before it starts: this command with --draft-plan writes it.';
  return `For a verdict next time, before it starts: negawatt measure draft NAME --hosts ${options.hosts ?? hosts.join(',')} --start DATE --work ${work[0]?.unit}`;
};

const measureOf = async (
  loaded: Loaded,
  name: string,
  engine: HistoryEngine,
  now: number,
): Promise<JudgedMeasure> => {
  const plans = await openPlans();
  const all = await plannedMeasures(loaded.config, engine, now);
  const { plan, entries, unreadable } = measureNamed(all, name);
  if (unreadable !== undefined) throw new CommandError(reasonAndFix(unreadable.reason, unreadable.fix));
  const about = { version: plans.METHOD_VERSION, queries: engine.about.queries };
  return {
    plan,
    registration: plans.registrationOf(entries, plan, about, now, plans.planHash).registration,
    ...plans.othersOf(
      plan,
      all.map((other) => other.plan),
    ),
  };
};

const asCommandError = async (error: unknown): Promise<never> => {
  throw await inWords(error);
};

const attempt = async <T>(make: () => T): Promise<T> => {
  try {
    return make();
  } catch (error) {
    return await asCommandError(error);
  }
};
