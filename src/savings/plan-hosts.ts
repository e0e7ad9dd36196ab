import { counted, plural } from '../model/counted.ts';
import type { MeasurePlan } from '../model/measure.ts';
import { finding, type PlanContext, type PlanFinding, percent, some } from './plan-finding.ts';
import { shownInstant } from './utc-instant.ts';

/** Work and samples known in the baseline, 0 to 1; the method refuses below 0.9. */
const LEAST_COVERAGE = 0.9;
/** Hosts a side for differences, and for pools drawn at random (the method's sections on both). */
const LEAST_CONTROL = 8;
const LEAST_POOLED = 20;

/** What is wrong with the hosts of a plan. */
export const hostFindings = (plan: MeasurePlan, { expanded }: PlanContext): readonly PlanFinding[] => {
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
        `${counted(hosts.length, 'host')} ${plural(hosts.length, 'is', 'are')} drawn into two pools; with fewer than ${LEAST_POOLED} chance decides.`,
        'Add hosts, or run it as a switchback.',
      ),
    );
  return found;
};

/** Events of hosts that are not in the plan, or that end before they begin. */
export const eventFindings = (
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

/** What of the baseline is not known. */
export const coverageFindings = (plan: MeasurePlan, { probe }: PlanContext): readonly PlanFinding[] => {
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
