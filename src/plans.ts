/** Plans of measures: everything that the index does not load by itself. */
export { armPoints } from './arm-points.ts';
export { evaluateApart } from './evaluating.ts';
export { replaceFile } from './exporters/replace-file.ts';
export { METHOD_VERSION } from './metrics.ts';
export type { MeasurePlan, Registration } from './model/measure.ts';
export { probeOf } from './savings/history-probe.ts';
export { controlSelector, planOf, scopeSelector } from './savings/plan.ts';
export { type PlanEngine, planText, readPlanText } from './savings/plan-canonical.ts';
export { ASSUMED_RESIDUAL } from './savings/plan-defaults.ts';
export type { HistoryProbe, PlanFinding } from './savings/plan-finding.ts';
export { othersOf, overlapsOf, touchedControls, withOverlaps } from './savings/plan-overlaps.ts';
export {
  frozenEntry,
  frozenHosts,
  type PlanEntry,
  type Registered,
  registrationOf,
} from './savings/plan-registration.ts';
export { validatePlan } from './savings/plan-validation.ts';
export { type Arm, armAt } from './savings/switchback-arm.ts';
export { judgeSchedule } from './savings/switchback-check.ts';
export { type SwitchbackBlock, switchbackBlocks } from './savings/switchback-schedule.ts';
export { shownInstant, utcInstant } from './savings/utc-instant.ts';
export type { WrittenMeasure } from './savings/written-measure.ts';
export { lockState } from './store/lock.ts';
export { planHash, type Recorded, readPlans, recordPlans } from './store/measures.ts';
