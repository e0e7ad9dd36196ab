import * as z from 'zod/mini';
import { exampleMark } from '../carbon/example.ts';
import { FACTOR_RANGE } from '../carbon/guard.ts';
import { INSTRUMENT_KINDS, overCovered } from '../carbon/instruments.ts';
import { areDisjoint } from '../carbon/periods.ts';
import { TENANCIES } from '../carbon/tenancy.ts';
import { cgroupOptions } from '../sources/cgroup.ts';
import { areDistinct, customMeterShape, isWholeMeter, MOST_METERS } from '../sources/custom-options.ts';
import { drmOptions } from '../sources/drm.ts';
import { guestOptions } from '../sources/guest.ts';
import { hwmonOptions } from '../sources/hwmon.ts';
import { ipmiOptions } from '../sources/ipmi.ts';
import { modelOptions } from '../sources/model.ts';
import { dockerOptions, podmanOptions } from '../sources/names-docker.ts';
import { kubeletOptions } from '../sources/names-kubelet.ts';
import { nvmlOptions } from '../sources/nvml.ts';
import { processOptions } from '../sources/process.ts';
import { redfishOptions } from '../sources/redfish.ts';
import { gramsPerKWh, ratio } from '../units.ts';
import { MOST_ENDPOINTS, mappedMetric, scrapeOptions } from '../work/index.ts';
import { classRule } from './class-rule.ts';
import { embodiedSection } from './embodied-section.ts';
import {
  about,
  atLeastOne,
  duration,
  flag,
  optionalDuration,
  path,
  power,
  section,
  staticLabels,
} from './fields.ts';
import { gridProviders } from './grid-providers.ts';

const source = <T extends z.core.$ZodShape>(what: string, options: T) =>
  section(what, { enabled: flag(true, 'Whether this source is read.'), ...options });

const text = (most: number) => z.string().check(z.minLength(1), z.maxLength(most));

/** A factor from a document of the operator's own, with all that a figure must carry. */
const ownFactor = (description: string) =>
  about(
    z.exactOptional(
      z.strictObject({
        factor: about(
          z.pipe(
            z.number().check(z.gte(FACTOR_RANGE.least), z.lte(FACTOR_RANGE.most)),
            z.transform((value) => gramsPerKWh(value)),
          ),
          { description: 'Emission factor, g/kWh.', 'x-example': 42 },
        ),
        document: about(text(200), {
          description: 'The document that states it, and its publisher.',
          'x-example': 'Supplier disclosure 2025, Stadtwerke Example',
          'x-expected': 'text of 1 to 200 letters',
        }),
        year: about(z.int().check(z.gte(1990), z.lte(2100)), {
          description: 'Year that the factor is of.',
          'x-example': 2025,
        }),
        gases: about(z.enum(['CO2', 'CO2e']), {
          description: 'What the factor counts.',
          'x-example': 'CO2e',
        }),
      }),
    ),
    { description },
  );

const zone = (description: string) =>
  about(z.exactOptional(text(64)), {
    description,
    'x-example': 'DE',
    'x-expected': 'a zone code such as DE, CN-GD or EGRID:CAMX, or a cloud region such as aws:eu-central-1',
  });

/** A date, or a time with its zone, as milliseconds since 1970 UTC. */
const date = (what: string) =>
  about(
    z.pipe(
      z.string().check(z.regex(/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d))?$/), z.refine(isDate)),
      z.transform((text) => Date.parse(text)),
    ),
    { description: what, 'x-example': '2026-01-01', 'x-expected': 'a date such as 2026-01-01 (UTC)' },
  );
/** Asked of the runtime's own table, which is loaded for that alone. */
function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const isDate = (text: string): boolean => {
  const at = Date.parse(text);
  // 2026-02-30 is parsed as 2 March.
  return Number.isFinite(at) && (text.length > 10 || new Date(at).toISOString().startsWith(text));
};
const dated = <T extends z.core.$ZodShape>(shape: T) =>
  z.strictObject({ from: date('Start, included.'), to: date('End, not included.'), ...shape });

