import { readScope, type ScopeRead, type Windows } from './evaluate-scope.ts';
import type { EvaluationTools } from './evaluate-tools.ts';
import { counted, plural } from './model/counted.ts';
import type { DesignName, DesignOutcome } from './model/estimate.ts';
import type { MeasurePlan, SwitchbackSchedule } from './model/measure.ts';
import { detectableSavings } from './savings/detectable.ts';
import { differences } from './savings/differences.ts';
import { DEFAULT_BLOCK, DEFAULT_WASHOUT } from './savings/plan-defaults.ts';
import { pools } from './savings/pools.ts';
import { switchback } from './savings/switchback.ts';

/** What a design could show by a report date, from a past in which nothing was changed. */
export interface DetectableRow {
  readonly design: DesignName;
  /** Seconds since 1970 UTC. */
  readonly reportAt: number;
  /** Share of the energy, 0 to 1; undefined: none could be shown, and why. */
  readonly detectable: number | undefined;
  readonly why: string;
}

const DAY = 86_400;
/** Windows that pretended measures are tried on before the last one: ten are needed, and there may be gaps (as in `evaluate.ts`). */
const CALIBRATION_WINDOWS = 20;

/**
 * The smallest saving that each design could show by each report date. The measure is pretended at the end of what is
 * known: the same designs run over windows as long as the plan's, in which nothing was changed, and say what they could
 * have told from nothing. @param now seconds since 1970 UTC.
 */
export const detectableRows = async (
  tools: EvaluationTools,
  plan: MeasurePlan,
  now: number,
): Promise<readonly DetectableRow[]> => {
  const rows: DetectableRow[] = [];
  const span = await tools.engine.span({ hosts: plan.hosts }, tools.signal);
  const end = Math.floor(Math.min(span?.to ?? 0, plan.baseline.to, now) / DAY) * DAY;
  for (const [at, reportAt] of plan.reportAt.entries()) {
    // Each report date is read and worked out anew; of it the hosts of the measure are the first half.
    const progress = (done: number): void => tools.onProgress?.((at + done) / plan.reportAt.length);
    const days = Math.round((reportAt - plan.start) / DAY);
    const known = span === undefined ? 0 : Math.floor((end - span.from) / DAY);
    const row = (design: DesignName, found: Pick<DetectableRow, 'detectable' | 'why'>): void =>
      void rows.push({ design, reportAt, ...found });
    if (known <= days) {
      const why = `The past holds ${counted(known, 'day')}; more than the ${days} that are reported are needed.`;
      for (const design of designsOf(plan)) row(design, { detectable: undefined, why });
      continue;
    }
    const windows = pretended(plan, span?.from ?? 0, end, days);
    const isByHost = plan.control.length > 0 || plan.schedule?.design === 'ab';
    const asked = { plan, windows, isByHost };
    const scope = await readScope(tools, { ...asked, hosts: plan.hosts, isControl: false }, (done) =>
      progress(done / 2),
    );
    const control =
      plan.control.length === 0
        ? undefined
        : await readScope(tools, { ...asked, hosts: plan.control, isControl: true }, (done) =>
            progress(0.5 + done / 2),
          );
    if (plan.schedule?.design === 'ab')
      row('ab', told(pools({ hosts: scope.halves, schedule: plan.schedule, seed: plan.name })));
    else row('switchback', onOff(plan, scope, windows));
    row(
      'difference-in-differences',
      control === undefined
        ? { detectable: undefined, why: 'The plan names no untouched hosts (control).' }
        : told(differences({ treated: scope.halves, control: control.halves, seed: plan.name })),
    );
    row('adjusted-baseline', beforeAfter(plan, scope, reportAt));
  }
  return rows;
};

const designsOf = ({ schedule }: MeasurePlan): readonly DesignName[] => [
  schedule?.design === 'ab' ? 'ab' : 'switchback',
  'difference-in-differences',
  'adjusted-baseline',
];

/** A measure that would have been reported at the end of what is known, with as much baseline as there is. */
const pretended = (plan: MeasurePlan, from: number, end: number, days: number): Windows => {
  const length = plan.baseline.to - plan.baseline.from;
  const oldest = Math.ceil(from / DAY) * DAY;
  const start = end - days * DAY;
  const whole = { from: Math.max(oldest, end - length - CALIBRATION_WINDOWS * days * DAY), to: end };
  return {
    whole,
    before: { from: Math.max(whole.from, start - length), to: start },
    after: { from: start, to: end },
  };
};

/** Refusals do not count: most of them compare with a saving, and here there is none. */
const told = (outcome: DesignOutcome): Pick<DetectableRow, 'detectable' | 'why'> => {
  const detectable = 'detectable' in outcome ? outcome.detectable : undefined;
  return {
    detectable,
    why: detectable === undefined ? (outcome.refusals[0]?.text ?? 'The past tells too little.') : '',
  };
};

/** The plan's on/off test, or the default one where it has none. */
const onOff = (plan: MeasurePlan, { after }: ScopeRead, windows: Windows) => {
  const schedule: SwitchbackSchedule =
    plan.schedule?.design === 'switchback'
      ? plan.schedule
      : { design: 'switchback', block: DEFAULT_BLOCK, washout: DEFAULT_WASHOUT, seed: plan.name };
  return told(switchback({ series: after, schedule, start: windows.after.from, seed: plan.name }));
};

const beforeAfter = (plan: MeasurePlan, { series, raw }: ScopeRead, reportAt: number) => {
  const { work, drivers, baseline, start, step } = plan;
  if (work.length === 0) return { detectable: undefined, why: 'The plan names no work.' };
  const baselineLength = Math.min(series.length, Math.round((baseline.to - baseline.from) / step));
  const [found] = detectableSavings({
    history: series,
    baselineLength,
    // What lies between is as long as the plan has it, however far the past reaches.
    start: raw.from + raw.length * step + Math.max(0, start - baseline.to),
    reportAt: [raw.from + raw.length * step + Math.max(0, start - baseline.to) + (reportAt - start)],
    terms: { work: work.map(({ unit }) => unit), drivers: drivers.map(({ name }) => name) },
  });
  if (found === undefined || found.saving === undefined)
    return { detectable: undefined, why: found?.why ?? '' };
  const { saving, grade, independent } = found;
  return {
    detectable: saving,
    why:
      grade === 'D'
        ? `Evidence D at most: only ${counted(independent, 'window')} of the past without overlap ${plural(independent, 'is', 'are')} as long; ten are needed.`
        : '',
  };
};
