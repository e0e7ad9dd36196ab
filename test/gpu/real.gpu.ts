/** The same cases on the NVIDIA driver of this host; run by `npm run test:gpu`. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { systemClock } from '../../src/sources/clock.ts';
import { nvmlSource } from '../../src/sources/nvml.ts';
import { gpuCases } from './cases.ts';
import type { GpuWorld, Load } from './world.ts';

/** No load outlives this, whatever becomes of the test. */
const LONGEST_LOAD = 120;
const paths = { procfs: '/proc', sysfs: '/sys', rootfs: '/' } as const;

const load = (): Promise<Load> =>
  new Promise((resolve, reject) => {
    const script = join(import.meta.dirname, 'cuda-load.mjs');
    const child = spawn(process.execPath, [script, String(LONGEST_LOAD)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (data: Buffer) => {
      said += data;
    });
    const ended = new Promise<void>((done) => child.once('exit', () => done()));
    void ended.then(() => reject(new Error(`the load ended before it was busy: ${said}`)));
    child.stdout.once('data', () =>
      resolve({
        pid: child.pid ?? 0,
        stop: () => {
          child.kill('SIGTERM');
          return ended;
        },
      }),
    );
  });

const real = (): GpuWorld => ({ paths, settle: 4, span: 5, load, seesProcesses: false, dispose: () => {} });

const probe = await nvmlSource({ interval: 1 }).open(paths, systemClock);
if (probe.found) probe.value.close();
const why = probe.found ? '' : `${probe.reason}`;

describe.skipIf(why !== '')(`the NVIDIA driver of this host${why && ` (skipped: ${why})`}`, () => {
  gpuCases(real);
});
test.skipIf(why === '')(`skipped: ${why}`, (context) => context.skip(why));
