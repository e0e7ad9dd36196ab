import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import type { Seconds } from '../src/index.ts';
import type { StoppableBurner } from './burner.ts';
import { CommandError } from './exit.ts';

const PROGRAM = 'stress-ng';
/** It ends by itself so long after a step should have, should this process be killed and not stop it. */
const GRACE_S = 30;

/** Version of the stress-ng that is installed. Throws CommandError where there is none. */
export const stressNgVersion = async (): Promise<string> => {
  try {
    const { stdout } = await promisify(execFile)(PROGRAM, ['--version'], { timeout: 10_000 });
    return /version ([\w.-]+)/.exec(stdout)?.[1] ?? 'unknown version';
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause);
    throw new CommandError(
      `stress-ng cannot be run (${why}); install it (apt-get install stress-ng), or leave out --burner`,
    );
  }
};

/** `stress-ng --cpu`, one process for each processor, started anew for each load. */
export const stressNgBurner = (processors: number, version: string, step: Seconds): StoppableBurner => {
  let child: ChildProcess | undefined;
  let failure: string | undefined;
  const stop = async (): Promise<void> => {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'exit');
    running.kill('SIGTERM');
    await ended;
  };
  return {
    name: `stress-ng ${version} --cpu ${processors}`,
    stop,
    set: async (load) => {
      await stop();
      if (failure !== undefined) throw new CommandError(failure);
      if (load === 0) return;
      const args = ['--cpu', processors, '--cpu-load', Math.round(load * 100), '--quiet'];
      const started = spawn(PROGRAM, [...args, '--timeout', `${Math.ceil(step) + GRACE_S}s`].map(String), {
        stdio: 'ignore',
      });
      child = started;
      started.once('exit', (code, signal) => {
        if (child === started) failure = `stress-ng ended with ${code ?? signal} in the middle of a step`;
      });
      await once(started, 'spawn');
    },
  };
};
