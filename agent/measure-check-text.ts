import type { DesignName, DetectableRow, MeasurePlan, openPlans } from '../src/index.ts';
import type { PlannedMeasure } from './measure-plans.ts';
import { planYaml } from './plan-yaml.ts';
import { reasonAndFix } from './reason-and-fix.ts';
import { printable, table } from './table.ts';
import { utcTime } from './utc-time.ts';

type Plans = Awaited<ReturnType<typeof openPlans>>;

/** What was found out about a plan. */
export interface PlanCheck {
  readonly one: PlannedMeasure;
  readonly findings: ReturnType<Plans['validatePlan']>;
  readonly rows: readonly DetectableRow[] | undefined;
  readonly registered: ReturnType<Plans['registrationOf']>;
  readonly probe: Awaited<ReturnType<Plans['probeOf']>>;
}

const WORDS: Readonly<Record<DesignName, string>> = {
  switchback: 'on/off test',
  ab: 'hosts drawn at random',
  'difference-in-differences': 'untouched hosts',
  'adjusted-baseline': 'before/after, adjusted',
  segmented: 'before/after with trend',
  'synthetic-control': 'weighted untouched hosts',
  'before-after': 'before/after, raw',
};

const day = (instant: number): string =>
  utcTime(instant * 1000)
    .slice(0, 16)
    .replace('T', ' ')
    .replace(' 00:00', '');

const standingText = ({ registered, one }: PlanCheck): string => {
  const { registration, standing } = registered;
  const { frozenAt, hashAtStart, hashNow } = registration;
  if (one.unreadable !== undefined) return reasonAndFix(one.unreadable.reason, one.unreadable.fix);
  switch (standing) {
    case 'in-time':
      return hashNow === hashAtStart
        ? `registered ${day(frozenAt ?? 0)} UTC, before its start, and unchanged since`
        : `registered ${day(frozenAt ?? 0)} UTC as ${hashAtStart}, and changed after its start`;
    case 'late':
      return `first registered ${day(frozenAt ?? 0)} UTC, after its start: at most grade D`;
    case 'open':
      return 'registered; it may be edited until its start';
    case 'not-recorded':
      return one.written.hosts === 'self'
        ? 'not registered yet: the agent of this host does so as soon as it runs with this configuration'
        : 'not registered yet: whoever evaluates it does so as soon as that runs with this configuration';
  }
};

const DETECTABLE_HEAD = 'SMALLEST SAVING THAT COULD BE SHOWN (share of the energy, 90 %)';

const detectableText = (rows: PlanCheck['rows'], { reportAt }: MeasurePlan): string => {
  if (rows === undefined) return `${DETECTABLE_HEAD}\nnot worked out: no history was read\n`;
  const designs = [...new Set(rows.map(({ design }) => design))];
  const cell = (design: DesignName, at: number): string => {
    const row = rows.find((one) => one.design === design && one.reportAt === at);
    return row?.detectable === undefined ? '-' : `${Number((row.detectable * 100).toPrecision(2))} %`;
  };
  const why = (design: DesignName): string =>
    rows.find((row) => row.design === design && row.why !== '')?.why ?? '';
  return `${DETECTABLE_HEAD}\n${table(
    ['DESIGN', ...reportAt.map((at) => `BY ${day(at)}`), ''],
    designs.map((design) => [WORDS[design], ...reportAt.map((at) => cell(design, at)), why(design)]),
  )}`;
};

/** Which hosts of an A/B test are to get the measure: all of them, as somebody has to apply it. */
const drawnText = ({ schedule, hosts }: MeasurePlan): readonly string[] => {
  if (schedule?.design !== 'ab') return [];
  const { treated, seed } = schedule;
  const rest = hosts.filter((host) => !treated.includes(host));
  return [
    `DRAWN FROM THE SEED ${JSON.stringify(seed)}`,
    `with the measure     ${treated.join(' ') || 'no host'}`,
    `without the measure  ${rest.join(' ') || 'no host'}`,
    '',
  ];
};

/** For people: the standing of the plan, what it could show, what is wrong with it, and all of it. */
export const checkText = async (parts: PlanCheck): Promise<string> => {
  const { one, findings, rows, registered, probe } = parts;
  const { plan, written } = one;
  const lines = [
    `measure ${plan.name}   kind ${plan.kind}   boundary ${plan.boundary} (IPMVP ${plan.option})   hosts ${plan.hosts.length}   control ${plan.control.length}`,
    `plan ${registered.registration.hashNow}`,
    standingText(parts),
    ...(probe === undefined
      ? []
      : [
          `baseline so far: energy known for ${(100 * probe.energy).toFixed(1)} %, until ${day(probe.to)} UTC`,
        ]),
    '',
    detectableText(rows, plan),
    ...registered.changes.map(({ text, remedy }) => `changed  ${text} ${remedy}`),
    ...findings.map(({ severity, text, remedy }) => `${severity.padEnd(7)}  ${text} ${remedy}`),
    ...(findings.length === 0 ? ['nothing is wrong with this plan'] : []),
    '',
    ...drawnText(plan),
    'THE PLAN, as it is hashed',
    'measures:',
    await planYaml(plan, written),
  ];
  return lines.map((line) => line.split('\n').map(printable).join('\n')).join('\n');
};

/** A public contract: times are ISO 8601 in UTC, what is not known is left out. */
export const checkJson = (parts: PlanCheck, planText: string): string => {
  const { one, findings, rows, registered, probe } = parts;
  const { registration, standing, changes } = registered;
  const iso = (instant: number | undefined) => (instant === undefined ? undefined : utcTime(instant * 1000));
  const answer = {
    format: 1,
    measure: one.plan.name,
    sha256: registration.hashNow,
    registration: { standing, sha256AtStart: registration.hashAtStart, frozenAt: iso(registration.frozenAt) },
    changes,
    findings,
    ...(rows === undefined
      ? {}
      : { detectable: rows.map(({ reportAt, ...row }) => ({ ...row, reportAt: iso(reportAt) })) }),
    ...(probe === undefined ? {} : { baseline: { ...probe, from: iso(probe.from), to: iso(probe.to) } }),
    plan: JSON.parse(planText) as unknown,
  };
  return `${JSON.stringify(answer, null, 2)}\n`;
};
