import { describe, expect, it } from 'vitest';
import { endedWithin, ownerOf, plainGroup } from '../../../src/attribution/identity.ts';

const ID = '0123456789abcdef'.repeat(4);
const POD = '11111111-2222-3333-4444-555555555555';

describe('the path of a control group names its owner', () => {
  it.each([
    [`/system.slice/docker-${ID}.scope`, 'container', ID, 'docker'],
    [`/docker/${ID}`, 'container', ID, 'docker'],
    [
      `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${POD.replaceAll('-', '_')}.slice/cri-containerd-${ID}.scope`,
      'container',
      ID,
      'containerd',
    ],
    [`/kubepods.slice/crio-${ID}.scope`, 'container', ID, 'cri-o'],
    [`/kubepods/burstable/pod${POD}/${ID}`, 'container', ID, 'kubernetes'],
    [
      `/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${ID}.scope`,
      'container',
      ID,
      'podman',
    ],
  ])('%s is a %s', (path, kind, id, runtime) => {
    const owner = ownerOf(path);
    expect(owner).toMatchObject({ kind, id });
    expect(owner?.labels).toMatchObject({ container_id: ID, container_runtime_name: runtime });
  });

  it('a container of a pod carries the uid of the pod, however the driver writes it', () => {
    const systemd = `/kubepods.slice/kubepods-pod${POD.replaceAll('-', '_')}.slice/cri-containerd-${ID}.scope`;
    expect(ownerOf(systemd)?.labels.k8s_pod_uid).toBe(POD);
    expect(ownerOf(`/kubepods/burstable/pod${POD}/${ID}`)?.labels.k8s_pod_uid).toBe(POD);
  });

  it('units, virtual machines and job steps are named as people know them', () => {
    expect(ownerOf('/system.slice/nginx.service')).toMatchObject({
      kind: 'unit',
      id: 'system.slice/nginx.service',
      labels: { name: 'nginx.service' },
    });
    expect(ownerOf('/machine.slice/machine-qemu\\x2d3\\x2dweb\\x2dfront.scope')).toMatchObject({
      kind: 'vm',
      labels: { name: 'web-front' },
    });
    expect(ownerOf('/system.slice/slurmstepd.scope/job_42/step_0')).toMatchObject({
      kind: 'job',
      labels: { slurm_job_id: '42', slurm_step_id: '0' },
    });
  });

  it('slices, pods and what no pattern knows own nothing by their path', () => {
    for (const path of ['/', '/system.slice', `/kubepods/burstable/pod${POD}`, '/docker', '/docker/abc']) {
      expect(ownerOf(path)).toBeUndefined();
    }
  });

  it('an id never exceeds 128 bytes, and two long paths keep two ids', () => {
    const long = `/${'ü'.repeat(200)}`;
    const ids = [plainGroup(`${long}/a`).id, plainGroup(`${long}x/a`).id];
    for (const id of ids) expect(Buffer.byteLength(id)).toBeLessThanOrEqual(128);
    expect(ids[0]).not.toBe(ids[1]);
    expect(endedWithin('/jobs').kind).toBe('ended');
  });
});
