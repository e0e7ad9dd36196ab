import * as z from 'zod/mini';
import { MOST_ENDPOINTS, mappedMetric, scrapeOptions } from '../work/options.ts';
import { classRule } from './class-rule.ts';
import { embodiedSection } from './embodied-section.ts';
import { exportSection, readsNotItsOwn } from './export-section.ts';
import { about, duration, flag, path, power, section, staticLabels, text } from './fields.ts';
import { gridSection } from './grid-section.ts';
import { measuresSection } from './measures-section.ts';
import { NO_PORT } from './no-port.ts';
import { savingsSection } from './savings-section.ts';
import { siteSection } from './site-section.ts';
import { sourcesSection } from './sources-section.ts';

const sections = z.strictObject({
  host: section('This host.', {
    name: about(z.exactOptional(text(128)), {
      description: 'Name in negawatt_host_info; default: the name that the host gives itself.',
      'x-example': 'node-17',
      'x-expected': 'text of 1 to 128 letters',
    }),
    labels: staticLabels('Static labels of negawatt_host_info, such as the pool that the host belongs to.'),
  }),
  sampling: section('The loop.', {
    interval: duration(
      '5s',
      '1s',
      '60s',
      'Time between two samples. Not below 1s: finer readings of energy can leak secrets (CVE-2020-8694).',
    ),
  }),
  path: section('Where the host is mounted, for an agent in a container.', {
    procfs: about(z._default(path(), '/proc'), { description: 'Mount point of procfs.' }),
    sysfs: about(z._default(path(), '/sys'), { description: 'Mount point of sysfs.' }),
    rootfs: about(z._default(path(), '/'), { description: "Mount point of the host's root file system." }),
  }),
  sources: sourcesSection,
  energy: section('From counters to joules.', {
    floors: about(z.prefault(z.record(text(128), power()), {}), {
      description: 'Idle power by meter id (hw_id), where it was measured; W. Others are learnt.',
      'x-example': { 'package-0': 38.5 },
      'x-expected': 'a mapping of meter ids to watts, each from 0 to 20000',
    }),
    calibration: about(z.prefault(z.record(text(128), z.number().check(z.gte(0.5), z.lte(2))), {}), {
      description:
        'True energy over counted energy by meter id (hw_id), after a comparison with a better meter: ' +
        'negawatt_meter_drift_ratio shows one. Nothing is corrected unless stated here.',
      'x-example': { 'package-0': 1.04 },
      'x-expected': 'a mapping of meter ids to factors, each from 0.5 to 2',
    }),
  }),
  attribution: section('From joules to workloads.', {
    static_share: about(z._default(z.enum(['none', 'used', 'reserved', 'even']), 'none'), {
      description:
        "Who carries the host's idle power. none: the host, so that consolidation shows; " +
        'used: workloads, by what they use; reserved: by what is kept free for them, free capacity stays with the ' +
        'host; even: each alike.',
    }),
    top: about(z._default(z.int().check(z.gte(0), z.lte(100)), 10), {
      description: 'Workloads with series of their own; the rest is summed as `other`.',
    }),
    retention: duration('15m', '1m', '24h', 'How long an ended workload stays exposed, for every scraper.'),
    process_metrics: flag(
      false,
      'Whether energy of single processes is exported too. Their names are readable by all who can scrape.',
    ),
  }),
  classes: about(z._default(z.array(classRule), []), {
    description:
      'Classes of workloads, such as online and offline: what co-location and time-sharing are judged by. ' +
      'The first rule that fits wins; all conditions of a rule must hold.',
    'x-example': [
      { class: 'online', namespace: ['shop', 'pay-*'] },
      { class: 'training', kind: 'job', name: 'train-*' },
      { class: 'database', labels: { 'app.kubernetes.io/component': 'database' } },
    ],
    'x-expected': 'a list of mappings of class and kind, name, path, namespace or labels',
  }),
  guests: section('Virtual machines on this host, whose own agents have no meter.', {
    directory: about(z.exactOptional(path('a directory')), {
      description:
        'Where the energy of each virtual machine is handed on: a folder for each, in the shape of powercap, to be ' +
        'shared with it; and over HTTP below /api/v1/guests. Not set: nothing is handed on.',
      'x-example': '/run/negawatt/guests',
    }),
  }),
  grid: gridSection,
  site: siteSection,
  embodied: embodiedSection,
  work: section('Useful work, which energy is put beside: requests served, samples trained, jobs done.', {
    scrape: about(
      z.prefault(
        z
          .array(
            z.strictObject({
              ...scrapeOptions.shape,
              interval: duration('15s', '1s', '1h', 'Time between two reads of the endpoint.'),
            }),
          )
          .check(z.maxLength(MOST_ENDPOINTS)),
        [],
      ),
      {
        description:
          'Counters of applications that Prometheus could scrape. workload is the id of a row, a mapping of name ' +
          'and kind, or left out for the whole host; unit is a word such as requests.',
        'x-example': [
          {
            url: 'http://127.0.0.1:8000/metrics',
            metric: 'http_requests_total',
            labels: { code: '/2../' },
            unit: 'requests',
            workload: { name: 'nginx.service', kind: 'unit' },
            interval: '15s',
          },
        ],
        'x-expected': `a list of at most ${MOST_ENDPOINTS} mappings of url, metric, labels, unit, workload, interval`,
      },
    ),
    textfile: section('Counters that programs write into files.', {
      directory: about(z.exactOptional(path('a directory')), {
        description:
          'Directory of *.prom files with lines such as negawatt_work_total{workload="...",unit="requests"} 123.',
        'x-example': '/var/lib/negawatt/work',
      }),
      interval: duration('15s', '1s', '1h', 'Time between two reads of the directory.'),
      max_age: duration('1h', '10s', '30d', 'A file that was written longer ago is left out, and told.'),
      metrics: about(z._default(z.array(mappedMetric).check(z.maxLength(64)), []), {
        description: 'Other metrics of these files that count work.',
        'x-example': [
          { metric: 'backup_files_total', unit: 'files', workload: 'system.slice/backup.service' },
        ],
        'x-expected': 'a list of at most 64 mappings of metric, labels, unit, workload',
      }),
    }),
    push: flag(
      true,
      'Whether programs on this host may send work to POST /api/v1/work. From elsewhere it is never taken.',
    ),
  }),
  measures: measuresSection,
  savings: savingsSection,
  metrics: section('What is exported beyond the defaults, which keep a loaded host below 200 series.', {
    gpu_details: flag(
      false,
      'Whether each GPU has gauges: utilisation, memory, temperature, clocks, throttling, power limit, model. ' +
        'Some nine series a board; the status page and the JSON show them anyway.',
    ),
  }),
  export: exportSection,
  web: section('The HTTP server.', {
    listen_address: about(
      z._default(
        z.string().check(
          z.regex(/^(none|(\[[0-9A-Fa-f:.]+\]|[^\s:[\]/]*):\d{1,5})$/),
          z.refine((address) => address === NO_PORT || Number(/\d+$/.exec(address)?.[0]) <= 65_535),
        ),
        '127.0.0.1:10202',
      ),
      {
        description:
          'Address and port. Readings of energy are a side channel: think before opening them to all. ' +
          'none: no port is opened; export has other ways out.',
        'x-example': '127.0.0.1:10202',
        'x-expected': 'address:port, such as 127.0.0.1:10202, [::1]:10202 or :10202 for all, or none',
      },
    ),
    telemetry_path: about(
      z._default(z.string().check(z.regex(/^\/(?!-\/|api\/)[\w.~-][\w.~/-]*$/)), '/metrics'),
      {
        description: 'Path of the metrics.',
        'x-expected': 'a path such as /metrics, none below /-/ or /api/',
      },
    ),
    config_file: about(z.exactOptional(path()), {
      description:
        'TLS, client certificates, users, headers and a rate limit, in the format of exporter-toolkit; ' +
        'read again when it or a certificate changes. Set by the flag --web.config.file.',
      'x-example': '/etc/negawatt/web.yml',
      'x-flag': 'web.config.file',
    }),
    max_requests: about(z._default(z.int().check(z.gte(0), z.lte(10_000)), 40), {
      description: 'Scrapes that are answered at a time, more get status 503; 0: no limit.',
    }),
    enable_lifecycle: about(z._default(z.boolean(), false), {
      description: 'Whether `POST /-/reload` takes up the configuration anew, as SIGHUP does.',
    }),
  }),
  state: section('What outlives a restart.', {
    dir: about(z.exactOptional(path('a directory')), {
      description: "Directory of the state; default: the service's state directory, else the user's.",
      'x-example': '/var/lib/negawatt',
    }),
    retention: section('How long the history is kept, in the same file.', {
      minutes: duration(
        '48h',
        '1h',
        '31d',
        'Rows of minutes: energy, CO2e, work and use of the host, its parts and classes. Some 3 MB for two days.',
      ),
      hours: duration(
        '1825d',
        '35d',
        '7300d',
        'The same by the hour, which reports and comparisons read. Some 10 MB a year; 30 MB with eight GPUs.',
      ),
      jobs: duration('365d', '1d', '3650d', 'Ended workloads, which `negawatt jobs` lists.'),
      most_jobs: about(z._default(z.int().check(z.gte(0), z.lte(1_000_000)), 100_000), {
        description: 'Most ended workloads that are kept, the newest of them; each takes some 500 bytes.',
      }),
    }),
  }),
  log: section('The log, on standard error.', {
    level: about(z._default(z.enum(['debug', 'info', 'warn', 'error']), 'info'), {
      description: 'Least severe level that is written.',
    }),
    format: about(z._default(z.enum(['logfmt', 'json']), 'logfmt'), { description: 'Form of a line.' }),
  }),
});

/** The whole configuration: one schema, composed of its sections, and what they must not say together. */
export const configSchema = sections.check(
  z.refine(readsNotItsOwn, { path: ['export', 'textfile', 'path'] }),
);

/** Readonly all the way down, but for arrays, which the options of the sources declare as plain ones; all is frozen. */
type Frozen<T> = T extends number | string | boolean | readonly unknown[] | undefined
  ? T
  : { readonly [K in keyof T]: Frozen<T[K]> };

/** A configuration that was checked, with its defaults filled in and its units converted. */
export type Config = Frozen<z.output<typeof configSchema>>;
