/** Resident memory of the agent with what is off by default: a push over OTLP, and NVIDIA boards read in their thread. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scrape, startAgent } from './agent-process.ts';
import { type Memory, memoryOf, note, QUICK, SOURCES, sleep } from './measure.ts';
import { give, notMeasured } from './row.ts';

const MEASURED_S = QUICK ? 20 : 120;
const SCRAPE_S = 15;
const PUSH_S = 10;
const BOARDS = 8;
const WITH_OTLP = 'resident memory with OTLP and SQLite in use';
const OTLP_MB = 80;
const WITH_NVML = 'resident memory that 8 NVIDIA boards in their thread add';
const NVML_MB = 12;

/** Memory at the end of some minutes of scrapes, with keys of the configuration beside those of `npm start`. */
const measure = async (folder: string, name: string, keys: string): Promise<Memory> => {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, `grid: {zone: FR}\n${keys}`);
  const agent = await startAgent(['--config.file', file]);
  try {
    for (let second = 0; second < MEASURED_S; second += SCRAPE_S) {
      await sleep(SCRAPE_S * 1000);
      await scrape(agent.url);
    }
    return memoryOf(agent.pid);
  } finally {
    await agent.stop();
  }
};

const text = ({ resident, anonymous }: Memory): string =>
  `${resident.toFixed(1)} MB, of it anonymous ${anonymous.toFixed(1)} MB`;

const withOtlp = async (folder: string, plain: Memory): Promise<void> => {
  let pushes = 0;
  const receiver = createServer((request, response) => {
    request.resume().on('end', () => {
      pushes += 1;
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = receiver.address() as AddressInfo;
    const memory = await measure(
      folder,
      'otlp',
      `export: {otlp: {url: 'http://127.0.0.1:${port}', interval: ${PUSH_S}s}}\n`,
    );
    note(`${text(memory)} with ${pushes} pushes; ${text(plain)} without`);
    if (pushes === 0) throw new Error('nothing was pushed');
    give({
      what: WITH_OTLP,
      ours: `${memory.resident.toFixed(1)} MB`,
      reference: `${plain.resident.toFixed(1)} MB (without OTLP)`,
      ratio: memory.resident / OTLP_MB,
      budget: `<= ${OTLP_MB} MB`,
      met: memory.resident <= OTLP_MB,
      how: `VmRSS after ${MEASURED_S} s of scrapes each ${SCRAPE_S} s, ${pushes} pushes each ${PUSH_S} s; ${text(memory)}; without: ${text(plain)}; ratio to the budget`,
    });
  } finally {
    receiver.close();
    receiver.closeAllConnections();
  }
};

const withNvml = async (folder: string, plain: Memory): Promise<void> => {
  const library = join(folder, 'libnvidia-ml.so.1');
  const source = join(SOURCES, '..', 'fixtures', 'nvml', 'fake-nvml.c');
  const budget = `<= ${NVML_MB} MB`;
  const built = spawnSync('cc', ['-shared', '-fPIC', '-O2', '-o', library, source], { stdio: 'inherit' });
  if (built.status !== 0)
    return give(notMeasured(WITH_NVML, budget, 'no C compiler (Debian: gcc, libc6-dev)'));
  writeFileSync(`${library}.control`, `gpus ${BOARDS}\n`);
  const memory = await measure(folder, 'nvml', `sources: {nvml: {library: ${library}}}\n`);
  const added = memory.resident - plain.resident;
  note(`${text(memory)} with NVML; ${text(plain)} without`);
  give({
    what: WITH_NVML,
    ours: `${added.toFixed(1)} MB`,
    reference: `${plain.resident.toFixed(1)} MB (without)`,
    ratio: added / NVML_MB,
    budget,
    met: added <= NVML_MB,
    how: `VmRSS after ${MEASURED_S} s of scrapes each ${SCRAPE_S} s, stand-in library; ${text(memory)}; without: ${text(plain)}; ratio to the budget`,
  });
};

const folder = mkdtempSync(join(tmpdir(), 'negawatt-bench-'));
try {
  const plain = await measure(folder, 'plain', '');
  await withOtlp(folder, plain);
  await withNvml(folder, plain);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit();
