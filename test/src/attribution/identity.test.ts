import { describe, expect, it } from 'vitest';
import { endedWithin, ownerOf, plainGroup } from '../../../src/attribution/identity.ts';

const ID = '0123456789abcdef'.repeat(4);
const POD = '11111111-2222-3333-4444-555555555555';
const MANIFEST = 'd41d8cd98f00b204e9800998ecf8427e';

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
    [
      `/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${ID}.scope`,
      'container',
      ID,
      'docker',
    ],
    [
      `/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/kubelet-kubepods-besteffort-pod${POD.replaceAll('-', '_')}.slice/cri-containerd-${ID}.scope`,
      'container',
      ID,
      'containerd',
    ],
    [`/kubelet/kubepods/burstable/pod${POD}/${ID}`, 'container', ID, 'kubernetes'],
    [`/kubepods/burstable/pod${MANIFEST}/${ID}`, 'container', ID, 'kubernetes'],
    [`/kubepods/besteffort/pod${POD}/crio-${ID}`, 'container', ID, 'cri-o'],
    [`/ecs/0123456789abcdef0123456789abcdef/${ID}`, 'container', ID, 'docker'],
    [`/system.slice/nerdctl-${ID}.scope`, 'container', ID, 'containerd'],
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

  it('a static pod has the hash of its manifest for a uid, with both drivers', () => {
    expect(ownerOf(`/kubepods/burstable/pod${MANIFEST}/${ID}`)?.labels.k8s_pod_uid).toBe(MANIFEST);
    const slice = `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${MANIFEST}.slice`;
    expect(ownerOf(`${slice}/cri-containerd-${ID}.scope`)?.labels.k8s_pod_uid).toBe(MANIFEST);
  });

  it('the group inside a container of podman belongs to it, not to itself', () => {
    expect(ownerOf(`/machine.slice/libpod-${ID}.scope/container`)).toBeUndefined();
  });

  it.each([
    ['/lxc.payload.web', 'container', 'web', 'lxc'],
    ['/lxc/101', 'container', '101', 'lxc'],
    ['/machine.slice/machine-build\\x2dbox.scope', 'container', 'build-box', 'systemd-nspawn'],
    ['/machine.slice/systemd-nspawn@build.service', 'container', 'build', 'systemd-nspawn'],
    ['/machine.slice/machine-lxc\\x2d7\\x2dold.scope', 'container', 'old', 'libvirt-lxc'],
  ])('%s is a container that is known by its name, and its id is the path', (path, kind, name, runtime) => {
    expect(ownerOf(path)).toMatchObject({ kind, id: path.slice(1) });
    expect(ownerOf(path)?.labels).toEqual({ name, container_runtime_name: runtime });
  });

  it.each([
    ['/machine/qemu-3-web.libvirt-qemu', 'web'],
    ['/qemu.slice/101.scope', '101'],
    ['/machine.slice/machine-qemu\\x2d3\\x2db\\xc3\\xbcro.scope', 'b\u00fcro'],
    ['/machine.slice/machine-qemu\\x2d3\\x2da\\x0ab.scope', 'a\ufffdb'],
    ['/machine.slice/machine-qemu\\x2d3\\x2da\\xff\\x22b.scope', 'a\ufffd"b'],
  ])('%s is a virtual machine, and its name cannot break a line', (path, name) => {
    expect(ownerOf(path)).toMatchObject({ kind: 'vm', labels: { name } });
  });

  it.each([
    ['/slurm/uid_1000/job_42/step_batch', '42', 'batch'],
    ['/slurm_node7/uid_1000/job_42/step_extern', '42', 'extern'],
    ['/system.slice/node7_slurmstepd.scope/job_42/step_interactive', '42', 'interactive'],
  ])('%s is a step of a job, whichever slurmd runs it', (path, job, step) => {
    expect(ownerOf(path)).toMatchObject({
      kind: 'job',
      id: `slurm/${job}/${step}`,
      labels: { slurm_job_id: job, slurm_step_id: step },
    });
    expect(ownerOf(`${path}/task_0`)).toBeUndefined();
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
