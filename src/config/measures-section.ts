import * as z from 'zod/mini';
import { BOUNDARIES, MEASURE_KINDS } from '../model/measure.ts';
import { about, dated, instant, path, requiredDuration, text } from './fields.ts';
import {
  drivers,
  guard,
  hostNames,
  name,
  nonRoutine,
  offHosts,
  optional,
  schedule,
  selector,
  words,
  work,
} from './measures-parts.ts';

/** More than an estate has under way; each is evaluated by itself. */
const MOST_MEASURES = 100;

/** One measure. `measures-cross.ts` checks what its keys say of each other. */
const measure = z.strictObject({
  name,
  hosts: about(optional(z.union([z.literal('self'), hostNames()])), {
    description: 'Hosts with the measure: self (this agent alone), or names. By labels: scope.',
    'x-example': ['node-1', 'node-2'],
    'x-expected': 'self, or a list of one or more host names',
  }),
  scope: optional(selector('Hosts with the measure by labels, by name, or both; in place of hosts.')),
  start: optional(instant('First instant with the measure in force. Before it the plan must be there.')),
  work,
  kind: about(z._default(z.enum(MEASURE_KINDS), 'other'), {
    description: 'What the measure does; decides which drivers it would make useless.',
  }),
  baseline: optional(dated({})),
  ramp: about(
    optional(
      z
        .array(
          z.strictObject({
            at: instant('From when on.'),
            share: about(z.number().check(z.gt(0), z.lte(1)), {
              description: 'Share of the hosts that have the measure by then.',
            }),
          }),
        )
        .check(z.minLength(1), z.maxLength(100)),
    ),
    {
      description: 'Where the hosts got it by and by; the last share is 1. start is then the first of them.',
      'x-expected': 'a list of mappings of at and share',
    },
  ),
  schedule: optional(schedule),
  drivers,
  guards: about(z._default(z.array(guard).check(z.maxLength(8)), []), {
    description: 'Service that must not get worse, such as the 99th percentile of latency.',
    'x-expected': 'a list of at most 8 mappings of name, query and max_degradation',
  }),
  control: about(optional(z.union([hostNames(), selector('Hosts that are never touched.')])), {
    description: 'Like hosts that the measure never touches.',
    'x-example': ['node-8', 'node-9'],
    'x-expected': 'a list of host names, or a mapping of match and hosts',
  }),
  boundary: about(z._default(z.enum(BOUNDARIES), 'host'), { description: 'What energy is counted within.' }),
  option: about(z._default(z.enum(['A', 'B', 'C', 'D']), 'B'), {
    description:
      'Option of the IPMVP. A: partly stipulated; B: metered; C: whole facility; D: simulated. A label of the result.',
  }),
  off_hosts: optional(offHosts),
  report_at: about(optional(z.array(instant('Date of a verdict.')).check(z.minLength(1), z.maxLength(24))), {
    description: 'When verdicts are given; default: four weeks after the start.',
    'x-example': ['2026-03-01'],
    'x-expected': 'a list of dates',
  }),
  step: optional(requiredDuration('1h', '5m', '1d', 'Length of an interval; default 1h. Divides a day.')),
  nonroutine: about(z._default(z.array(nonRoutine).check(z.maxLength(100)), []), {
    description: 'What else changed the power, with evidence. Add to it, and change nothing that stands.',
    'x-expected': 'a list of mappings of at, until, what, hosts, delta_watts, uncertainty_watts, evidence',
  }),
  overlaps: about(z._default(z.array(text(64)).check(z.maxLength(MOST_MEASURES)), []), {
    description: 'Measures that share hosts and time with this one; found ones are added.',
    'x-expected': 'a list of names of measures',
  }),
  overrides: about(z._default(z.record(text(64), words('Why.')), {}), {
    description: 'Guards that may get worse all the same, each with the reason.',
    'x-example': { p99: 'batch cluster, nobody waits for it' },
    'x-expected': 'a mapping of guards to reasons',
  }),
  withdrawn: optional(words('Why the measure was given up. Its results stay listed.')),
  arm_file: about(optional(path('a path')), {
    description: 'File that says on or off while a switchback runs, for the scheduler that follows it.',
    'x-example': '/run/negawatt/colo-batch-east.arm',
  }),
});

/** The list `measures` of the configuration. */
export const measuresSection = about(z._default(z.array(measure).check(z.maxLength(MOST_MEASURES)), []), {
  description:
    'Energy-saving measures whose savings are to be proven. name, hosts, start and work make a plan; ' +
    '`negawatt measure check` prints it with all defaults. More: config/examples/measures.yaml.',
  'x-example': [
    { name: 'colo-batch-east', hosts: ['node-1', 'node-2'], start: '2026-03-01', work: 'requests' },
  ],
  'x-expected': 'a list of mappings of name, hosts, start, work and more',
});
