/** The file of an archive: what a disk, another program or a reader beside it can do to it. */
import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KeptDay } from '../../../src/model/archive.ts';
import { HistoryError } from '../../../src/model/history.ts';
import { type Archive, archiveFile, hasArchive, openArchive } from '../../../src/store/archive.ts';
import { connect } from '../../../src/store/database.ts';
import { freshDirectory } from '../../fixtures/agent-process.ts';

const DAY = 86_400;
const FIRST = 1_780_272_000;
const HOSTS = ['node-1', 'node-2', 'node-3'];
const seriesOf = (host: string): string => `source host ${host}`;

let directory: ReturnType<typeof freshDirectory>;
beforeEach(() => {
  directory = freshDirectory();
});
afterEach(() => directory.remove());

const dayOf = (seed: number, isClosed = true): KeptDay => ({
  ...{ length: 24, isClosed, about: '["measured","rapl",""]' },
  columns: [0, 1, 2, 3, 4].map((at) => Float64Array.from({ length: 24 }, (_, i) => seed + at * 100 + i)),
});
const write = (archive: Archive, days: number): void => {
  for (let day = 0; day < days; day += 1)
    archive.write(
      FIRST + day * DAY,
      new Map(HOSTS.map((host, at) => [seriesOf(host), dayOf(day * 1000 + at * 10_000)])),
      new Map(HOSTS.map((host) => [seriesOf(host), host])),
    );
};
const filled = async (days: number): Promise<string> => {
  const archive = await openArchive(directory.path);
  write(archive, days);
  archive.close();
  return archiveFile(directory.path);
};
/** Every figure, by day and host. */
const all = async (days: number): Promise<readonly unknown[]> => {
  const archive = await openArchive(directory.path, { isReader: true });
  try {
    return [
      archive.hosts('source', 0, FIRST + days * DAY),
      ...Array.from({ length: days }, (_, day) => [
        ...archive.read(FIRST + day * DAY, HOSTS.map(seriesOf)).entries(),
      ]),
    ];
  } finally {
    archive.close();
  }
};
const refusal = async (work: Promise<unknown>): Promise<HistoryError> => {
  const error = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!(error instanceof HistoryError)) throw new Error(`not refused: ${String(error)}`);
  return error;
};

describe('the file of an archive', () => {
  it('never gives another figure where one of its bits is another: it refuses, or the bit held nothing', async () => {
    const days = 4;
    const file = await filled(days);
    const sound = await all(days);
    const content = readFileSync(file);
    let refused = 0;
    const tried = 150;
    for (let at = 0; at < tried; at += 1) {
      const spoilt = Buffer.from(content);
      // Spread over all pages, each bit of a byte in turn; another place of its page each time.
      const place = Math.floor(((at + 0.5) / tried) * content.length);
      spoilt[place] = (spoilt[place] ?? 0) ^ (1 << (at % 8));
      writeFileSync(file, spoilt);
      try {
        expect(await all(days), `bit ${at % 8} of byte ${place}`).toEqual(sound);
      } catch (error) {
        if (!(error instanceof HistoryError)) throw error;
        expect(error.message).toContain(file);
        refused += 1;
      }
    }
    expect(refused, 'most of its bytes are figures').toBeGreaterThan(tried / 4);
  });

  it('finds out a day that stands under another host, another day or as closed', async () => {
    const file = await filled(2);
    const copy = join(directory.path, 'copy');
    copyFileSync(file, copy);
    for (const change of [
      `UPDATE day SET series = 9 WHERE series = 1 AND start = ${FIRST}; UPDATE day SET series = 1 WHERE series = 2 AND start = ${FIRST}; UPDATE day SET series = 2 WHERE series = 9`,
      `DELETE FROM day WHERE start = ${FIRST}; UPDATE day SET start = ${FIRST} WHERE start = ${FIRST + DAY}`,
      'UPDATE day SET closed = 0',
      'UPDATE day SET length = 12',
    ]) {
      copyFileSync(copy, file);
      const db = await connect(file);
      db.exec(`PRAGMA foreign_keys = 0; ${change}`);
      db.close();
      const { message, fix } = await refusal(all(2));
      expect(message).toContain(`the archive ${file} is damaged`);
      expect(fix).toContain('restore it from a copy');
    }
  });

  it.each([
    ['cut short', (file: string) => truncateSync(file, 8192), /is damaged/],
    ['no database', (file: string) => writeFileSync(file, 'x'.repeat(10_000)), /is damaged/],
    [
      'empty beside a log',
      (file: string) => {
        truncateSync(file, 0);
        writeFileSync(`${file}-wal`, 'log');
      },
      /empty beside a log/,
    ],
  ])('refuses one that is %s, to read and to write, and leaves it as it is', async (_, spoil, words) => {
    const file = await filled(30);
    spoil(file);
    const before = readFileSync(file);
    for (const isReader of [true, false])
      expect((await refusal(openArchive(directory.path, { isReader }))).message).toMatch(words);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it.each([
    ['PRAGMA user_version = 9', /newer negawatt/],
    ['PRAGMA user_version = 1', /before the first release/],
    ['PRAGMA application_id = 7', /another program/],
  ])('refuses the file of another time or program (%s)', async (change, words) => {
    const db = await connect(await filled(1));
    db.exec(change);
    db.close();
    for (const isReader of [true, false])
      expect((await refusal(openArchive(directory.path, { isReader }))).message).toMatch(words);
  });

  it('is read beside the one that writes it, who can go on, and by a reader that changes nothing', async () => {
    const writer = await openArchive(directory.path);
    write(writer, 3);
    const reader = await openArchive(directory.path, { isReader: true });
    write(writer, 5);
    expect(reader.hosts('source', 0, FIRST + 9 * DAY)).toHaveLength(HOSTS.length);
    expect(reader.read(FIRST + 4 * DAY, HOSTS.map(seriesOf)).size).toBe(HOSTS.length);
    expect(() => write(reader, 1)).toThrow(HistoryError);
    reader.close();
    write(writer, 6);
    writer.close();
    expect(await all(6)).toHaveLength(7);
  });

  it('is empty for whoever reads it at the moment in which it is begun', async () => {
    expect(hasArchive(directory.path)).toBe(false);
    writeFileSync(archiveFile(directory.path), '');
    expect(hasArchive(directory.path)).toBe(true);
    const reader = await openArchive(directory.path, { isReader: true });
    expect([reader.hosts('source', 0, FIRST), reader.read(FIRST, ['a']).size]).toEqual([[], 0]);
    reader.close();
    expect(statSync(archiveFile(directory.path)).size).toBe(0);
  });

  it('forgets days before a time, and no later ones', async () => {
    const archive = await openArchive(directory.path);
    write(archive, 10);
    archive.prune(FIRST + 4 * DAY);
    const [host] = archive.hosts('source', 0, FIRST + 10 * DAY);
    expect(host).toEqual({ host: 'node-1', from: FIRST + 4 * DAY, to: FIRST + 9 * DAY });
    expect(archive.marks(FIRST + 3 * DAY).size).toBe(0);
    expect(archive.read(FIRST + 4 * DAY, HOSTS.map(seriesOf)).size).toBe(HOSTS.length);
    archive.close();
  });
});
