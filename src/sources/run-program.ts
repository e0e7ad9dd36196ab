import type { ChildProcess } from 'node:child_process';

/** How a program ended. */
export type Ran =
  | { readonly ended: 'exit'; readonly code: number | null; readonly out: string; readonly err: string }
  /** It was killed: it took too long, wrote too much, or is not wanted any more. */
  | { readonly ended: 'late' }
  | { readonly ended: 'flood' }
  | { readonly ended: 'unwanted' }
  /** It could not be started. */
  | { readonly ended: 'unstarted'; readonly cause: unknown };

export interface RunLimits {
  /** Milliseconds after which it is killed. */
  readonly timeout: number;
  /** Bytes that it may write, both streams together. */
  readonly most: number;
}

/**
 * Runs one program by its absolute path, without a shell and with an environment of one variable, and waits until it
 * has ended. Killed together with what it started. Never rejects.
 *
 * The module that starts programs is loaded at the first call: most hosts have nothing to start.
 */
export const runProgram = async (
  path: string,
  parameters: readonly string[],
  { timeout, most }: RunLimits,
  signal?: AbortSignal,
): Promise<Ran> => {
  const { spawn } = await import('node:child_process');
  if (signal?.aborted === true) return { ended: 'unwanted' };
  let child: ChildProcess;
  try {
    child = spawn(path, parameters, {
      cwd: '/',
      // What it prints is matched: no translation of it.
      env: { LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that the whole of it can be killed.
      detached: true,
    });
  } catch (cause) {
    return { ended: 'unstarted', cause };
  }
  return new Promise((resolve) => {
    let reason: 'late' | 'flood' | 'unwanted' | undefined;
    let failure: unknown;
    let size = 0;
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    const kill = (why: 'late' | 'flood' | 'unwanted'): void => {
      reason ??= why;
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    };
    const timer = setTimeout(() => kill('late'), timeout);
    const unwanted = (): void => kill('unwanted');
    signal?.addEventListener('abort', unwanted, { once: true });
    const keep =
      (parts: Buffer[]) =>
      (part: Buffer): void => {
        size += part.length;
        if (size > most) kill('flood');
        else parts.push(part);
      };
    child.stdout?.on('data', keep(out));
    child.stderr?.on('data', keep(err));
    child.on('error', (cause) => {
      failure = cause;
    });
    child.on('exit', () => {
      if (reason === undefined) return;
      // Whatever escaped the group may still hold the pipes open.
      child.stdout?.destroy();
      child.stderr?.destroy();
    });
    // After `exit` or `error`, when both streams have ended.
    child.on('close', (code) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', unwanted);
      if (reason !== undefined) resolve({ ended: reason });
      else if (failure !== undefined) resolve({ ended: 'unstarted', cause: failure });
      else resolve({ ended: 'exit', code, out: textOf(out), err: textOf(err) });
    });
  });
};

const textOf = (parts: readonly Buffer[]): string => Buffer.concat(parts).toString('latin1');
