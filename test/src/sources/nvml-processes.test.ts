import { expect, test } from 'vitest';
import type { Device, Nvml } from '../../../src/sources/nvml-library.ts';
import { BoardProcesses } from '../../../src/sources/nvml-processes.ts';
import { ProcessGroups } from '../../../src/sources/process-group.ts';

const DEVICE: Device = 1n;
const write = (out: unknown, ...values: readonly number[]): void => (out as Uint32Array).set(values);

test('a driver that says it wrote four thousand million processes is believed as far as there is room', () => {
  const api = {
    compute: (_: Device, count: unknown, out: unknown) => {
      write(count, 0xffff_ffff);
      write(out, 42, 0, 1024, 0, 0, 0);
      return 0;
    },
    samples: (_: Device, out: unknown, count: unknown) => {
      write(count, 0xffff_ffff);
      write(out, 42, 0, 1_000_000, 0, 50);
      return 0;
    },
  } as unknown as Nvml;
  const processes = new BoardProcesses(api);
  const groups = new ProcessGroups('/nowhere', 'auto');
  processes.read(DEVICE, 1_000_000, groups);
  expect(processes.read(DEVICE, 2_000_000, groups)).toMatchObject([{ pid: 42, memory: 1024 }]);
});
