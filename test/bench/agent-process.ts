/** The agent as `npm start` runs it, in a process of its own with a free port and a state directory that goes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MADE, startFlags } from './measure.ts';

export interface AgentProcess {
  readonly pid: number;
  /** Address of the metrics. */
  readonly url: string;
  /** Milliseconds from the start to the line that tells the address. */
  readonly told: number;
  /** Ends it and removes its state. */
  stop(): Promise<void>;
}

const connections = new Agent({ keepAlive: true });

/** Asks as Prometheus does. @returns bytes of the body as they came. Rejects on any status but 200. */
export const scrape = (url: string): Promise<number> =>
  new Promise((resolve, reject) => {
    get(url, { agent: connections, headers: { 'Accept-Encoding': 'gzip' } }, (response) => {
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
      });
      response.on('end', () => {
        if (response.statusCode === 200) resolve(size);
        else reject(new Error(`${url} answered ${response.statusCode}`));
      });
    }).on('error', reject);
  });

/** @param env what its environment holds beside PATH. */
export const startAgent = async (
  flags: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<AgentProcess> => {
  const state = mkdtempSync(join(tmpdir(), 'negawatt-bench-state-'));
  const began = performance.now();
  const child = spawn(
    process.execPath,
    [
      ...startFlags(),
      join(MADE, 'dist', 'negawatt.js'),
      'run',
      ...['--config.file', join(MADE, 'config', 'quickstart.yaml')],
      ...['--web.listen-address', '127.0.0.1:0', '--state.dir', state, ...flags],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH ?? '', ...env } },
  );
  const remove = (): void => rmSync(state, { recursive: true, force: true });
  try {
    const url = await addressOf(child);
    const told = performance.now() - began;
    return {
      pid: child.pid ?? 0,
      url,
      told,
      stop: async () => {
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGTERM');
        await ended;
        remove();
      },
    };
  } catch (cause) {
    child.kill('SIGKILL');
    remove();
    throw cause;
  }
};

/** The address stands on the screen that the agent shows once it listens. */
const addressOf = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    let said = '';
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      const url = /http:\/\/[^\s/]+\/metrics/.exec(said)?.[0];
      if (url !== undefined) resolve(url);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(new Error(`the agent ended with status ${code} before it listened:\n${said}`)),
    );
  });
