import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The saver as one text that `node -e` runs from the checkout, where packages resolve. */
export const bundledSaver = async (): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('saver.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'silent',
  });
  return outputFiles[0]!.text;
};

export interface Saver {
  readonly child: ChildProcess;
  /** What it has printed so far. */
  readonly output: () => string;
  /** Resolves when the output matches; rejects when the process ends before. */
  readonly until: (pattern: RegExp) => Promise<void>;
  /** Waits for the end and gives the signal that brought it. */
  readonly end: () => Promise<unknown>;
  /** SIGKILL, and waits for the end. */
  readonly kill: () => Promise<void>;
}

/** Starts a real process that saves into `dir` until it is killed. */
export const startSaver = (code: string, dir: string, env: Readonly<Record<string, string>> = {}): Saver => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    cwd: root,
    env: { ...process.env, ...env, STATE_DIR: dir },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return {
    child,
    output: () => output,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (pattern.test(output)) resolve();
        };
        look();
        child.stdout?.on('data', look);
        child.on('close', () =>
          reject(new Error(`the child ended before ${pattern}: ${output.slice(-300)}`)),
        );
      }),
    end: async () => {
      await ended;
      return child.signalCode;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
};
