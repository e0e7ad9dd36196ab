import type { MeasureKind, MeasurePlan } from '../model/measure.ts';
import { badControls } from './bad-control.ts';
import type { PlanFinding } from './plan-finding.ts';
import type { Overlap } from './plan-overlaps.ts';
import { windowFindings } from './plan-windows.ts';
import { judgeSchedule } from './switchback-check.ts';
import { shownInstant } from './utc-instant.ts';

/** Work and samples known in the baseline, 0 to 1; the method refuses below 0.9. */
const LEAST_COVERAGE = 0.9;
/** Hosts a side for differences, and for pools drawn at random (the method's sections on both). */
const LEAST_CONTROL = 8;
const LEAST_POOLED = 20;

/** Users wait for what these share or take away. */
const LATENCY_SENSITIVE: readonly MeasureKind[] = [
  'colocation',
  'timeshare',
  'autoscale',
  'gpu-share',
  'pooling',
];
/** These switch hosts off, or mean to. */
const SWITCHES_OFF: readonly MeasureKind[] = ['colocation', 'timeshare', 'autoscale', 'consolidation'];

/** What a look at the history told of the baseline so far. */
export interface HistoryProbe {
  /** Share of host time with energy, 0 to 1. */
  readonly energy: number;
  /** Share of intervals with each kind of work, in the order of the plan. */
  readonly work: readonly number[];
  readonly drivers: readonly number[];
  /** Seconds since 1970 UTC. */
  readonly from: number;
  readonly to: number;
}

export interface PlanContext {
  /** Seconds since 1970 UTC; undefined: only what holds whenever it is asked. */
  readonly now?: number;
  /** Whether the lists of hosts were made: where they cannot be yet, an empty one means nothing. */
  readonly expanded: boolean;
  /** Names of all measures. */
  readonly known: readonly string[];
  readonly overlaps: readonly Overlap[];
  readonly probe?: HistoryProbe;
}

const finding = (
  severity: PlanFinding['severity'],
  flag: string,
  text: string,
  remedy: string,
): PlanFinding => ({
  ...{ severity, flag, text, remedy },
});
const percent = (share: number): string => `${Math.floor(share * 1000) / 10} %`;
const some = (names: readonly string[]): string =>
  `${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`;

const hostFindings = (plan: MeasurePlan, { expanded }: PlanContext): readonly PlanFinding[] => {
  const { hosts, control, controlSelector, schedule } = plan;
  const found: PlanFinding[] = [];
  const both = control.filter((host) => hosts.includes(host));
  if (both.length > 0)
    found.push(
      finding(
        'error',
        'control_in_scope',
        `${some(both)} ${both.length === 1 ? 'is' : 'are'} both in the scope and in the control: what has the measure cannot show what would have been without it.`,
        'Take them out of one of the two.',
      ),
    );
  if (expanded && hosts.length === 0)
    found.push(
      finding(
        'error',
        'no_hosts',
        'No host fits the scope, so there is no energy to judge.',
        'Check names and labels: `negawatt_host_info` has them.',
      ),
    );
  if (expanded && controlSelector !== undefined && control.length === 0)
    found.push(
      finding(
        'error',
        'no_control',
        'No host fits the control.',
        'Check its names and labels, or leave it out.',
      ),
    );
  if (control.length > 0 && control.length < LEAST_CONTROL && schedule === undefined)
    found.push(
      finding(
        'warning',
        'few_controls',
        `${control.length} untouched hosts are few: one of them that drifts by itself moves the result.`,
        `Name ${LEAST_CONTROL} or more like those of the scope.`,
      ),
    );
  if (schedule?.design === 'ab' && expanded && hosts.length < LEAST_POOLED)
    found.push(
      finding(
        'warning',
        'few_pooled',
        `${hosts.length} hosts are drawn into two pools; with fewer than ${LEAST_POOLED} chance decides.`,
        'Add hosts, or run it as a switchback.',
      ),
    );
  return found;
};

const guardFindings = ({ kind, guards, overrides }: MeasurePlan): readonly PlanFinding[] => [
  ...(LATENCY_SENSITIVE.includes(kind) && guards.length === 0
    ? [
        finding(
          'warning',
          'no_guard',
          `Nothing watches the service, and a measure of kind ${kind} can save energy by making users wait.`,
          'Add a guard, such as the 99th percentile of latency: guards: [{name: p99, query: ...}].',
        ),
      ]
    : []),
  ...Object.keys(overrides)
    .filter((name) => !guards.some((guard) => guard.name === name))
    .map((name) =>
      finding(
        'error',
        'override_unknown',
        `overrides names ${name}, which is no guard of this plan.`,
        `Known guards: ${guards.map((guard) => guard.name).join(', ') || 'none'}.`,
      ),
    ),
];

