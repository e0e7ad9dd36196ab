/** What a year of a fleet's hours takes in the archive of `negawatt fleet`: bytes, time to keep them, time to read them. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { besideArchive, withArchive } from '../../src/history/archive.ts';
import type { HistoryChunk, HistoryEngine, HistoryRequest } from '../../src/model/history.ts';
import { archiveFile, openArchive } from '../../src/store/archive.ts';
import { fleetYear, HOURS, STEP_S } from './fleet-year.ts';
import { note, ownCpu, QUICK } from './measure.ts';
import { give } from './row.ts';

const HOSTS = QUICK ? 30 : 300;
const DAYS = 365;
const NAMES = Array.from({ length: HOSTS }, (_, host) => `host${host}`);
const request: HistoryRequest = {
  ...{ window: { from: 0, to: DAYS * HOURS * STEP_S }, step: STEP_S, hosts: NAMES },
  ...{ work: [{ unit: 'requests' }], drivers: [], guards: [] },
};
const complete = request.window.to * 2;

/** Processor time that making the year takes: no part of what is measured. */
let making = 0;
const made: HistoryEngine = {
  about: { engine: 'prometheus', where: '', method: 'negawatt', queries: {} },
  list: async () => [],
  span: async () => undefined,
  close: async () => {},
  read: async function* () {
    const year = fleetYear(HOSTS, DAYS);
    for (;;) {
      const since = ownCpu();
      const { value, done } = year.next();
      making += ownCpu() - since;
      if (done === true) return;
      yield value as HistoryChunk;
    }
  },
};

const timed = async (work: () => Promise<void>) => {
  const [wall, cpu, before] = [performance.now(), ownCpu(), making];
  await work();
  const own = making - before;
  return { wall: (performance.now() - wall - own) / 1000, cpu: (ownCpu() - cpu - own) / 1000 };
};

const directory = mkdtempSync(join(tmpdir(), 'negawatt-bench-archive-'));
try {
  const written = await timed(async () => {
    const archive = withArchive(made, { days: await openArchive(directory), complete });
    await archive.fill(request);
    await archive.close();
  });
  const bytes = statSync(archiveFile(directory)).size;
  let read = 0;
  const reading = await timed(async () => {
    const days = await openArchive(directory, { isReader: true });
    const archive = besideArchive(made, { days, complete });
    for await (const { hosts } of archive.read(request))
      for (const { energy } of hosts) read += energy.filter(Number.isFinite).length;
    await archive.close();
  });
  if (read !== HOSTS * DAYS * HOURS) throw new Error(`${read} hours of energy came back`);
  note(`${HOSTS} hosts: ${bytes} bytes, ${(bytes / HOSTS / 1e6).toFixed(3)} MB a host and year`);
  const what = `archive of ${HOSTS} hosts, a year of hours each`;
  const common = { reference: '', budget: '' };
  give({
    ...{ what: `${what}: size`, ours: `${(bytes / 1e6).toFixed(0)} MB`, ...common },
    how: `${(bytes / HOSTS / 1e6).toFixed(2)} MB a host and year: energy, coverage, time powered on, use of processors and GPUs, and one kind of work counted by host; size of archive.db when it was closed`,
  });
  give({
    ...{ what: `${what}: keep`, ours: `${written.cpu.toFixed(1)} s CPU`, ...common },
    how: `${written.wall.toFixed(1)} s by the clock, ${((written.wall / DAYS) * 1000).toFixed(0)} ms a day of all hosts, each in a transaction of its own; without making the data`,
  });
  give({
    ...{ what: `${what}: read`, ours: `${reading.cpu.toFixed(1)} s CPU`, ...common },
    how: `${reading.wall.toFixed(1)} s by the clock; beside the service, checksums compared, the engine not asked`,
  });
} finally {
  rmSync(directory, { recursive: true, force: true });
}
