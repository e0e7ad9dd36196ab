/** What a real driver said, kept for tests on hosts without one: a line of JSON a reading, counts as decimal text. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GpuBoard, GpuReading } from '../../src/model/gpu.ts';
import type { Meter, Reading } from '../../src/model/meter.ts';
import type { SampleDraft } from '../../src/model/source.ts';

const FOLDER = join(import.meta.dirname, '..', 'fixtures', 'recordings');

export interface Recording {
  readonly meters: readonly Meter[];
  readonly boards: readonly GpuBoard[];
  readonly drafts: readonly { readonly readings: readonly Reading[]; readonly gpus: readonly GpuReading[] }[];
}

/** The same things under names that tell nothing of the machine: boards, groups and processes are numbered. */
const anonymous = (): ((text: string) => string) => {
  const boards = new Map<string, string>();
  const groups = new Map<string, string>();
  const pids = new Map<string, number>();
  const numbered = <T>(known: Map<string, T>, name: string, make: (n: number) => T): T => {
    const made = known.get(name) ?? make(known.size);
    known.set(name, made);
    return made;
  };
  const board = (n: number): string => `GPU-00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  return (text) =>
    text
      .replaceAll(/GPU-[0-9a-f-]{36}/g, (id) => numbered(boards, id, board))
      .replaceAll(/"group":"([^"]*)"/g, (_, path: string) => {
        return `"group":"${numbered(groups, path, (n) => `/load-${n + 1}.service`)}"`;
      })
      .replaceAll(/"pid":(\d+)/g, (_, pid: string) => `"pid":${numbered(pids, pid, (n) => 101 + n)}`);
};

/** Writes what was read. A draft without news has no line; what is of the boards alone stands in the first. */
export const saveRecording = (drafts: readonly SampleDraft[]): string | undefined => {
  const [first] = drafts;
  const board = first?.gpuBoards?.[0];
  if (first === undefined || board === undefined) return undefined;
  const name = `nvml-${board.model}-${board.driver ?? 'driver'}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9.]+/g, '-');
  const lines = [
    { meters: first.meters, boards: first.gpuBoards },
    ...drafts
      .filter(({ readings }) => readings.length > 0)
      .map(({ readings, gpus = [] }) => ({ readings, gpus })),
  ].map((line) =>
    JSON.stringify(line, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
  );
  mkdirSync(FOLDER, { recursive: true });
  const file = join(FOLDER, `${name}.jsonl`);
  writeFileSync(file, anonymous()(`${lines.join('\n')}\n`));
  return file;
};

export const readRecording = (name: string): Recording => {
  const [head = '', ...lines] = readFileSync(join(FOLDER, `${name}.jsonl`), 'utf8')
    .trim()
    .split('\n');
  const { meters, boards } = JSON.parse(head) as Pick<Recording, 'meters' | 'boards'>;
  const counted = (key: string, value: unknown): unknown =>
    key === 'microjoules' || key === 'microwatts' ? BigInt(value as string) : value;
  return {
    meters,
    boards,
    drafts: lines.map((line) => JSON.parse(line, counted) as Recording['drafts'][number]),
  };
};
