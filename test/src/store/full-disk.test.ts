/** A disk with room for the first part of what is kept: the kernel writes that part and calls it no error. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Statement } from '../../../src/carbon/statement.ts';
import { keepPast } from '../../../src/history/kept-past.ts';
import type { KeptDay } from '../../../src/model/archive.ts';
import type { MeasureStanding } from '../../../src/savings/standing.ts';
import { openArchive } from '../../../src/store/archive.ts';
import { writeClosed } from '../../../src/store/closed-years.ts';
import { readPlans, recordPlans } from '../../../src/store/measures.ts';
import { readStanding, writeStanding } from '../../../src/store/standings.ts';
import { at, planned } from '../../fixtures/measures.ts';
import { memoryHistory } from '../../fixtures/memory-history.ts';
import { type SmallDisk, smallDisk } from '../../fixtures/small-disk.ts';

const LONG = 'x'.repeat(40_000);
/** Blocks that are left: too few for `LONG`. */
const FEW = 3;

let disk: SmallDisk | undefined;
beforeEach(({ skip }) => {
  disk = smallDisk(512);
  if (disk === undefined) skip('nothing can be mounted');
});
afterEach(() => disk?.remove());
const here = (): SmallDisk => disk as SmallDisk;
const state = (): string => join(here().path, 'state');

describe('on a disk that becomes full in the middle of a file', () => {
  it('counters of a measure stay as they were kept last, and what was begun is gone', () => {
    const kept = { plan: planned(), evaluatedAt: 1 } as MeasureStanding;
    writeStanding(state(), kept);
    here().fill(FEW);
    const problem = { reason: LONG, fix: '' };
    expect(() => writeStanding(state(), { ...kept, evaluatedAt: 2, problem })).toThrow('ENOSPC');
    expect(readStanding(state(), 'colo')).toMatchObject({ found: true, value: { evaluatedAt: 1 } });
    expect(readdirSync(join(state(), 'measures'))).toEqual(['colo.standing.json']);
    here().empty();
    writeStanding(state(), { ...kept, evaluatedAt: 3 });
    expect(readStanding(state(), 'colo')).toMatchObject({ found: true, value: { evaluatedAt: 3 } });
  });

  it('a plan that is not whole is not said to be recorded, and is recorded once there is room', () => {
    const engine = { version: '1', queries: { energy: LONG } };
    const record = () => recordPlans(state(), [planned()], engine, at('2026-03-01'))[0];
    recordPlans(state(), [planned()], { version: '1', queries: {} }, at('2026-02-01'));
    here().fill(FEW);
    expect(record()).toMatchObject({ isNew: false, problem: { reason: expect.stringContaining('full') } });
    const before = readPlans(state(), 'colo');
    expect(before.found && before.value).toHaveLength(1);
    here().empty();
    expect(record()).toMatchObject({ isNew: true });
    const after = readPlans(state(), 'colo');
    expect(after.found && after.value).toHaveLength(2);
  });

  it('hosts that could not be archived then are archived under their own names later', async () => {
    const archive = await openArchive(state());
    const about = '["measured","rapl",""]';
    const dayOf = (seed: number): KeptDay => ({
      ...{ length: 24, isClosed: true, about },
      columns: [0, 1, 2, 3, 4].map((at) => Float64Array.from({ length: 24 }, (_, i) => seed + at * 100 + i)),
    });
    const write = (hosts: readonly string[]): void =>
      archive.write(
        0,
        new Map(hosts.map((host, at) => [`source host ${host}`, dayOf(1000 * at)])),
        new Map(hosts.map((host) => [`source host ${host}`, host])),
      );
    write(['first']);
    here().fill();
    const many = Array.from({ length: 60 }, (_, at) => `a${at}`);
    expect(() => write(many)).toThrow(/full/);
    here().empty();
    write(['another']);
    write(many);
    archive.close();
    const again = await openArchive(state(), { isReader: true });
    const named = ['first', 'another', ...many];
    expect(again.hosts('source', 0, 1).map(({ host }) => host)).toEqual(named.toSorted());
    const read = again.read(
      0,
      named.map((host) => `source host ${host}`),
    );
    again.close();
    expect(read.size).toBe(62);
    expect(read.get('source host a7')).toEqual(dayOf(7000));
  });

  it('no year is closed with half of its statement', () => {
    const statement = { year: 2025, revision: 0 } as Statement;
    here().fill(FEW);
    expect(writeClosed(state(), statement, LONG)).toMatchObject({ found: false, state: 'unreadable' });
    here().empty();
    const closed = writeClosed(state(), statement, LONG);
    expect(closed.found && readFileSync(closed.value, 'utf8')).toBe(LONG);
  });

  it('no baseline is frozen over a past that is not whole', async () => {
    const hours = 4000;
    const energy = Array.from({ length: hours }, (_, hour) => 1e6 + hour / 7);
    const engine = memoryHistory({ from: 0, hosts: [{ host: 'a', energy }], work: [energy] });
    const request = {
      ...{ window: { from: 0, to: hours * 3600 }, step: 3600, hosts: ['a'] },
      ...{ work: [{ unit: 'work' }], drivers: [], guards: [] },
    };
    here().fill(FEW);
    await expect(keepPast(engine, request, join(here().path, 'past'))).rejects.toThrow('ENOSPC');
    expect(readdirSync(here().path)).not.toContain('past');
  });
});
