import { setImmediate } from 'node:timers/promises';
import { openComparing, openPlans, type Point } from '../src/index.ts';
import type { DemoPast } from './demo-past.ts';
import { historyOf, newHash } from './history.ts';
import { plannedMeasures } from './measure-plans.ts';
import type { Progress } from './progress.ts';
import { version } from './version.ts';

type Comparing = Awaited<ReturnType<typeof openComparing>>;
type Standing = Awaited<ReturnType<Comparing['evaluateStanding']>>;

/** Between two evaluations, seconds: a measure moves by the day. */
const EVERY = 86_400;

/** What a service that evaluates these measures once a day would have exported, by time. */
export interface SavingsSeries {
  /** Points of the last evaluation before it; empty before the first. @param at seconds since 1970 UTC. */
  pointsAt(at: number): readonly Point[];
}

interface SeriesInput {
  readonly past: DemoPast;
  /** Seconds since 1970 UTC. */
  readonly from: number;
  readonly to: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Evaluates all measures at each midnight of the window, each time with what was known by then. */
export const savingsSeries = async (input: SeriesInput): Promise<SavingsSeries> => {
  const { past, from, to, progress, signal } = input;
  const [comparing, plans] = await Promise.all([openComparing(), openPlans()]);
  const loaded = {
    config: past.config,
    ...{ sha256: '', warnings: [], example: undefined, file: past.configFile },
  };
  const engine = await historyOf(loaded, { csv: past.csvFile });
  const evaluations: { readonly at: number; readonly points: readonly Point[] }[] = [];
  try {
    const about = { version: plans.METHOD_VERSION, queries: engine.about.queries };
    const before = new Map<string, Standing>();
    const first = Math.floor(from / EVERY) * EVERY;
    for (let at = first; at <= to; at += EVERY) {
      // The first seconds of a day belong to what is told of the day before.
      const now = at + comparing.LATEST;
      const points: Point[] = [];
      for (const { plan, entries } of await plannedMeasures(past.config, engine, now)) {
        const known = entries.filter((entry) => entry.at <= now);
        const registered = plans.registrationOf(known, plan, about, now, plans.planHash);
        const frozen = registered.frozen && plans.readPlanText(registered.frozen.plan);
        const standing = await comparing.evaluateStanding({
          ...{ plan, registered, before: before.get(plan.name), engine, newHash, now, version, signal },
          method: plans.METHOD_VERSION,
          frozen:
            frozen === undefined || registered.frozen === undefined
              ? undefined
              : { plan: frozen.plan, sha256: registered.frozen.sha256 },
        });
        before.set(plan.name, standing);
        points.push(...comparing.savingsPoints(standing));
        await setImmediate();
        signal.throwIfAborted();
      }
      evaluations.push({ at: now, points });
      progress.tell((at - first) / Math.max(EVERY, to - first));
    }
  } finally {
    await engine.close();
  }
  progress.end();
  return { pointsAt: (at) => evaluations.findLast((one) => one.at <= at)?.points ?? [] };
};
