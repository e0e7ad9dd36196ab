import type { Remark } from '../model/estimate.ts';
import type { MeasureKind, MeasurePlan } from '../model/measure.ts';
import { badControls } from './bad-control.ts';
import { finding, type PlanContext, type PlanFinding, some } from './plan-finding.ts';
import { coverageFindings, eventFindings, hostFindings } from './plan-hosts.ts';
import { windowFindings } from './plan-windows.ts';
import { judgeSchedule } from './switchback-check.ts';
import { shownInstant } from './utc-instant.ts';

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

const overlapFindings = (
  plan: MeasurePlan,
  { known, overlaps, touched = [] }: PlanContext,
): readonly PlanFinding[] => [
  ...touched.map(({ other, hosts }) =>
    finding(
      'error',
      'control_touched',
      `${other} changes ${some(hosts)}, which this plan names as untouched: what ${other} avoids would be taken off this measure, or added to it.`,
      'Take these hosts out of the control, or begin one of the measures after the last report of the other.',
    ),
  ),
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

/** Errors that make a figure another one than it is called, whoever works it out all the same. */
const FALSE_FIGURE: readonly string[] = [
  'control_in_scope',
  'baseline_overlaps_start',
  'ramp_unsorted',
  'ramp_unfinished',
];

/** Why no figure is given of a plan, although nobody kept it from being evaluated. A randomised test has no baseline. */
export const planRefusals = (plan: MeasurePlan): readonly Remark[] =>
  [
    ...(plan.schedule === undefined ? windowFindings(plan, undefined) : []),
    ...hostFindings(plan, { expanded: true, known: [], overlaps: [] }),
    ...badControls(plan).map((one) => ({ ...one, isBad: true })),
  ]
    .filter((one) => one.severity === 'error' && ('isBad' in one || FALSE_FIGURE.includes(one.flag)))
    .map(({ flag, text, remedy }) => ({ flag, text, remedy }));
