import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seconds } from '../../../src/units.ts';
import type { WorkOptions } from '../../../src/work/index.ts';
import { type OpenedWork, openedWork, SELDOM, totalOf } from '../../fixtures/work.ts';

let directory: string;
let opened: OpenedWork | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'negawatt-textfile-'));
});
afterEach(() => {
  opened?.source.close();
  rmSync(directory, { recursive: true });
});
const put = (name: string, text: string | Buffer): string => {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
};
const read = async (more: Partial<WorkOptions['textfile']> = {}) => {
  opened?.source.close();
  const textfile = { directory, interval: SELDOM, max_age: seconds(3600), metrics: [], ...more };
  opened = await openedWork({ textfile });
  return opened.read();
};

describe('a directory of *.prom files', () => {
  it('gives the work that names its owner and unit, of all its files', async () => {
    put(
      'a.prom',
      '# HELP negawatt_work_total Work.\nnegawatt_work_total{workload="slurm/7/0",unit="samples"} 12\n',
    );
    put('b.prom', 'negawatt_work_total{unit="requests"} 5\nnode_other 3\n');
    put('c.txt', 'negawatt_work_total{unit="requests"} 100\n');
    put('.d.prom', 'negawatt_work_total{unit="requests"} 100\n');
    const { readings, error } = await read();
    expect(error).toBeUndefined();
    expect(readings).toMatchObject([
      { workload: 'slurm/7/0', unit: 'samples', total: 12 },
      { workload: 'host', unit: 'requests', total: 5 },
    ]);
    expect(opened?.source.detail).toMatch(/2 counters in 2 files, the oldest of 20\d\d-/);
  });

  it('gives other metrics that the configuration names', async () => {
    put('backup.prom', 'backup_files_total{ok="1"} 40\nbackup_files_total{ok="0"} 2\n');
    const metrics = [{ metric: 'backup_files_total', labels: { ok: '1' }, unit: 'files', workload: 'x' }];
    const { readings } = await read({ metrics });
    expect(readings).toMatchObject([{ workload: 'x', unit: 'files', total: 40 }]);
  });

  it('sees what is written later', async () => {
    put('a.prom', 'negawatt_work_total{unit="jobs"} 1\n');
    expect(totalOf((await read()).readings)).toBe(1);
    put('a.prom', 'negawatt_work_total{unit="jobs"} 4\n');
    expect(totalOf((await opened?.read())?.readings ?? [])).toBe(4);
  });

  it('leaves a stale file out and says how old it is', async () => {
    const path = put('old.prom', 'negawatt_work_total{unit="jobs"} 1\n');
    put('new.prom', 'negawatt_work_total{unit="jobs",workload="x"} 2\n');
    const then = Date.now() / 1000 - 7200;
    utimesSync(path, then, then);
    const { readings, error } = await read();
    expect(totalOf(readings)).toBe(2);
    expect(error?.message).toMatch(/old\.prom: was written 720\d s ago, more than max_age/);
  });

  it.each<[string, string | Buffer, RegExp]>([
    [
      'is no metrics',
      '{"a": 1}\nnegawatt_work_total{unit="jobs"} 9\n',
      /bad\.prom: this is no text of metrics/,
    ],
    ['has no unit', 'negawatt_work_total 9\n', /has no unit such as requests/],
    ['has a bad unit', 'negawatt_work_total{unit="Per Cent"} 9\n', /has no unit such as requests/],
    [
      'names too long a workload',
      `negawatt_work_total{unit="jobs",workload="${'x'.repeat(129)}"} 9\n`,
      /no usable workload/,
    ],
    ['is negative', 'negawatt_work_total{unit="jobs"} -9\n', /no count of work/],
    ['repeats another file', 'negawatt_work_total{unit="jobs",workload="good"} 9\n', /stands twice/],
    ['is too large', Buffer.alloc(2 ** 20 + 1, '# comment\n'), /bad\.prom: is larger than 1 MiB/],
    ['is binary', Buffer.alloc(200_000, 0), /bad\.prom: a line of more than 64 KiB/],
  ])('names a file that %s, and counts the others', async (_, text, reason) => {
    put('a.prom', 'negawatt_work_total{unit="jobs",workload="good"} 4\n');
    put('bad.prom', text);
    const { readings, error } = await read();
    expect(error?.message).toMatch(reason);
    expect(error?.message).toContain(directory);
    expect(error?.fix).toContain('rename it');
    expect(totalOf(readings)).toBe(4);
  });

  it('follows no link, waits for no pipe, reads no directory', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'negawatt-outside-'));
    writeFileSync(join(outside, 'x'), 'negawatt_work_total{unit="jobs"} 9\n');
    symlinkSync(join(outside, 'x'), join(directory, 'link.prom'));
    execFileSync('mkfifo', [join(directory, 'pipe.prom')]);
    mkdirSync(join(directory, 'folder.prom'));
    const { readings, error } = await read();
    rmSync(outside, { recursive: true });
    expect(readings).toEqual([]);
    expect(error?.message).toContain('link.prom: is a symbolic link, which is not followed');
    expect(error?.message).toContain('pipe.prom: is no plain file');
    expect(error?.message).toContain('folder.prom: is no plain file');
  });

  it('reads 64 files and says that there are more', async () => {
    for (let i = 0; i < 66; i++) put(`${i}.prom`, `negawatt_work_total{unit="jobs",workload="w${i}"} 1\n`);
    const { readings, error } = await read();
    expect(readings.length).toBe(64);
    expect(error?.message).toContain('66 files, of which 64 are read');
  });

  it('is missed where it is not there, and found when it comes', async () => {
    const missing = join(directory, 'later');
    const { error } = await read({ directory: missing });
    expect(error?.message).toContain('later cannot be listed: ENOENT');
    expect(error?.fix).toContain('Make the directory');
    mkdirSync(missing);
    writeFileSync(join(missing, 'a.prom'), 'negawatt_work_total{unit="jobs"} 1\n');
    expect(totalOf((await opened?.read())?.readings ?? [])).toBe(1);
    chmodSync(missing, 0o700);
  });
});
