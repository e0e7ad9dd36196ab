/** The cases of a real GPU on the stand-in: that they can be passed, and find what they are to find. */
import { describe } from 'vitest';
import { createFakeHost } from '../fixtures/fake-host.ts';
import { installNvml, noFakeNvml } from '../fixtures/nvml/install.ts';
import { gpuCases } from './cases.ts';
import type { GpuWorld } from './world.ts';

const standIn = (): GpuWorld => {
  const host = createFakeHost();
  const pids = new Set<number>();
  let next = 100;
  let energy = 5_000_000;
  const lines = (): readonly string[] => {
    energy += 10_000_000;
    const share = Math.floor(98 / Math.max(1, pids.size));
    return [
      'gpu 0 running 1',
      `gpu 0 energy ${energy}`,
      `gpu 0 power ${pids.size > 0 ? 600_000 : 70_000}`,
      `gpu 0 util ${pids.size > 0 ? 100 : 0}`,
      ...[...pids].flatMap((pid) => [`gpu 0 process ${pid} 536870912 -1`, `gpu 0 sample ${pid} ${share}`]),
    ];
  };
  const nvml = installNvml(host, lines());
  return {
    paths: host.paths,
    settle: 0.5,
    span: 1,
    seesProcesses: true,
    load: () => {
      const pid = next++;
      host.process(pid, { name: 'load', start: 1, ticks: 1, cgroup: `/system.slice/load-${pid}.service` });
      pids.add(pid);
      nvml.set(...lines());
      return Promise.resolve({
        pid,
        stop: () => {
          pids.delete(pid);
          nvml.set(...lines());
          return Promise.resolve();
        },
      });
    },
    dispose: () => host.dispose(),
  };
};

describe.skipIf(noFakeNvml !== '')(`the stand-in${noFakeNvml && ` (skipped: ${noFakeNvml})`}`, () => {
  gpuCases(standIn);
});
