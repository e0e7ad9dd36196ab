import * as z from 'zod/mini';
import { WORK_KINDS, WORK_UNIT } from '../model/work.ts';
import type { Seconds } from '../units.ts';
import { compileLabels } from './labels.ts';
import { isName } from './text.ts';

const name = (expected: string) =>
  z.string().check(z.refine(isName), z.meta({ 'x-expected': expected, 'x-example': 'nginx.service' }));

const owner = z
  .optional(
    z.union([
      name('the id of a workload'),
      z.strictObject({
        name: name('a name of a workload').check(
          z.describe('name, systemd unit, pod or Slurm job, compared as a whole'),
        ),
        kind: z
          .optional(z.enum(WORK_KINDS))
          .check(z.describe('kind of the workload, where the name alone fits several')),
      }),
    ]),
  )
  .check(z.describe('whose work it is: an id, or a mapping of name and kind; left out: the whole host'));

const labels = z.optional(z.record(z.string(), z.string())).check(
  z.refine((record) => compileLabels(record ?? {}) !== undefined),
  z.meta({
    description:
      'labels that a series must have; a value between slashes is a regular expression that fits the whole',
    'x-expected': 'a mapping of label names to text, or to /regular expressions/ that can be compiled',
    'x-example': { code: '/2../' },
  }),
);

const metric = z.string().check(
  z.regex(/^[A-Za-z_:][\w:]{0,255}$/),
  z.meta({
    description: 'name of the counter; all its series that fit are summed',
    'x-expected': 'the name of a metric, such as http_requests_total',
    'x-example': 'http_requests_total',
  }),
);

const unit = z.string().check(
  z.regex(WORK_UNIT),
  z.meta({
    description: 'what is counted',
    'x-expected': 'a unit such as requests: small letters, digits and _, at most 32',
    'x-example': 'requests',
  }),
);

const isEndpoint = (text: string): boolean => {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === '';
};

/** A metric that counts work, as `work.textfile.metrics` and `work.scrape` name it. */
export const mappedMetric = z.strictObject({ metric, labels, unit, workload: owner });
export type MappedMetric = z.infer<typeof mappedMetric>;

/** One endpoint of `work.scrape`, beside its interval. */
export const scrapeOptions = z.strictObject({
  url: z.string().check(
    z.maxLength(2048),
    z.refine(isEndpoint),
    z.meta({
      description: 'address of the metrics',
      'x-expected': 'a URL of http or https without a user, such as http://127.0.0.1:8000/metrics',
      'x-example': 'http://127.0.0.1:8000/metrics',
    }),
  ),
  ...mappedMetric.shape,
});

/** Endpoints that are asked; each holds a timer and at most one connection. */
export const MOST_ENDPOINTS = 16;

/** The section `work` of the configuration once it is checked. */
export interface WorkOptions {
  readonly scrape: readonly (z.infer<typeof scrapeOptions> & { readonly interval: Seconds })[];
  readonly textfile: {
    readonly directory?: string | undefined;
    readonly interval: Seconds;
    readonly max_age: Seconds;
    readonly metrics: readonly MappedMetric[];
  };
  /** Whether pushes are taken. */
  readonly push: boolean;
}
