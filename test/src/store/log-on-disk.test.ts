import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { logOnDisk } from '../../../src/store/log-on-disk.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'negawatt-log-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the log of a database', () => {
  it('is brought onto the disk where something was committed, also while that is under way', async () => {
    const path = join(folder, 'state.db-wal');
    writeFileSync(path, 'pages');
    const log = logOnDisk(path);
    expect(await log.settled()).toBeUndefined();
    log.changed();
    const first = log.settled();
    log.changed();
    expect(await Promise.all([first, log.settled(), log.settled()])).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    log.close();
  });

  it('that cannot be brought there is told each time until it can', async () => {
    const path = join(folder, 'state.db-wal');
    const log = logOnDisk(path);
    // Nothing was committed: there is nothing to bring.
    expect(await log.settled()).toBeUndefined();
    log.changed();
    expect(await log.settled()).toMatch(/ENOENT/);
    expect(await log.settled()).toMatch(/ENOENT/);
    writeFileSync(path, 'pages');
    expect(await log.settled()).toBeUndefined();
    log.close();
    log.close();
  });
});
