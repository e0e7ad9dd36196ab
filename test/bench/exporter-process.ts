/** Debian's node_exporter with its default collectors: what a host's monitoring costs already. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { scrape } from './agent-process.ts';
import { sleep } from './measure.ts';

const PROGRAM = '/usr/bin/prometheus-node-exporter';
export const EXPORTER_MISSING = `${PROGRAM} is not there (Debian: prometheus-node-exporter)`;

export interface ExporterProcess {
  readonly pid: number;
  readonly url: string;
  stop(): void;
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

/** Undefined where it is not installed. */
export const startExporter = async (): Promise<ExporterProcess | undefined> => {
  if (!existsSync(PROGRAM)) return undefined;
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(PROGRAM, [`--web.listen-address=${address}`], { stdio: 'ignore' });
  const url = `http://${address}/metrics`;
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      await scrape(url);
      return { pid: child.pid ?? 0, url, stop: () => child.kill('SIGKILL') };
    } catch {
      await sleep(50);
    }
  }
  child.kill('SIGKILL');
  throw new Error(`${PROGRAM} did not answer`);
};
