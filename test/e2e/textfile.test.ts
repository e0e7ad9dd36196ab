import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cleanEnv, eventually, freshDirectory, runCommand } from '../fixtures/agent-process.ts';
import { debianProgram } from '../fixtures/debian.ts';
import { parseExposition } from '../fixtures/strict-exposition.ts';

const ENTRY = join(import.meta.dirname, '..', '..', 'dist', 'negawatt.js');
const exporter = debianProgram('/usr/bin/prometheus-node-exporter', 'prometheus-node-exporter');

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

/** Local addresses of the sockets that a process listens on, as ss(8) would show them. */
const listening = (pid: number): string[] => {
  const sockets = new Set<string>();
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
      if (inode !== undefined) sockets.add(inode);
    } catch {
      // Closed in between.
    }
  }
  return ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((table) =>
    readFileSync(`/proc/net/${table}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      // 0A is LISTEN; a UDP socket has no such state and counts in any.
      .filter((cells) => sockets.has(cells[9] ?? '') && (table.startsWith('udp') || cells[3] === '0A'))
      .map((cells) => cells[1] ?? ''),
  );
};

describe('an agent without a port', () => {
  const directory = freshDirectory();
  const folder = join(directory.path, 'textfiles');
  const path = join(folder, 'negawatt.prom');
  let agent: ChildProcess;
  let output = '';
  let ended: Promise<number | null>;

  beforeAll(async () => {
    mkdirSync(folder);
    agent = spawn(
      process.execPath,
      [
        ENTRY,
        'run',
        '--web.listen-address=none',
        '--config.file=config/quickstart.yaml',
        '--state.dir',
        join(directory.path, 'state'),
      ],
      {
        cwd: join(import.meta.dirname, '..', '..'),
        env: cleanEnv({
          NEGAWATT_EXPORT_TEXTFILE_PATH: path,
          NEGAWATT_EXPORT_TEXTFILE_INTERVAL: '1s',
          NEGAWATT_SAMPLING_INTERVAL: '1s',
        }),
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    for (const stream of [agent.stdout, agent.stderr]) {
      stream?.on('data', (data: Buffer) => {
        output += data;
      });
    }
    ended = new Promise((resolve) => agent.once('exit', resolve));
    await eventually(async () => {
      const families = parseExposition(readFileSync(path, 'utf8'));
      if (!families.has('hw_host_power_watts')) throw new Error('no power yet');
    }, 30_000);
  }, 60_000);

  afterAll(async () => {
    agent.kill('SIGKILL');
    await ended;
    directory.remove();
  });

  it('listens nowhere, and says so', async () => {
    expect(listening(agent.pid ?? 0)).toEqual([]);
    expect(output).toContain('port     none is opened');
    expect(output).toContain(`textfile ${path}`);
  });

  it('writes what a scrape would be, but for grams of an example zone', async () => {
    const families = parseExposition(readFileSync(path, 'utf8'));
    expect(families.get('negawatt_config_example')?.samples[0]?.value).toBe(1);
    const grams = [...families.keys()].filter((name) => /emissions.*grams/.test(name));
    expect(grams.filter((name) => !name.includes('embodied'))).toEqual([]);
    expect([...families.keys()].filter((name) => name.includes('otlp'))).toEqual([]);
    await eventually(async () => {
      const watched = (text: string) =>
        (parseExposition(text).get('system_cpu_time_seconds_total')?.samples ?? []).reduce(
          (sum, { value }) => sum + value,
          0,
        );
      const before = watched(readFileSync(path, 'utf8'));
      await new Promise((resolve) => setTimeout(resolve, 1500));
      expect(watched(readFileSync(path, 'utf8'))).toBeGreaterThan(before);
    });
  });

  it.skipIf(exporter === undefined)(
    'is read by a real node_exporter, value by value',
    async () => {
      const port = await freePort();
      const child = spawn(
        exporter ?? '',
        [
          `--web.listen-address=127.0.0.1:${port}`,
          '--collector.disable-defaults',
          '--collector.textfile',
          `--collector.textfile.directory=${folder}`,
        ],
        { stdio: 'ignore' },
      );
      try {
        await eventually(async () => {
          const before = readFileSync(path, 'utf8');
          const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
          if (readFileSync(path, 'utf8') !== before) throw new Error('it was written in between; ask again');
          expect(text).toContain('node_textfile_scrape_error 0');
          // What both programs have of themselves must not come twice: node_exporter would refuse the whole scrape.
          expect(text).toContain('process_cpu_seconds_total');
          // Go writes numbers in its own way (1e+06): they are compared as numbers.
          const own = parseExposition(before);
          const lines = text.split('\n').filter((line) => own.has(/^(?:# \S+ )?(\w+)/.exec(line)?.[1] ?? ''));
          const seen = parseExposition(`${lines.join('\n')}\n`);
          expect(own.size).toBeGreaterThan(15);
          for (const { name, type, samples } of own.values()) {
            const other = seen.get(name);
            expect(other?.type, name).toBe(type);
            // An empty label is none: node_exporter writes one where other series of a family have a value.
            const full = (labels: object) => Object.entries(labels).filter(([, text]) => text !== '');
            const keyed = (all: typeof samples) =>
              new Map(all.map(({ labels, value }) => [JSON.stringify(full(labels).sort()), value]));
            expect(keyed(other?.samples ?? []), name).toEqual(keyed(samples));
          }
        }, 30_000);
      } finally {
        child.kill();
      }
    },
    60_000,
  );

  it('ends in time, with its state kept and without a file that would look alive', async () => {
    agent.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(existsSync(path)).toBe(false);
    expect(existsSync(join(directory.path, 'state', 'state.db'))).toBe(true);
  });
});

it('a textfile in a directory that is not there is an error at the start, with what to do', async () => {
  const directory = freshDirectory();
  const { code, stderr } = await runCommand(
    ['run', '--web.listen-address=127.0.0.1:0', '--state.dir', directory.path],
    {
      NEGAWATT_EXPORT_TEXTFILE_PATH: join(directory.path, 'missing', 'negawatt.prom'),
    },
  );
  directory.remove();
  expect(code).toBe(1);
  expect(stderr).toContain('export.textfile.path cannot be used');
  expect(stderr).toContain('make the directory');
});