/** One instrument of the market-based method. */
const instrument = dated({
  name: about(z.string().check(z.regex(/^[a-z0-9][a-z0-9._-]{0,63}$/)), {
    description: 'Name of your own, part of the id of its factor.',
    'x-example': 'wind-2026',
    'x-expected': 'small letters, digits, . _ -',
  }),
  kind: about(z.enum(INSTRUMENT_KINDS), { description: 'What was bought.' }),
  share: about(
    z.pipe(
      z.number().check(z.gt(0), z.lte(1)),
      z.transform((value) => ratio(value)),
    ),
    {
      description: 'Share of the load that it covers.',
      'x-example': 0.6,
    },
  ),
  factor: about(
    z.pipe(
      z.number().check(z.gte(FACTOR_RANGE.least), z.lte(FACTOR_RANGE.most)),
      z.transform((value) => gramsPerKWh(value)),
    ),
    { description: 'Emission factor, g/kWh.', 'x-example': 0 },
  ),
  gases: about(z._default(z.enum(['CO2', 'CO2e']), 'CO2e'), { description: 'What the factor counts.' }),
  document: about(text(200), {
    description: 'Numbers of the certificates and their cancellation, or the contract.',
    'x-example': 'GO 6431-..., cancelled 2027-02-01',
    'x-expected': 'text of 1 to 200 letters',
  }),
});

/** A time of day as minutes since midnight: prices change at quarters of an hour. */
const clockTime = (what: string) =>
  about(
    z.pipe(
      z.string().check(z.regex(/^([01]\d|2[0-3]):(00|15|30|45)$/)),
      z.transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3))),
    ),
    { description: what, 'x-example': '22:00', 'x-expected': 'a time of day such as 22:00 or 06:15' },
  );
const pueMetric = z.strictObject({
  url: scrapeOptions.shape.url,
  metric: scrapeOptions.shape.metric,
  labels: scrapeOptions.shape.labels,
  interval: optionalDuration('5s', '1h', 'Time between two reads of the endpoint; default: 1m.'),
});
const tariff = z.strictObject({
  currency: about(z.string().check(z.regex(/^[A-Z]{3}$/)), {
    description: 'ISO 4217 code.',
    'x-example': 'EUR',
    'x-expected': 'three capitals such as EUR',
  }),
  price: about(z.number().check(z.gte(0), z.lte(1000)), {
    description: 'Price of a kWh outside of all windows.',
    'x-example': 0.21,
  }),
  timezone: about(z.exactOptional(z.string().check(z.maxLength(64), z.refine(isTimeZone))), {
    description: 'Time zone of the windows; default: UTC.',
    'x-example': 'Europe/Berlin',
    'x-expected': 'a name of the IANA database such as Europe/Berlin',
  }),
  windows: about(
    z._default(
      z
        .array(
          z.strictObject({
            from: clockTime('Begin of the window.'),
            to: clockTime('End, not included; before its begin: over midnight.'),
            days: about(
              z.exactOptional(
                z.array(z.int().check(z.gte(1), z.lte(7))).check(z.minLength(1), z.maxLength(7)),
              ),
              {
                description: 'Days on which it begins, 1 Monday to 7 Sunday; default: all.',
                'x-example': [6, 7],
                'x-expected': 'a list of numbers from 1 to 7',
              },
            ),
            price: about(z.number().check(z.gte(0), z.lte(1000)), {
              description: 'Price of a kWh in it.',
              'x-example': 0.16,
            }),
          }),
        )
        .check(z.maxLength(64)),
      [],
    ),
    {
      description: 'Times of day with another price; the first that fits holds.',
      'x-example': [{ from: '22:00', to: '06:00', price: 0.16 }],
      'x-expected': 'a list of at most 64 windows',
    },
  ),
});

/** One meter of the operator's own, with its times as durations. */
const customMeter = about(
  z
    .object({
      ...customMeterShape,
      interval: duration('10s', '1s', '1h', 'Time between two reads; 5s or more for a command.'),
      max_age: optionalDuration('1s', '1d', 'Age from which a value no longer counts; default: 3 intervals.'),
      timeout: duration('5s', '100ms', '60s', 'Time after which a program is killed, a request given up.'),
    })
    .check(z.refine(isWholeMeter)),
  {
    description: 'One meter.',
    'x-expected':
      'a mapping of name, domain, unit and exactly one of file, command, http; besides interval (5s or more for a ' +
      'command), max_age, timeout, path, timestamp_path (beside path)',
  },
);

