import { type DetectableRow, type HistoryEngine, type MeasurePlan, openPlans } from '../src/index.ts';
import type { Loaded } from './configuration.ts';
import { ERROR } from './exit.ts';
import { checkJson, checkText, type PlanCheck } from './measure-check-text.ts';
import { measureNamed, plannedMeasures } from './measure-plans.ts';

/** Works it out from what the history holds up to now. */
export type DetectableBy = (
  plan: MeasurePlan,
  engine: HistoryEngine,
  now: number,
) => Promise<readonly DetectableRow[]>;

interface CheckInput {
  readonly loaded: Loaded;
  readonly name: string;
  readonly format: string;
  /** Undefined: no history is read, and nothing is said of what could be shown. */
  readonly engine?: HistoryEngine;
  readonly detectableBy?: DetectableBy;
}

/** Prints a plan before its start: what is wrong with it, what it could show, all of it, and its hash. */
export const checkMeasure = async ({
  loaded,
  name,
  format,
  engine,
  detectableBy,
}: CheckInput): Promise<void> => {
  const plans = await openPlans();
  const now = Date.now() / 1000;
  const all = await plannedMeasures(loaded.config, engine, now);
  const one = measureNamed(all, name);
  const { plan, entries } = one;
  const probe = engine === undefined ? undefined : await look(plans, plan, engine, now);
  const findings = plans.validatePlan(plan, {
    now,
    expanded: engine !== undefined || plan.selector.match === undefined,
    known: all.map((other) => other.plan.name),
    overlaps: plans.overlapsOf(
      plan,
      all.map((other) => other.plan),
    ),
    touched: plans.touchedControls(
      plan,
      all.map((other) => other.plan),
    ),
    ...(probe === undefined ? {} : { probe }),
  });
  const rows =
    engine === undefined || detectableBy === undefined ? undefined : await detectableBy(plan, engine, now);
  // Whoever evaluates the plan may ask another history than this check: what was kept is held against its own queries.
  const kept = entries.map((entry) => plans.readPlanText(entry.plan)?.engine.queries).at(-1);
  const about = { version: plans.METHOD_VERSION, queries: kept ?? engine?.about.queries ?? {} };
  const registered = plans.registrationOf(entries, plan, about, now, plans.planHash);
  const found: PlanCheck = { one, findings, rows, registered, probe };
  const isWrong = findings.some(({ severity }) => severity === 'error') || one.unreadable !== undefined;
  process.stdout.write(
    format === 'json' ? checkJson(found, plans.planText(plan, about)) : await checkText(found),
  );
  if (isWrong) process.exitCode = ERROR;
};

type Plans = Awaited<ReturnType<typeof openPlans>>;

/** How much of the baseline is known so far. */
const look = async (plans: Plans, plan: MeasurePlan, engine: HistoryEngine, now: number) => {
  const { baseline, step, hosts, work, drivers } = plan;
  const until = Math.min(baseline.to, Math.floor(now / step) * step);
  if (hosts.length === 0 || until <= baseline.from) return undefined;
  const window = { from: baseline.from, to: until };
  const chunks = engine.read({ window, step, hosts, work, drivers, guards: [] });
  return plans.probeOf(chunks, { work: work.length, drivers: drivers.length });
};
