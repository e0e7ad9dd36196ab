import * as z from 'zod/mini';
import { cgroupOptions } from '../sources/cgroup-options.ts';
import { areDistinct, customMeterShape, isWholeMeter, MOST_METERS } from '../sources/custom-options.ts';
import { drmOptions } from '../sources/drm-options.ts';
import { guestOptions } from '../sources/guest-options.ts';
import { hwmonOptions } from '../sources/hwmon-options.ts';
import { ipmiOptions } from '../sources/ipmi-options.ts';
import { modelOptions } from '../sources/model-options.ts';
import { dockerOptions, podmanOptions } from '../sources/names-docker-options.ts';
import { kubeletOptions } from '../sources/names-kubelet-options.ts';
import { nvmlOptions } from '../sources/nvml-options.ts';
import { processOptions } from '../sources/process-options.ts';
import { redfishOptions } from '../sources/redfish-options.ts';
import { about, duration, flag, optionalDuration, path, section, text } from './fields.ts';

const source = <T extends z.core.$ZodShape>(what: string, options: T) =>
  section(what, { enabled: flag(true, 'Whether this source is read.'), ...options });

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

/** The section `sources` of the configuration: the options of each source, declared beside its code. */
export const sourcesSection = section('What is read, each of them only where the host has it.', {
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
});
