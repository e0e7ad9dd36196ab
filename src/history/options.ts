import * as z from 'zod/mini';

/** Secrets go over the line: without TLS only to this host itself. */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i;
const isAddress = (text: string): boolean => {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && [username, password, search, hash].every((part) => part === '');
};

const file = (words: string) =>
  z.optional(z.string().check(z.minLength(1), z.maxLength(4096))).check(z.describe(words));
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]{0,127}$/;
const label = () => z.string().check(z.regex(LABEL));
const query = (words: string) =>
  z.optional(z.string().check(z.minLength(1), z.maxLength(4096))).check(z.describe(words));
const metric = () => z.string().check(z.regex(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,255}$/));

export const PRESET_NAMES = [
  ...['negawatt', 'kepler', 'scaphandre', 'node_exporter', 'dcgm', 'dcgm_power', 'ipmi', 'custom'],
] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

/** Series of an exporter for which there is no preset. In the texts stand $hosts, $by and $step. */
const customQueries = z
  .strictObject({
    counter: z.optional(metric()).check(z.describe('name of a counter of energy; this or gauge')),
    gauge: z.optional(metric()).check(z.describe('name of a gauge of power, averaged over 5 minutes')),
    matchers: z
      ._default(z.record(label(), z.string().check(z.maxLength(1024))), {})
      .check(z.describe('labels that its series have, with their values')),
    per_unit: z
      ._default(z.number().check(z.gt(0), z.lte(3.6e9)), 1)
      .check(z.describe('joules (of a gauge: watts) in one unit of the metric: 0.001 for mJ, 3600 for Wh')),
    parts: z
      ._default(z.array(label()).check(z.maxLength(8)), [])
      .check(
        z.describe(
          'labels that tell disjoint parts of a host apart, to be added up; none: one series a host',
        ),
      ),
    quality: z
      .enum(['measured', 'derived', 'estimated'])
      .check(z.describe('what the figures come from: a meter, arithmetic on meters alone, or a model')),
    meter: z
      .string()
      .check(z.regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/), z.describe('name of what counts it')),
    cpu: query('utilisation of the processors, 0 to 1, by $by over $step'),
    gpu: query('utilisation of the GPUs, 0 to 1, by $by over $step'),
    powered_on: query('seconds of $step that hosts were powered on, by $by'),
    grid: query('g CO2e/kWh, location-based average, mean of $step, by $by'),
    pue: query('facility energy over IT energy, mean of $step, by $by'),
  })
  .check(
    z.refine(({ counter, gauge }) => (counter === undefined) !== (gauge === undefined), {
      error: 'names either a counter or a gauge',
    }),
  );
export type CustomQueries = z.infer<typeof customQueries>;

/** The past in an engine that speaks the HTTP API of Prometheus. */
export const prometheusHistoryOptions = z
  .strictObject({
    url: z.string().check(
      z.maxLength(2048),
      z.refine(isAddress, {
        error: 'must be a URL of http or https without a user, a query and a fragment',
      }),
      z.describe(
        'address of the HTTP API up to and without /api/v1, such as https://mimir.example/prometheus',
      ),
    ),
    preset: z._default(z.enum(PRESET_NAMES), 'negawatt').check(z.describe('whose series are read')),
    queries: z.optional(customQueries).check(z.describe('what is read under the preset custom')),
    token_file: file('file of one line, a bearer token, that not every user of this host may read'),
    credentials_file: file('file of one line, username:password, that not every user of this host may read'),
    ca_file: file("authorities (PEM) to trust instead of the system's"),
    cert_file: file('certificate (PEM) that is shown to a server that asks for one, beside key_file'),
    key_file: file('its private key (PEM), which not every user of this host may read'),
    tenant: z
      .optional(z.string().check(z.regex(/^[\x21-\x7e]{1,150}$/)))
      .check(z.describe('X-Scope-OrgID of Mimir and its kind')),
    match: z
      ._default(z.record(label(), z.string().check(z.maxLength(1024))), {})
      .check(z.describe('labels that all series must have, with their values, such as a cluster')),
    host_label: z
      .optional(label())
      .check(
        z.describe(
          'label that names the host; default: that of the preset, mostly instance without its port',
        ),
      ),
    replica_label: z
      .optional(label())
      .check(z.describe('label by which copies of two replicas of a scraper differ; of copies one is taken')),
    timeout: z
      ._default(z.number().check(z.gte(1), z.lte(600)), 60)
      .check(z.describe('seconds after which a question is given up')),
  })
  .check(
    z.refine(
      ({ url, token_file, credentials_file }) =>
        (token_file === undefined && credentials_file === undefined) ||
        !URL.canParse(url) ||
        new URL(url).protocol === 'https:' ||
        LOOPBACK.test(new URL(url).hostname),
      { path: ['url'], error: 'must be https where a token or password is sent, or lead to this host' },
    ),
    z.refine(
      ({ token_file, credentials_file }) => token_file === undefined || credentials_file === undefined,
      {
        path: ['credentials_file'],
        error: 'stands beside token_file: name one of them',
      },
    ),
    z.refine(({ cert_file, key_file }) => (cert_file === undefined) === (key_file === undefined), {
      path: ['cert_file'],
      error: 'and key_file belong together',
    }),
    z.refine(({ preset, queries }) => (preset === 'custom') === (queries !== undefined), {
      path: ['queries'],
      error: 'and the preset custom belong together',
    }),
  );
export type PrometheusHistoryOptions = z.infer<typeof prometheusHistoryOptions>;

/** The past in a file. */
export const csvHistoryOptions = z.strictObject({
  path: z
    .string()
    .check(z.minLength(1), z.maxLength(4096), z.describe('the file, which may be packed by gzip')),
  interval: z
    .optional(z.number().check(z.int(), z.gte(1), z.lte(86_400)))
    .check(
      z.describe('seconds that one row is of; default: the shortest distance between two rows of a host'),
    ),
});
export type CsvHistoryOptions = z.infer<typeof csvHistoryOptions>;

/** The section `history` of the configuration: where the past is read. Neither: the history of this agent alone. */
export const historyOptions = z
  .strictObject({
    prometheus: z.optional(prometheusHistoryOptions),
    csv: z.optional(csvHistoryOptions),
  })
  .check(
    z.refine(({ prometheus, csv }) => prometheus === undefined || csv === undefined, {
      path: ['csv'],
      error: 'stands beside prometheus: name one of them',
    }),
  );
export type HistoryOptions = z.infer<typeof historyOptions>;
