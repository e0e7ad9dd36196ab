import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, freshDirectory, runCommand, startAgent } from '../fixtures/agent-process.ts';
import { installNvmlAt, noFakeNvml } from '../fixtures/nvml/install.ts';

const UUID = 'GPU-00000000-0000-4000-8000-000000000000';
let directory: ReturnType<typeof freshDirectory>;
beforeEach(() => {
  directory = freshDirectory();
  mkdirSync(join(directory.path, 'root'));
});
afterEach(() => directory.remove());

const root = (): string => `--path.rootfs=${join(directory.path, 'root')}`;
const state = (): string => `--state.dir=${join(directory.path, 'state')}`;
const install = (...lines: string[]) =>
  installNvmlAt(join(directory.path, 'root/usr/lib64/libnvidia-ml.so.1'), lines);
const finding = async (...flags: string[]) => {
  const { stdout, code } = await runCommand(['doctor', '--json', root(), ...flags]);
  expect(code).toBe(0);
  const { sources } = JSON.parse(stdout) as {
    sources: { name: string; status: string; why: string; fix: string }[];
  };
  return sources.find(({ name }) => name === 'nvml')!;
};

it('doctor says what to do where there is no NVIDIA driver library', async () => {
  expect(await finding()).toMatchObject({
    status: 'absent',
    why: expect.stringContaining('no NVIDIA driver library'),
    fix: expect.stringContaining('load the driver or name its library with sources.nvml.library'),
  });
});

describe.skipIf(noFakeNvml !== '')(
  `with a driver's library${noFakeNvml && ` (skipped: ${noFakeNvml})`}`,
  () => {
    it('the built agent finds koffi beside itself and the board through it', async () => {
      install('gpu 0 running 1');
      expect(await finding()).toMatchObject({
        status: 'up',
        why: 'NVIDIA H100 80GB HBM3, driver 570.86.15',
        fix: '',
      });
      expect(await finding('--no-source.nvml')).toMatchObject({ status: 'off' });
    });

    it('the energy of a board arrives in the metrics under its UUID', async () => {
      install('gpu 0 running 1');
      const agent = await startAgent([root(), state()], { NEGAWATT_SAMPLING_INTERVAL: '1s' });
      try {
        await eventually(async () => {
          const text = await agent.get('/metrics');
          const power = new RegExp(`^hw_power_watts\\{[^}]*hw_id="${UUID}"[^}]*\\} (\\S+)`, 'm').exec(
            text,
          )?.[1];
          expect(Number(power)).toBeCloseTo(300, -1);
        });
      } finally {
        expect(await agent.stop()).toBe(0);
      }
    });

    it('a driver that never answers keeps the agent neither from working nor from ending', async () => {
      const nvml = install('gpu 0 running 1');
      const agent = await startAgent([root(), state()], { NEGAWATT_SAMPLING_INTERVAL: '1s' });
      await eventually(async () => expect(await agent.get('/metrics')).toContain(UUID));
      nvml.set('hang 1');
      await eventually(async () => {
        expect(await agent.get('/metrics')).toMatch(/^negawatt_source_up\{[^}]*source="nvml"[^}]*\} 0/m);
        expect(agent.errors()).toContain('the NVIDIA driver does not answer');
      });
      // Node waits at its end for every thread, also for one that hangs in a call: this would never come.
      expect(await agent.stop()).toBe(0);
    });
  },
);
