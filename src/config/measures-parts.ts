/** Parts of one measure, as `measures-section.ts` puts them together. */
import * as z from 'zod/mini';
import { WORK_UNIT } from '../model/work.ts';
import { ratio } from '../units.ts';
import { about, instant, requiredDuration, text } from './fields.ts';

/** Hosts of one scope that are named; larger ones are chosen by labels. */
const MOST_NAMES = 10_000;

export const optional = <T extends z.ZodMiniType>(schema: T) => z.exactOptional(schema);
export const words = (description: string, most = 500) =>
  about(z.string().check(z.regex(/\S/), z.maxLength(most)), {
    description,
    'x-expected': `text of 1 to ${most} letters`,
  });

/** Part of label values, file names and addresses: nothing that one of them would have to escape. */
export const name = about(z.string().check(z.regex(/^[a-z0-9][a-z0-9._-]{0,63}$/)), {
  description: 'Name of your own, for good: the label `measure` of all its metrics.',
  'x-example': 'colo-batch-east',
  'x-expected': 'small letters, digits, . _ -, at most 64, such as colo-batch-east',
});

export const hostNames = () => z.array(text(253)).check(z.minLength(1), z.maxLength(MOST_NAMES));
const labelValues = () =>
  z
    .record(text(128), text(128))
    .check(z.refine((labels) => Object.keys(labels).length > 0 && Object.keys(labels).length <= 32));

export const selector = (description: string) =>
  about(
    z.strictObject({
      match: about(optional(labelValues()), {
        description: 'Hosts of which every label has this value.',
        'x-example': { cluster: 'east', pool: 'general' },
        'x-expected': 'a mapping of 1 to 32 label names to text',
      }),
      hosts: about(optional(hostNames()), {
        description: 'Hosts by name, beside those that match.',
        'x-example': ['node-1', 'node-2'],
        'x-expected': 'a list of host names',
      }),
    }),
    { description },
  );

const query = (description: string) =>
  about(z.string().check(z.regex(/\S/), z.maxLength(4096)), {
    description,
    'x-example': 'sum(increase(http_requests_total{app="shop"}[1h]))',
    'x-expected': 'text of 1 to 4096 letters',
  });

const unit = about(z.string().check(z.regex(WORK_UNIT)), {
  description: 'What is counted.',
  'x-example': 'requests',
  'x-expected': 'a unit such as requests: small letters, digits and _, at most 32',
});

export const work = about(
  z.union([
    z.string().check(z.regex(WORK_UNIT)),
    z
      .array(
        z.strictObject({
          unit,
          query: optional(
            query('Units of work done in one step, evaluated at its end; default: what negawatt counted.'),
          ),
          class: optional(about(text(32), { description: 'Work of one class of workloads alone.' })),
        }),
      )
      .check(z.minLength(1), z.maxLength(8)),
  ]),
  {
    description: 'Useful work of the hosts: what users ask for, never what the measure itself changes.',
    'x-example': 'requests',
    'x-expected': 'a unit such as requests, or a list of 1 to 8 mappings of unit, query and class',
  },
);

export const drivers = about(
  z._default(
    z
      .array(z.union([text(200), z.strictObject({ name: text(64), query: query('Its mean over a step.') })]))
      .check(z.maxLength(8)),
    [],
  ),
  {
    description:
      'What else moves the energy and is none of the doing of the measure: temperature of the inlet or outdoors. ' +
      'Never utilisation, replicas, hosts, clock rates or step times: the measure changes them.',
    'x-example': ['inlet_celsius'],
    'x-expected': 'a list of at most 8 names or mappings of name and query',
  },
);

export const guard = z.strictObject({
  name: about(z.string().check(z.regex(/^[a-z0-9][a-z0-9._-]{0,63}$/)), {
    description: 'Name of your own.',
    'x-expected': 'small letters, digits, . _ -, such as p99',
  }),
  query: optional(query('Its mean over a step, more is worse; in a CSV the column. Default: the name.')),
  max_degradation: about(
    z._default(
      z.pipe(
        z.number().check(z.gte(0), z.lte(1)),
        z.transform((value) => ratio(value)),
      ),
      ratio(0.05),
    ),
    {
      description: 'Largest change for the worse that is still the same service: 0.05 is 5 %.',
      'x-expected': 'a number from 0 to 1',
    },
  ),
});

const seed = (description: string) =>
  about(optional(z.union([text(64), z.int().check(z.gte(0))])), {
    description,
    'x-expected': 'a whole number or text of at most 64 letters',
  });

export const schedule = about(
  z.discriminatedUnion('design', [
    z.strictObject({
      design: z.literal('switchback'),
      block: optional(requiredDuration('6h', '15m', '14d', 'Length of a block; default 6h.')),
      washout: optional(
        requiredDuration(
          '1h',
          '0s',
          '7d',
          'Start of each block that is left out: the longest task; default 1h.',
        ),
      ),
      seed: seed('What the order of on and off is drawn from; default: the name of the measure.'),
    }),
    z.strictObject({
      design: z.literal('ab'),
      seed: seed('What the hosts with the measure are drawn from; default: the name of the measure.'),
    }),
  ]),
  {
    description: 'Randomised test: on and off in turns (switchback), or one half of the hosts (ab).',
    'x-expected': 'a mapping of design: switchback, block, washout and seed, or of design: ab and seed',
  },
);

const watts = (least: number, most: number) => z.number().check(z.gte(least), z.lte(most));

export const offHosts = about(
  z.strictObject({
    residual_watts: about(z.union([z.literal('measured'), watts(0, 1000)]), {
      description: 'What a host that is off still draws: measured at its BMC or PDU, or watts.',
      'x-example': 'measured',
      'x-expected': 'measured, or watts from 0 to 1000',
    }),
    source: optional(words('Where the watts come from; required with them.')),
  }),
  { description: 'Power of hosts that are switched off; default: 20 W each, an assumption.' },
);

export const nonRoutine = z.strictObject({
  at: instant('When it began.'),
  until: optional(instant('When it ended; default: never.')),
  what: words('What happened, such as a firmware update.'),
  hosts: about(optional(hostNames()), {
    description: 'Hosts that it befell; default: all of the scope.',
    'x-expected': 'a list of host names',
  }),
  delta_watts: about(watts(-1e9, 1e9), {
    description: 'Change of power by it, of all its hosts together, W; below 0: less.',
    'x-expected': 'watts, below 0 for less',
  }),
  uncertainty_watts: about(watts(0, 1e9), { description: 'Half-width of that at 90 %, W.' }),
  evidence: words('Ticket, measurement or address that shows it.'),
});
