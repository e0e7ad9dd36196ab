import type { Config, openPlans } from '../src/index.ts';
import { hostsHere } from './measure-plans.ts';

type Plans = Awaited<ReturnType<typeof openPlans>>;

/** Plans as far as one agent can tell: hosts that are named, and itself where its labels fit. */
export const plansHere = (plans: Plans, config: Config, host: string) =>
  plans.withOverlaps(
    config.measures.map((written) => {
      const control = plans.controlSelector(written);
      return plans.planOf(written, host, {
        hosts: hostsHere(plans.scopeSelector(written, host), config, host),
        control: control === undefined ? [] : hostsHere(control, config, host),
      });
    }),
  );

/** What is wrong with the plans, as far as it shows without the history, and whenever it is asked. */
export const findingsHere = (plans: Plans, config: Config, host: string) => {
  const all = plansHere(plans, config, host);
  const known = all.map(({ name }) => name);
  return all.flatMap((plan) =>
    plans
      .validatePlan(plan, { expanded: false, known, overlaps: plans.overlapsOf(plan, all) })
      .map(({ severity, text, remedy }) => ({ name: plan.name, severity, text, fix: remedy })),
  );
};
