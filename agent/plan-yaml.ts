import { type MeasurePlan, openConfiguration, openPlans, type WrittenMeasure } from '../src/index.ts';

/** `6h`, `90m`: the largest unit that comes out even. */
const duration = (seconds: number): string => {
  const units = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'm'],
  ] as const;
  const fit = units.find(([size]) => seconds >= size && seconds % size === 0);
  return fit === undefined ? `${seconds}s` : `${seconds / fit[0]}${fit[1]}`;
};

/** One line of the plan: what it says, and whether the operator did. */
interface Line {
  readonly key: string;
  readonly value: unknown;
  /** Why it is so where nobody wrote it. */
  readonly fallback?: string;
  readonly note?: string | undefined;
}

const scheduleOf = ({ schedule }: MeasurePlan): unknown => {
  if (schedule === undefined) return undefined;
  if (schedule.design === 'ab') return { design: 'ab', seed: schedule.seed };
  const { design, block, washout, seed } = schedule;
  return { design, block: duration(block), washout: duration(washout), seed };
};

const named = ({ name, query }: { readonly name: string; readonly query: string }): unknown =>
  name === query ? name : { name, query };

const some = (names: readonly string[]): string | undefined =>
  names.length === 0
    ? undefined
    : `now: ${names.slice(0, 6).join(', ')}${names.length > 6 ? `, ... ${names.length} in all` : ''}`;

const linesOf = (
  plan: MeasurePlan,
  written: WrittenMeasure,
  at: (instant: number) => string,
): readonly Line[] => {
  const { residual, start } = plan;
  const list = <T>(items: readonly T[]): readonly T[] | undefined => (items.length === 0 ? undefined : items);
  const unless = (isWritten: boolean, fallback: string): { fallback?: string } =>
    isWritten ? {} : { fallback };
  const hosts = written.hosts ?? undefined;
  return [
    {
      key: 'kind',
      value: plan.kind,
      ...unless(plan.kind !== 'other', 'what it changes itself is not known'),
    },
    { key: 'hosts', value: hosts },
    { key: 'scope', value: written.scope, note: some(plan.hosts) },
    { key: 'start', value: at(start) },
    {
      key: 'ramp',
      value: list(plan.ramp.map(([when, share]) => ({ at: at(when), share }))),
    },
    {
      key: 'baseline',
      value: { from: at(plan.baseline.from), to: at(plan.baseline.to) },
      ...unless(written.baseline !== undefined, 'whole weeks before the start, no black-out'),
    },
    { key: 'schedule', value: scheduleOf(plan) },
    {
      key: 'work',
      value: plan.work.map(({ unit, query, workloadClass }) => ({
        unit,
        ...(query === undefined ? {} : { query }),
        ...(workloadClass === undefined ? {} : { class: workloadClass }),
      })),
    },
    { key: 'drivers', value: list(plan.drivers.map(named)) },
    {
      key: 'guards',
      value: list(
        plan.guards.map(({ name, query, maxDegradation }) => ({
          name,
          query,
          max_degradation: maxDegradation,
        })),
      ),
    },
    { key: 'control', value: written.control, note: some(plan.control) },
    {
      key: 'boundary',
      value: plan.boundary,
      ...unless(plan.boundary !== 'host', 'energy of the hosts as metered'),
    },
    { key: 'option', value: plan.option, ...unless(plan.option !== 'B', 'IPMVP: all of it metered') },
    {
      key: 'off_hosts',
      value: residual.measured
        ? { residual_watts: 'measured' }
        : { residual_watts: residual.watts, source: residual.source },
      ...unless(written.off_hosts !== undefined, 'an assumption'),
    },
    {
      key: 'report_at',
      value: plan.reportAt.map(at),
      ...unless(written.report_at !== undefined, 'four weeks after the start'),
    },
    { key: 'step', value: duration(plan.step), ...unless(written.step !== undefined, 'an hour') },
    {
      key: 'nonroutine',
      value: list(
        plan.nonRoutine.map((event) => ({
          at: at(event.at),
          ...(event.until === undefined ? {} : { until: at(event.until) }),
          ...{ what: event.what, hosts: event.hosts, delta_watts: event.deltaWatts },
          ...{ uncertainty_watts: event.uncertaintyWatts, evidence: event.evidence },
        })),
      ),
    },
    { key: 'overlaps', value: list(plan.overlaps) },
    { key: 'overrides', value: Object.keys(plan.overrides).length === 0 ? undefined : plan.overrides },
    { key: 'withdrawn', value: plan.withdrawn },
    { key: 'arm_file', value: written.arm_file },
  ];
};

/**
 * The whole plan as an item of `measures`: what was not written stands there with its default, marked. It can be read
 * back, and is the same plan.
 */
export const planYaml = async (plan: MeasurePlan, written: WrittenMeasure): Promise<string> => {
  const [{ inline }, { utcInstant }] = await Promise.all([openConfiguration(), openPlans()]);
  const at = (instant: number): string =>
    instant % 86_400 === 0 ? utcInstant(instant).slice(0, 10) : utcInstant(instant);
  const rows = linesOf(plan, written, at).flatMap(({ key, value, fallback, note }) => {
    if (value === undefined) return [];
    const line = `    ${key}: ${inline(value)}`;
    const comment = fallback === undefined ? note : `default: ${fallback}`;
    return [comment === undefined ? line : `${line.padEnd(64)}  # ${comment}`];
  });
  return [`  - name: ${inline(plan.name)}`, ...rows, ''].join('\n');
};
