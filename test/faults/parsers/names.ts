/** Where workloads have their names from. */

import { limitsOf, listedContainers } from '../../../src/sources/names-docker-api.ts';
import { domainIn } from '../../../src/sources/names-domain.ts';
import { parseJson } from '../../../src/sources/names-file.ts';
import { factsOfSpec } from '../../../src/sources/names-oci-spec.ts';
import { factsOfPods } from '../../../src/sources/names-pods.ts';
import { factsOfSteps, jobIn } from '../../../src/sources/names-slurm-job.ts';
import { hex64 } from '../../fixtures/hosts.ts';
import { bundleOf, podList } from '../../fixtures/pods.ts';
import type { Parser } from '../fuzz.ts';
import { declaredBySource } from './kernel.ts';

const CONTAINERS = [
  {
    Id: hex64(1),
    Names: ['/web', '/db/web'],
    Image: 'nginx:1.27',
    Labels: { 'io.kubernetes.pod.name': 'web-0', team: 'a' },
  },
];
const INSPECTED = {
  HostConfig: {
    NanoCpus: 1_500_000_000,
    CpuQuota: 50_000,
    CpuPeriod: 100_000,
    DeviceRequests: [{ Count: 2, DeviceIDs: ['0', '1'], Capabilities: [['gpu', 'compute']] }],
  },
};
const ENVIRONMENT = [
  'PATH=/usr/bin',
  'SLURM_JOB_ID=4711',
  'SLURM_JOB_NAME=train',
  'SLURM_JOB_ACCOUNT=ml',
  'SLURM_JOB_USER=ann',
  'SLURM_JOB_PARTITION=gpu',
  'SLURM_JOB_CPUS_PER_NODE=16(x4)',
  'SLURM_GPUS_ON_NODE=4',
  '',
].join('\0');
const DOMAIN = `<domstatus state='running'>
  <domain type='kvm' id='2'>
    <name>my&amp;db</name>
    <uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>
    <vcpu placement='static' current='2'>4</vcpu>
    <devices><disk><name>x</name></disk></devices>
  </domain>
</domstatus>`;

const json = (name: string, corpus: readonly unknown[], read: (value: unknown) => unknown): Parser => ({
  name,
  corpus: corpus.map((value) => JSON.stringify(value)),
  read: (input) => read(parseJson(input.toString(), name)),
  declares: declaredBySource,
});

export const nameParsers = (): readonly Parser[] => [
  json('containers of Docker', [CONTAINERS], listedContainers),
  json('a container of Docker', [INSPECTED], limitsOf),
  json('pods of the kubelet', [podList()], factsOfPods),
  json('the bundle of an OCI container', [bundleOf('nginx')], (spec) => factsOfSpec(spec, 'containerd')),
  {
    name: 'the environment of a Slurm step',
    corpus: [ENVIRONMENT],
    read: (input) => {
      const job = jobIn(input.toString());
      return job === undefined ? undefined : factsOfSteps([{ key: 'a', step: '0', job }]);
    },
  },
  { name: 'a machine of libvirt', corpus: [DOMAIN], read: (input) => domainIn(input.toString()) },
];
