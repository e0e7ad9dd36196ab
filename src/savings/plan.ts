import type { HostSelector, NamedQuery, WorkTerm } from '../model/history.ts';
import type {
  MeasurePlan,
  NonRoutineEvent,
  PoolSchedule,
  ResidualPower,
  SwitchbackSchedule,
} from '../model/measure.ts';
import { ratio, watts } from '../units.ts';
import {
  ASSUMED_RESIDUAL,
  DEFAULT_BLOCK,
  DEFAULT_STEP,
  DEFAULT_WASHOUT,
  defaultBaseline,
  defaultReport,
} from './plan-defaults.ts';
import { drawPool } from './pool-draw.ts';
import { startOf, type WrittenMeasure, type WrittenSelector } from './written-measure.ts';

/** What the configuration alone cannot tell. */
export interface PlanInput {
  /** Hosts of the scope and of the control as the selectors chose them, or as they were frozen. */
  readonly hosts: readonly string[];
  readonly control: readonly string[];
  /** Names of measures that were found to share hosts and time. */
  readonly overlaps?: readonly string[];
}

const unique = (names: readonly string[]): readonly string[] => [...new Set(names)].sort();

const selectorFrom = ({ hosts, match }: WrittenSelector): HostSelector => ({
  ...(hosts === undefined ? {} : { hosts: unique(hosts) }),
  ...(match === undefined ? {} : { match }),
});

/** Which hosts a measure is for. @param self name of the agent's own host, for `hosts: self`. */
export const scopeSelector = (written: WrittenMeasure, self: string): HostSelector => {
  const { hosts, scope } = written;
  if (hosts === undefined) return selectorFrom(scope ?? {});
  return { hosts: hosts === 'self' ? [self] : unique(hosts) };
};

export const controlSelector = ({ control }: WrittenMeasure): HostSelector | undefined => {
  if (control === undefined) return undefined;
  return 'length' in control
    ? { hosts: unique(control as readonly string[]) }
    : selectorFrom(control as WrittenSelector);
};

const workTerms = ({ work }: WrittenMeasure): readonly WorkTerm[] =>
  typeof work === 'string'
    ? [{ unit: work }]
    : work.map(({ unit, query, class: workloadClass }) => ({
        unit,
        ...(query === undefined ? {} : { query }),
        ...(workloadClass === undefined ? {} : { workloadClass }),
      }));

const named = (driver: WrittenMeasure['drivers'][number]): NamedQuery =>
  typeof driver === 'string' ? { name: driver, query: driver } : driver;

const scheduleOf = (
  written: WrittenMeasure,
  { hosts }: PlanInput,
): SwitchbackSchedule | PoolSchedule | undefined => {
  const { schedule, name } = written;
  if (schedule === undefined) return undefined;
  const seed = String(schedule.seed ?? name);
  if (schedule.design === 'ab') return { design: 'ab', seed, treated: drawPool(hosts, seed) };
  const { block = DEFAULT_BLOCK, washout = DEFAULT_WASHOUT } = schedule;
  return { design: 'switchback', block, washout, seed };
};

const residualOf = ({ off_hosts: off }: WrittenMeasure): ResidualPower => {
  if (off === undefined) return ASSUMED_RESIDUAL;
  const { residual_watts: residual, source } = off;
  return residual === 'measured'
    ? { measured: true }
    : { measured: false, watts: watts(residual), source: source ?? 'assumption: no source is stated' };
};

const eventOf =
  (hosts: readonly string[]) =>
  (event: WrittenMeasure['nonroutine'][number]): NonRoutineEvent => ({
    at: event.at / 1000,
    ...(event.until === undefined ? {} : { until: event.until / 1000 }),
    what: event.what,
    hosts: unique(event.hosts ?? hosts),
    deltaWatts: watts(event.delta_watts),
    uncertaintyWatts: watts(event.uncertainty_watts),
    evidence: event.evidence,
  });

const ascending = (instants: readonly number[]): readonly number[] =>
  [...new Set(instants)].sort((a, b) => a - b);

/**
 * The plan with all its defaults. Total: what makes no sense in it is for `validatePlan` to tell.
 *
 * @param self name of the agent's own host, for `hosts: self`.
 */
export const planOf = (written: WrittenMeasure, self: string, input: PlanInput): MeasurePlan => {
  const start = startOf(written);
  const hosts = unique(input.hosts);
  const reportAt = ascending((written.report_at ?? [defaultReport(start) * 1000]).map((at) => at / 1000));
  const { baseline } = written;
  return {
    name: written.name,
    kind: written.kind,
    selector: scopeSelector(written, self),
    hosts,
    controlSelector: controlSelector(written),
    control: unique(input.control),
    baseline:
      baseline === undefined
        ? defaultBaseline(start, reportAt[0] ?? start)
        : { from: baseline.from / 1000, to: baseline.to / 1000 },
    start,
    ramp: (written.ramp ?? []).map(({ at, share }) => [at / 1000, ratio(share)] as const),
    schedule: scheduleOf(written, { ...input, hosts }),
    work: workTerms(written),
    drivers: written.drivers.map(named),
    guards: written.guards.map(({ name, query, max_degradation }) => ({
      name,
      query: query ?? name,
      maxDegradation: max_degradation,
    })),
    boundary: written.boundary,
    option: written.option,
    residual: residualOf(written),
    reportAt,
    step: written.step ?? DEFAULT_STEP,
    nonRoutine: written.nonroutine.map(eventOf(hosts)),
    overlaps: unique([...written.overlaps, ...(input.overlaps ?? [])]),
    overrides: written.overrides,
    withdrawn: written.withdrawn,
  };
};
