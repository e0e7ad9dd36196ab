import { type ChildProcess, spawn } from 'node:child_process';
import { SourceError } from '../model/source-error.ts';
import { MOST_BYTES } from './custom-file.ts';
import type { Content } from './custom-value.ts';
import { printable } from './text.ts';

/** What is kept of the error output, for the message. */
const MOST_COMPLAINT = 512;
/** How long output is waited for once the program has ended, in ms: something that it left behind may hold it open. */
const LAST_WORDS = 500;

/**
 * Runs a program once and resolves with what it wrote: no shell, no input, of the environment the search path alone,
 * at most 64 KiB of output. One that takes longer than `timeout` seconds, or is aborted, is killed with all that it
 * started, and reaped before this rejects. Rejects with SourceError.
 */
export const runMeterCommand = (
  argv: readonly string[],
  timeout: number,
  signal: AbortSignal,
): Promise<Content> =>
  new Promise((resolve, reject) => {
    const [program = '', ...args] = argv;
    const name = printable(program);
    const fail = (message: string, fix: string, cause?: unknown): void =>
      reject(new SourceError('retry', `${name}: ${message}`, { fix, cause }));
    if (signal.aborted) return fail('not started', '');
    // A group of its own, so that what the program starts dies with it.
    const child = spawn(program, args, {
      cwd: '/',
      env: { PATH: process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let killed: string | undefined;
    const kill = (why: string): void => {
      killed ??= why;
      killGroup(child);
    };
    const abort = (): void => kill('stopped');
    const timer = setTimeout(() => kill(`no answer within ${timeout} s: killed`), timeout * 1000);
    timer.unref();
    signal.addEventListener('abort', abort, { once: true });

    const output: Buffer[] = [];
    let length = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > MOST_BYTES) kill(`wrote more than ${MOST_BYTES} bytes: killed`);
      else output.push(chunk);
    });
    let complaint = '';
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString('utf8')).slice(0, MOST_COMPLAINT);
    });
    child.on('error', (cause) => {
      done();
      fail(
        `cannot be started: ${printable(cause.message)}`,
        'Name it with its whole path; it needs the x bit.',
        cause,
      );
    });
    let lingering: NodeJS.Timeout | undefined;
    child.on('exit', (code, by) => {
      killGroup(child);
      lingering = setTimeout(() => ended(code, by), LAST_WORDS);
      lingering.unref();
    });
    child.on('close', (code, by) => ended(code, by));

    const done = (): void => {
      clearTimeout(timer);
      clearTimeout(lingering);
      signal.removeEventListener('abort', abort);
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const ended = (code: number | null, by: NodeJS.Signals | null): void => {
      done();
      const said =
        complaint.trim() === '' ? '' : `: ${printable(complaint.trim().split('\n')[0] ?? '', 200)}`;
      if (killed !== undefined) fail(killed, 'Run it by hand; raise timeout if it only is slow.');
      else if (code !== 0)
        fail(`ended with ${by ?? `status ${code}`}${said}`, 'Run it by hand as this user.');
      else resolve({ text: Buffer.concat(output).toString('utf8') });
    };
  });

const killGroup = ({ pid }: ChildProcess): void => {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All of it has ended.
  }
};
