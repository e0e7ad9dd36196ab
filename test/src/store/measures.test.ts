import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { planFile, readPlans, recordPlans } from '../../../src/store/measures.ts';
import { at, DAY, planned } from '../../fixtures/measures.ts';

const ENGINE = { version: '1', queries: {} };
const START = at('2026-03-02');
let dir: string;
beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'negawatt-plans-')), 'state');
});
afterEach(() => rmSync(join(dir, '..'), { recursive: true, force: true }));

const record = (now: number, more: Parameters<typeof planned>[0] = {}) =>
  recordPlans(dir, [planned(more)], ENGINE, now)[0];
const file = (): string => readFileSync(planFile(dir, 'colo'), 'utf8');
const held = () => {
  const read = readPlans(dir, 'colo');
  return read.found ? read.value : read;
};

describe('plans in the state directory', () => {
  test('a plan is kept once, with the text, its hash and the time', () => {
    expect(record(START - DAY)).toMatchObject({ isNew: true, entries: [{ at: START - DAY }] });
    const written = file();
    expect(record(START)).toMatchObject({ isNew: false });
    expect(record(START + 9 * DAY)).toMatchObject({ isNew: false });
    expect(file()).toBe(written);
    expect(statSync(planFile(dir, 'colo')).mode & 0o777).toBe(0o640);
    expect(held()).toMatchObject([{ at: START - DAY, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
  });

  test('an edit is added, and nothing that stands there is touched', () => {
    record(START - DAY);
    const before = file();
    record(START + DAY, { work: 'tokens' });
    record(START + 2 * DAY);
    expect(file().startsWith(before)).toBe(true);
    expect(held()).toHaveLength(3);
  });

  test('each measure has a file of its own', () => {
    recordPlans(dir, [planned(), planned({ name: 'b' })], ENGINE, START);
    expect(readPlans(dir, 'b')).toMatchObject({ found: true, value: [{ at: START }] });
    expect(held()).toHaveLength(1);
    expect(() => planFile(dir, '../state')).toThrow('is no name of a measure');
  });

  test('nothing kept yet is told from what cannot be believed', () => {
    expect(held()).toMatchObject({
      found: false,
      reason: expect.stringContaining('no plan of colo was recorded'),
    });
    record(START - DAY);
    writeFileSync(planFile(dir, 'colo'), file().replaceAll('requests', 'tokens'));
    expect(held()).toMatchObject({
      found: false,
      state: 'unreadable',
      reason: expect.stringContaining('holds a plan that is not the one that was hashed'),
      fix: expect.stringContaining('Restore it'),
    });
    const edited = file();
    expect(record(START)).toMatchObject({
      isNew: false,
      problem: { fix: expect.stringContaining('Restore') },
    });
    expect(file()).toBe(edited);
  });

  test('a plan of another measure in its file proves nothing', () => {
    recordPlans(dir, [planned({ name: 'b' })], ENGINE, START);
    writeFileSync(planFile(dir, 'colo'), readFileSync(planFile(dir, 'b')));
    expect(held()).toMatchObject({ found: false, state: 'unreadable' });
  });

  test('a line that a power cut left unfinished is passed over, and the next one is whole', () => {
    record(START - DAY);
    appendFileSync(planFile(dir, 'colo'), '{"at":17723,"sha2');
    expect(held()).toHaveLength(1);
    expect(record(START, { work: 'tokens' })).toMatchObject({ isNew: true });
    expect(held()).toMatchObject([{ at: START - DAY }, { at: START }]);
  });

  test('what cannot be kept is told with the next step', () => {
    const blocked = join(dir, '..', 'file');
    writeFileSync(blocked, '');
    const [one] = recordPlans(blocked, [planned()], ENGINE, START);
    expect(one).toMatchObject({
      isNew: false,
      problem: { reason: expect.stringContaining('cannot be recorded') },
    });
  });
});
