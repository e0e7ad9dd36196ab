/** Files with a checksum that earlier runs kept: what was damaged is refused, whatever it would have read as. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { CommandError } from '../../../agent/exit.ts';
import { reportAgain } from '../../../agent/report.ts';
import { marksFile } from '../../../src/exporters/otlp-marks.ts';
import { readEvidence, writeEvidence } from '../../../src/exporters/statement-evidence.ts';
import type { Found } from '../../../src/model/found.ts';
import type { MeasureStanding } from '../../../src/savings/standing.ts';
import { readClosed, writeClosed } from '../../../src/store/closed-years.ts';
import { readStanding, writeStanding } from '../../../src/store/standings.ts';
import { joules } from '../../../src/units.ts';
import { planned } from '../../fixtures/measures.ts';
import { exampleActivity, inputOf, made } from '../../fixtures/statement.ts';
import type { Parser } from '../fuzz.ts';
import { damaged, type Pick } from '../mutate.ts';
import { damagedPages } from '../pages.ts';

type Files = Readonly<Record<string, Buffer>>;

/** Between the files of one input; no file holds it. */
const MARK = Buffer.from('\0\0 next \0\0');
const packed = (files: Files): Buffer =>
  Buffer.concat(
    Object.entries(files).flatMap(([name, content]) => [Buffer.from(`${name}\n`), content, MARK]),
  );
const unpacked = (input: Buffer): Files => {
  const files: Record<string, Buffer> = {};
  for (
    let at = 0, end = input.indexOf(MARK);
    end >= 0;
    at = end + MARK.length, end = input.indexOf(MARK, at)
  ) {
    const part = input.subarray(at, end);
    const line = part.indexOf('\n');
    files[part.subarray(0, line).toString()] = part.subarray(line + 1);
  }
  return files;
};

/** One file of it, as text or as bytes of a disk, or gone. */
const oneDamaged = (all: readonly Buffer[], pick: Pick): Buffer => {
  const files = { ...unpacked(all[pick(all.length)] as Buffer) };
  const names = Object.keys(files).sort();
  const name = names[pick(names.length)] ?? '';
  const content = files[name] ?? Buffer.alloc(0);
  const how = pick(10);
  if (how === 0) delete files[name];
  else files[name] = how < 5 ? damagedPages(content, [content], pick) : damaged([content], pick);
  return packed(files);
};

const filesOf = (dir: string): Files =>
  Object.fromEntries(
    readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return [path.slice(dir.length + 1), readFileSync(path)];
      }),
  );

/**
 * A parser of a folder that `write` makes. What it reads is word for word what was written, or refused in words.
 *
 * @param isLost whether a file that is gone may mean that nothing was kept.
 */
const kept = async (
  name: string,
  write: (dir: string) => unknown,
  read: (dir: string) => Promise<Found<unknown>>,
  isLost: (files: Files) => boolean,
): Promise<Parser> => {
  const base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'negawatt-fuzz-kept-'));
  const origin = join(base, 'origin');
  mkdirSync(origin);
  await write(origin);
  const wanted = await read(origin);
  if (!wanted.found) throw new Error(wanted.reason);
  const dir = join(base, 'copy');
  return {
    name,
    corpus: [packed(filesOf(origin))],
    cost: 12,
    anyNumber: true,
    damage: oneDamaged,
    read: async (input) => {
      const files = unpacked(input);
      lay(dir, files);
      const answer = await read(dir);
      if (!answer.found) {
        if (answer.reason === '') throw new Error('refused without words');
        if ((answer.state ?? 'absent') === 'absent' && !isLost(files)) throw new Error('taken for nothing');
        throw new Refused(answer.reason);
      }
      if (answer.value === undefined && isLost(files)) return true;
      if (!isDeepStrictEqual(answer.value, wanted.value))
        throw new Error(`read as another one: ${JSON.stringify(answer.value).slice(0, 500)}`);
      return true;
    },
    declares: (error) => error instanceof Refused,
    close: () => rmSync(base, { recursive: true, force: true }),
  };
};
class Refused extends Error {}

