import { type Joules, type MeasureReport, openComparing, openPlans, toKilowattHours } from '../src/index.ts';
import type { DemoPast } from './demo-past.ts';
import { historyOf, newHash } from './history.ts';
import { plannedMeasures } from './measure-plans.ts';
import { table } from './table.ts';
import { version } from './version.ts';

/** What every screen of the demo says. */
export const SIMULATED = 'SIMULATED: no host, no meter and no measure in this fleet exists';

/** Verdicts of all measures of the past, by the code that gives them to a real fleet. */
export const verdictsOf = async (past: DemoPast): Promise<readonly MeasureReport[]> => {
  const { config, csvFile, end } = past;
  const [comparing, plans] = await Promise.all([openComparing(), openPlans()]);
  const loaded = { config, sha256: '', warnings: [], example: undefined, file: past.configFile };
  const engine = await historyOf(loaded, { csv: csvFile });
  try {
    const about = { version: plans.METHOD_VERSION, queries: engine.about.queries };
    const reports: MeasureReport[] = [];
    for (const { plan, entries } of await plannedMeasures(config, engine, end)) {
      const { registration } = plans.registrationOf(entries, plan, about, end, plans.planHash);
      const seed = registration.hashAtStart ?? registration.hashNow;
      reports.push(
        await comparing.evaluateMeasure({
          ...{ engine, newHash, plan, registration, now: end, version, seed },
        }),
      );
    }
    return reports;
  } finally {
    await engine.close();
  }
};

const shown = (energy: Joules | undefined): string =>
  energy === undefined ? '' : toKilowattHours(energy).toFixed(1);

/** A line for each measure. @param words what verdicts are called on screens. */
export const verdictTable = (
  reports: readonly MeasureReport[],
  words: Readonly<Record<MeasureReport['outcome']['verdict'], string>>,
): string =>
  table(
    ['measure', 'verdict', 'evidence', 'avoided kWh', '90 % interval'],
    reports.map(({ plan, outcome: { verdict, grade, avoided, interval } }) => [
      plan.name,
      words[verdict],
      grade,
      shown(avoided),
      interval === undefined ? '' : `${shown(interval.low)} to ${shown(interval.high)}`,
    ]),
  );