const scheduleFindings = ({ schedule, start, reportAt, step }: MeasurePlan): readonly PlanFinding[] => {
  if (schedule?.design !== 'switchback') return [];
  const { refusals, warnings } = judgeSchedule({ schedule, start, end: reportAt[0] ?? start, step });
  return [
    ...refusals.map((remark) => ({ ...remark, severity: 'error' as const })),
    ...warnings.map((remark) => ({ ...remark, severity: 'warning' as const })),
  ];
};

const residualFindings = ({ kind, residual, option }: MeasurePlan): readonly PlanFinding[] =>
  residual.measured || option === 'A' || !SWITCHES_OFF.includes(kind)
    ? []
    : [
        finding(
          'warning',
          'residual_stipulated',
          `Hosts that are off are taken to draw ${residual.watts} W each (${residual.source}): that part of the saving is stipulated, option A.`,
          'Read it at their BMC or PDU and set off_hosts: {residual_watts: measured}, or state watts with a source.',
        ),
      ];

const eventFindings = (
  { nonRoutine, hosts }: MeasurePlan,
  { expanded }: PlanContext,
): readonly PlanFinding[] =>
  nonRoutine.flatMap(({ at, until, what, hosts: befell }) => {
    const strange = expanded ? befell.filter((host) => !hosts.includes(host)) : [];
    return [
      ...(strange.length === 0
        ? []
        : [
            finding(
              'error',
              'event_elsewhere',
              `The event "${what}" is of ${some(strange)}, which ${strange.length === 1 ? 'is' : 'are'} not in the scope.`,
              'Name hosts of the scope, or leave the event out: it changes nothing here.',
            ),
          ]),
      ...(until === undefined || until > at
        ? []
        : [
            finding(
              'error',
              'event_backwards',
              `The event "${what}" ends before it begins (${shownInstant(at)}).`,
              'Swap at and until.',
            ),
          ]),
    ];
  });

const overlapFindings = (plan: MeasurePlan, { known, overlaps }: PlanContext): readonly PlanFinding[] => [
  ...plan.overlaps
    .filter((name) => !known.includes(name))
    .map((name) =>
      finding(
        'error',
        'overlap_unknown',
        `overlaps names ${name}, which is no measure here.`,
        `Known: ${known.filter((one) => one !== plan.name).join(', ') || 'none'}.`,
      ),
    ),
  ...overlaps.map(({ other, hosts, from, to }) =>
    finding(
      'warning',
      'overlap',
      `${other} changes ${some(hosts)} too, between ${shownInstant(from)} and ${shownInstant(to)}: the savings of both are one figure, and are not added.`,
      'Stagger the starts, or run both as switchbacks, so that each can be told apart.',
    ),
  ),
];

const coverageFindings = (plan: MeasurePlan, { probe }: PlanContext): readonly PlanFinding[] => {
  if (probe === undefined) return [];
  const thin = (what: string, share: number, remedy: string): readonly PlanFinding[] =>
    share >= LEAST_COVERAGE
      ? []
      : [
          finding(
            'error',
            'thin_coverage',
            `${what} is known for ${percent(share)} of the baseline from ${shownInstant(probe.from)} to ${shownInstant(probe.to)}; below 90 % nothing is claimed.`,
            remedy,
          ),
        ];
  return [
    ...thin('Energy', probe.energy, 'Take a baseline in which the agents ran on all hosts, or fewer hosts.'),
    ...plan.work.flatMap(({ unit }, at) =>
      thin(
        `Work in ${unit}`,
        probe.work[at] ?? 0,
        'Check the unit and the query, or begin the baseline when it was first counted.',
      ),
    ),
    ...plan.drivers.flatMap(({ name }, at) =>
      thin(`Driver ${name}`, probe.drivers[at] ?? 0, 'Check its query, or leave it out.'),
    ),
  ];
};

/** Everything that is wrong with a plan, errors first. Pure; the same for the same plan and context. */
export const validatePlan = (plan: MeasurePlan, context: PlanContext): readonly PlanFinding[] => {
  const all = [
    ...windowFindings(plan, context.now),
    ...hostFindings(plan, context),
    ...badControls(plan),
    ...coverageFindings(plan, context),
    ...scheduleFindings(plan),
    ...eventFindings(plan, context),
    ...overlapFindings(plan, context),
    ...guardFindings(plan),
    ...residualFindings(plan),
  ];
  return [
    ...all.filter(({ severity }) => severity === 'error'),
    ...all.filter(({ severity }) => severity === 'warning'),
  ];
};