const lay = (dir: string, files: Files): void => {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), content);
  }
};

const starts = (): Promise<Parser> =>
  kept(
    'start times of OTLP',
    (dir) =>
      marksFile(dir).keep({
        bootId: '0cd1a6b4-9f58-4f2c-a6a5-2b8f6f3d0001',
        booted: 1_795_600_000_000,
        series: new Map([
          ['["hw_host_energy_joules_total",[]]', 1_795_600_001_000],
          ['["negawatt_workload_energy_joules_total",[["workload","a"]]]', 1_795_600_002_000],
        ]),
      }),
    (dir) => marksFile(dir).read(),
    (files) => files['otlp-starts.json'] === undefined,
  );

const closedYears = async (): Promise<Parser> => {
  const statement = made(await exampleActivity('inventory.yaml'));
  const file = 'statements/2023-1.json';
  return kept(
    'statements of closed years',
    (dir) => writeClosed(dir, statement, `${JSON.stringify(statement, null, 1)}\n`),
    async (dir) => readClosed(dir, 2023),
    (files) => files[file] === undefined,
  );
};

const standing = (): Promise<Parser> => {
  const { plan, ...figures } = { plan: planned(), evaluatedAt: 1_795_600_000, counters: { energy: 1.5 } };
  return kept(
    'how a measure stood last',
    async (dir) => writeStanding(dir, { plan, ...figures } as unknown as MeasureStanding),
    async (dir) => readStanding(dir, plan.name),
    (files) => files[`measures/${plan.name}.standing.json`] === undefined,
  );
};

const evidenceOf = async (dir: string): Promise<void> => {
  const example = await exampleActivity('inventory.yaml');
  // One host more than the example expects: the own one.
  const activity = { ...example, boundary: { ...example.boundary, hosts: 501 } };
  const { hash: _hash, ...input } = inputOf(activity, {
    hours: [
      { hour: Date.UTC(2023, 5) / 1000, gridZone: 'CN-GD', energy: joules(1234.56789), quality: 'measured' },
      { hour: Date.UTC(2023, 6) / 1000, gridZone: 'CN-GD', energy: joules(0.1 + 0.2) },
    ],
  });
  const wrote = writeEvidence(join(dir, 'e'), { input, asked: { format: 'json', equivalences: false } }, {});
  if (!wrote.found) throw new Error(wrote.reason);
};

const evidence = (): Promise<Parser> =>
  kept(
    'evidence of a report',
    evidenceOf,
    async (dir) => readEvidence(join(dir, 'e')),
    (files) => files['e/manifest.json'] === undefined,
  );

const sha256 = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex');

/** Evidence that is whole by its hashes and was written by somebody else. */
const foreignEvidence = async (): Promise<Parser> => {
  const parser = await evidence();
  const base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'negawatt-fuzz-kept-'));
  return {
    ...parser,
    name: 'evidence that somebody else made',
    cost: 120,
    damage: (all, pick) => {
      const files = { ...unpacked(oneDamaged(all, pick)) };
      try {
        const { sha256: _old, ...manifest } = JSON.parse(String(files['e/manifest.json']));
        for (const name of Object.keys(manifest.files))
          manifest.files[name] = sha256(files[`e/${name}`] ?? Buffer.alloc(0));
        const signed = { ...manifest, sha256: sha256(`${JSON.stringify(manifest, null, 1)}\n`) };
        files['e/manifest.json'] = Buffer.from(JSON.stringify(signed));
      } catch {
        // No manifest to sign: it stays as it is.
      }
      return packed(files);
    },
    read: async (input) => {
      lay(join(base, 'copy'), unpacked(input));
      const { text } = await reportAgain(join(base, 'copy', 'e'), { format: 'json', equivalences: false });
      return text.length;
    },
    declares: (error) => error instanceof CommandError,
    close: () => {
      parser.close?.();
      rmSync(base, { recursive: true, force: true });
    },
  };
};

export const keptParsers = async (): Promise<readonly Parser[]> => [
  await starts(),
  await closedYears(),
  await standing(),
  await evidence(),
  await foreignEvidence(),
];
