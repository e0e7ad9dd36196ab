import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Hardware, HardwareLibrary } from '../src/index.ts';

const run = promisify(execFile);
/** Beside the agent in a build. */
const PROGRAM = join(dirname(fileURLToPath(import.meta.url)), 'hardware.js');

/**
 * The hardware library in a process of its own: what it loads and starts would stay in the agent's memory, some 9 MB
 * for an answer that is needed once a day. Rejects where that process fails or gives no answer within `timeout` ms.
 */
export const hardwareOfChild = async (timeout: number): Promise<HardwareLibrary> => {
  const { stdout } = await run(process.execPath, [PROGRAM], { timeout, killSignal: 'SIGKILL' });
  const told = JSON.parse(stdout) as Hardware;
  return {
    cpu: async () => told.cpu,
    system: async () => told.system,
    osInfo: async () => told.osInfo,
    mem: async () => told.mem,
  };
};