/** The whole configuration: one schema, composed of the fragments that the sources export beside their code. */
export const configSchema = z.strictObject({
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
  sources: section('What is read, each of them only where the host has it.', {
    cpu: source('CPU time of the host, from /proc/stat.', {}),
    memory: source('Memory use of the host, from /proc/meminfo.', {}),
    process: source('CPU time of single processes, from /proc/PID/stat.', {
      ...processOptions.shape,
      interval: duration('60s', '1s', '1d', 'Time between the starts of two passes over all processes.'),
    }),
    cgroup: source('CPU time of control groups: containers, jobs, units.', cgroupOptions.shape),
    oci: source('Names of containers and pods from the files of containerd, CRI-O and Podman.', {}),
    docker: source('Names of containers, from the socket of Docker.', {
      ...dockerOptions.shape,
      interval: duration('5m', '10s', '1d', 'Time between two questions while no container comes or goes.'),
    }),
    podman: source('Names of containers, from the socket of Podman.', {
      ...podmanOptions.shape,
      interval: duration('5m', '10s', '1d', 'Time between two questions while no container comes or goes.'),
    }),
    kubelet: source('Names, labels and requests of pods, from the kubelet of this node.', {
      ...kubeletOptions.shape,
      interval: duration('30s', '5s', '1h', 'Time between two questions while no container comes or goes.'),
    }),
    slurm: source(
      'Names, accounts and allocations of Slurm jobs, from the environment of their processes.',
      {},
    ),
    libvirt: source("Names, UUIDs and virtual processors of machines, from libvirt's files.", {}),
    rapl: source('Energy counters of the processor, from powercap.', {}),
    hwmon: source('Power and energy channels of boards and supplies, from hwmon.', {
      ...hwmonOptions.shape,
      interval: duration(
        '1s',
        '100ms',
        '60s',
        'Time between two reads of a chip; a slower chip is read as seldom as it changes.',
      ),
    }),
    drm: source('Details of AMD and Intel GPUs and what processes use of them, from sysfs and procfs.', {
      ...drmOptions.shape,
      interval: duration('5s', '1s', '60s', 'Time between two reads of a board.'),
      process_interval: duration('30s', '5s', '1h', 'Time between two passes over the processes.'),
    }),
    cray: source('Energy of the node on Cray and HPE EX, from /sys/cray/pm_counters.', {}),
    custom: source('Meters of your own: PDU, wall meter, a tool of the maker.', {
      meters: about(
        z.prefault(z.array(customMeter).check(z.maxLength(MOST_METERS), z.refine(areDistinct)), []),
        {
          description:
            'Each is a file, a program or an address that says a power or counts energy: see ' +
            'config/examples/custom-meters.yaml.',
          'x-example': [{ name: 'rack-pdu', domain: 'wall', unit: 'W', file: '/run/pdu/watts' }],
          'x-expected': `a list of at most ${MOST_METERS} meters with different names`,
        },
      ),
    }),
    guest: source('Energy of this guest as its host counts it; read where a directory or a url is set.', {
      ...guestOptions.shape,
      max_age: duration(
        '60s',
        '2s',
        '1h',
        'Time without an update from the host after which the source fails.',
      ),
    }),
    ipmi: source('Power of the host from its BMC through the kernel, where there is an IPMI device.', {
      ...ipmiOptions.shape,
      interval: duration(
        '10s',
        '5s',
        '5m',
        'Time between two readings; a BMC refreshes its own every 1 to 60 s.',
      ),
    }),
    redfish: source('Power of the host and of its supplies from its BMC over the network.', {
      ...redfishOptions.shape,
      url: about(redfishOptions.shape.url, {
        description: 'Address of the BMC, without a path and without a password. Without it no BMC is asked.',
        'x-example': 'https://bmc-17.example',
        'x-expected': 'https://HOST or https://HOST:PORT',
      }),
      credentials_file: about(z.exactOptional(path('a path')), {
        description:
          'File of one line, username:password, that not every user may read; the role ReadOnly is enough.',
        'x-example': '/etc/negawatt/bmc',
      }),
      ca_file: about(z.exactOptional(path('a path')), {
        description:
          "Certificates (PEM) of the authorities to trust for the BMC; default: the runtime's own list.",
        'x-example': '/etc/negawatt/bmc-ca.pem',
      }),
      fingerprint_sha256: about(redfishOptions.shape.fingerprint_sha256, {
        description: 'SHA-256 of the one certificate to accept, whoever signed it: for self-signed ones.',
        'x-example': Array.from({ length: 32 }, () => 'AB').join(':'),
        'x-expected': 'SHA-256 in hexadecimal, with or without colons',
      }),
      interval: duration('15s', '10s', '5m', 'Time between two readings of the BMC.'),
      timeout: duration('10s', '1s', '60s', 'Time that one reading of all resources may take.'),
      system: about(z.exactOptional(text(128)), {
        description: 'Id of this host among the systems of the BMC; default: the one with its UUID.',
        'x-example': 'System.Embedded.1',
        'x-expected': 'text of 1 to 128 letters',
      }),
      chassis: about(z.exactOptional(text(128)), {
        description: 'Id of the chassis whose power is read; default: the one that the system is in.',
        'x-example': 'System.Embedded.1',
        'x-expected': 'text of 1 to 128 letters',
      }),
    }),
    nvml: source("NVIDIA GPUs, through the driver's own library; nothing is loaded where there is none.", {
      ...nvmlOptions.shape,
      interval: duration(
        '1s',
        '100ms',
        '60s',
        'Time between two rounds over all boards; the thread that reads them has its own clock.',
      ),
      library: about(z.exactOptional(path()), {
        description: 'Path of libnvidia-ml.so.1; default: looked for in the usual places below path.rootfs.',
        'x-example': '/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1',
        'x-expected': 'a path',
      }),
    }),
    model: source('Estimated power from a load curve, for hosts without a meter.', modelOptions.shape),
  }),
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
  grid: section('From joules to CO2e. Without a zone there is energy and no CO2e: nothing is guessed.', {
    zone: zone('Zone of the grid that this host draws from.'),
    example_zone: zone(
      'Zone that stands in until grid.zone is set; everything computed with it is an EXAMPLE.',
    ),
    files: about(z._default(z.array(path('a path of a factor table')), []), {
      description: 'Factor tables of your own, JSON or YAML; see config/factors/README.md.',
      'x-example': ['/etc/negawatt/factors.yaml'],
      'x-expected': 'a list of paths',
    }),
    providers: gridProviders(),
    location: ownFactor('Location-based factor of your own: the average of the grid.'),
    market: ownFactor('Market-based factor of your own: what the contract with the supplier states.'),
    fallback: about(z._default(z.enum(['none', 'country']), 'none'), {
      description:
        'Whether a state or province without a factor may take that of its country, marked as such.',
    }),
    instruments: about(
      z._default(
        z.array(instrument).check(
          z.maxLength(64),
          z.refine((all) => overCovered(all) === undefined),
        ),
        [],
      ),
      {
        description:
          'What was bought for a share of the load over a period (market-based): certificates, ppa, supplier, on_site. ' +
          'The rest takes the residual mix.',
        'x-example': [
          {
            name: 'wind-2026',
            kind: 'certificates',
            from: '2026-01-01',
            to: '2027-01-01',
            share: 0.6,
            factor: 0,
            document: 'GO 6431-..., cancelled 2027-02-01',
          },
        ],
        'x-expected': 'a list of at most 64 instruments whose shares never sum to more than 1',
      },
    ),
    restate: about(z._default(z.array(z.int().check(z.gte(1990), z.lte(2100))).check(z.maxLength(32)), []), {
      description:
        'Years that take their factors from the tables anew. Without it a year stays with those that it began with, ' +
        'whatever newer tables hold, so that before and after are counted alike.',
      'x-example': [2026],
      'x-expected': 'a list of years',
    }),
    loss: about(
      z.exactOptional(
        z.pipe(
          z.number().check(z.gte(0), z.lte(0.5)),
          z.transform((v) => ratio(v)),
        ),
      ),
      {
        description:
          'Share of the generated energy that is lost on the way to the site; Scope 3, category 3 (part transmission).',
        'x-example': 0.042,
      },
    ),
    upstream: about(
      z.exactOptional(
        z.pipe(
          z.number().check(z.gte(0), z.lte(FACTOR_RANGE.most)),
          z.transform((value) => gramsPerKWh(value)),
        ),
      ),
      {
        description: 'Emissions of fuel supply, g per kWh used; Scope 3, category 3 (part upstream).',
        'x-example': 52,
      },
    ),
  }),
  site: section('The building.', {
    pue: about(z.exactOptional(atLeastOne()), {
      description:
        'Power usage effectiveness: energy of the site over energy of its hosts, a mean over a year.',
      'x-example': 1.4,
    }),
    pue_metric: about(z.exactOptional(pueMetric), {
      description:
        'PUE that an exporter of the building measures; read over and over, it goes before the others.',
      'x-example': { url: 'http://127.0.0.1:9100/metrics', metric: 'site_pue_ratio', interval: '1m' },
      'x-expected': 'a mapping of url, metric, labels and interval',
    }),
    pue_periods: about(
      z._default(
        z
          .array(
            dated({ value: about(atLeastOne(), { description: 'PUE in that time.', 'x-example': 1.32 }) }),
          )
          .check(z.maxLength(400), z.refine(areDisjoint)),
        [],
      ),
      {
        description: 'PUE by time, from and to as dates (UTC); outside of them site.pue holds.',
        'x-example': [{ from: '2026-01-01', to: '2027-01-01', value: 1.32 }],
        'x-expected': 'a list of mappings of from, to and value whose times do not overlap',
      },
    ),
    wue: about(z.exactOptional(z.number().check(z.gte(0), z.lte(100))), {
      description: 'Water usage effectiveness: litres of water per kWh of the hosts, a mean over a year.',
      'x-example': 1.8,
    }),
    erf: about(
      z.exactOptional(
        z.pipe(
          z.number().check(z.gte(0), z.lte(1)),
          z.transform((value) => ratio(value)),
        ),
      ),
      {
        description:
          'Energy reuse factor: share of the energy that is used again elsewhere. Told, and applied to nothing.',
        'x-example': 0.1,
      },
    ),
    tariff: about(z.exactOptional(tariff), {
      description: 'Price of a kWh, so that money stands beside kWh; windows: other prices by local time.',
      'x-example': {
        currency: 'EUR',
        price: 0.21,
        timezone: 'Europe/Berlin',
        windows: [{ from: '22:00', to: '06:00', price: 0.16 }],
      },
      'x-expected': 'a mapping of currency, price, timezone and windows',
    }),
    tenancy: about(z._default(z.enum(TENANCIES), 'owned'), {
      description:
        'Who owns and controls the site; decides the scope. owned, leased_controlled: Scope 2; colocated: servers ' +
        'Scope 2, building 3.8; leased: 3.8; cloud: 3.1.',
    }),
  }),
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
  metrics: section('What is exported beyond the defaults, which keep a loaded host below 200 series.', {
    gpu_details: flag(
      false,
      'Whether each GPU has gauges: utilisation, memory, temperature, clocks, throttling, power limit, model. ' +
        'Some nine series a board; the status page and the JSON show them anyway.',
    ),
  }),
  web: section('The HTTP server.', {
    listen_address: about(
      z._default(
        z.string().check(
          z.regex(/^(\[[0-9A-Fa-f:.]+\]|[^\s:[\]/]*):\d{1,5}$/),
          z.refine((address) => Number(/\d+$/.exec(address)?.[0]) <= 65_535),
        ),
        '127.0.0.1:10202',
      ),
      {
        description:
          'Address and port. Readings of energy are a side channel: think before opening them to all.',
        'x-example': '127.0.0.1:10202',
        'x-expected': 'address:port, such as 127.0.0.1:10202, [::1]:10202 or :10202 for all',
      },
    ),
    telemetry_path: about(
      z._default(z.string().check(z.regex(/^\/(?!-\/|api\/)[\w.~-][\w.~/-]*$/)), '/metrics'),
      {
        description: 'Path of the metrics.',
        'x-expected': 'a path such as /metrics, none below /-/ or /api/',
      },
    ),
  }),
  state: section('What outlives a restart.', {
    dir: about(z.exactOptional(path('a directory')), {
      description: "Directory of the state; default: the service's state directory, else the user's.",
      'x-example': '/var/lib/negawatt',
    }),
  }),
  log: section('The log, on standard error.', {
    level: about(z._default(z.enum(['debug', 'info', 'warn', 'error']), 'info'), {
      description: 'Least severe level that is written.',
    }),
    format: about(z._default(z.enum(['logfmt', 'json']), 'logfmt'), { description: 'Form of a line.' }),
  }),
});

/** Readonly all the way down, but for arrays, which the options of the sources declare as plain ones; all is frozen. */
type Frozen<T> = T extends number | string | boolean | readonly unknown[] | undefined
  ? T
  : { readonly [K in keyof T]: Frozen<T[K]> };

/** A configuration that was checked, with its defaults filled in and its units converted. */
export type Config = Frozen<z.output<typeof configSchema>>;

/** Zone in force: the operator's own, else the example's; undefined where CO2e is not wanted yet. */
export const gridZoneOf = ({ grid }: Config): string | undefined => grid.zone ?? grid.example_zone;

/** Whether CO2e rests on the example's zone: every screen says so, and `negawatt_config_example` is 1. */
export const isExample = ({ grid }: Config): boolean =>
  grid.zone === undefined && grid.example_zone !== undefined;

/** `EXAMPLE ZONE DE` while CO2e rests on the example's zone, else undefined. */
export const exampleOf = (config: Config): string | undefined =>
  exampleMark({ example: isExample(config), zone: gridZoneOf(config) });
