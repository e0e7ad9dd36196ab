import type { SourceStatus } from '../model/sample.ts';
import { seconds } from '../units.ts';
import type { LabRole } from './roles.ts';

/** Time that a read of each source takes on an ordinary host, seconds; plus what more of it there is under load. */
const TAKES: Readonly<Record<string, number>> = {
  cpu: 0.00008,
  memory: 0.00006,
  cgroup: 0.0006,
  rapl: 0.00012,
  nvml: 0.004,
  redfish: 0.035,
  kubelet: 0.012,
  model: 0.00001,
};

const up = (source: string, load: number, quality?: 'measured' | 'estimated'): SourceStatus => ({
  source,
  state: 'up',
  why: 'simulated',
  fix: '',
  ...(quality === undefined ? {} : { quality }),
  duration: seconds((TAKES[source] ?? 0.0001) * (1 + load)),
});

/** @param isSilent whether the list of pods cannot be read now. @param load of the host, 0 to 1. */
export const sourcesOf = (role: LabRole, isSilent: boolean, load: number): readonly SourceStatus[] => [
  up('cpu', load),
  up('memory', load),
  up('cgroup', load),
  ...(role.meters === 'model' ? [up('model', load, 'estimated')] : [up('rapl', load, 'measured')]),
  ...(role.gpu === undefined ? [] : [up('nvml', load, 'measured')]),
  ...(role.bmc === 'none' ? [] : [up('redfish', load, 'measured')]),
  ...(role.workloads.every(({ as }) => as !== 'pod')
    ? []
    : [
        isSilent
          ? {
              ...up('kubelet', load),
              state: 'failing' as const,
              why: 'simulated: no answer within 3 s',
              fix: 'nothing: it is simulated',
            }
          : up('kubelet', load),
      ]),
];
