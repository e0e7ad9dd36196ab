import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openArmFiles } from '../../agent/arm-files.ts';
import type { Logger } from '../../agent/log.ts';
import { replaceFile } from '../../src/exporters/replace-file.ts';
import type { MeasureArm } from '../../src/model/arm.ts';
import { eventually } from '../fixtures/agent-process.ts';

let dir: string;
let logged: string[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'negawatt-arms-'));
  logged = [];
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const arm = (word: MeasureArm['arm']): MeasureArm => ({
  ...{ measure: 'm', arm: word, state: 'running', block: 0, since: 0, changesAt: 1, next: 'off' },
});
const opened = (path: string) => {
  const say = (level: string) => (_: unknown, message: string) =>
    logged.push(`${level} ${message.replace(dir, '')}`);
  const writes: string[] = [];
  const files = openArmFiles({
    paths: new Map([['m', path]]),
    replaceFile: (to, text, mode) => {
      writes.push(text);
      return replaceFile(to, text, mode);
    },
    log: { info: say('info'), error: say('error') } as unknown as Logger,
  });
  return { files, writes };
};

test('the file says the arm, for everybody to read, and is written when that changes alone', async () => {
  const path = join(dir, 'm.arm');
  const { files, writes } = opened(path);
  for (const word of ['on', 'on', 'off', 'off', 'off', 'over'] as const) files.write([arm(word)]);
  await eventually(async () => expect(readFileSync(path, 'utf8')).toBe('over\n'));
  expect(writes).toEqual(['on\n', 'off\n', 'over\n']);
  expect(statSync(path).mode & 0o777).toBe(0o644);
  expect(logged).toEqual([]);
});

test('it is removed at the end, but for one that the next run goes on with', async () => {
  const path = join(dir, 'm.arm');
  for (const keep of [[path], []]) {
    const { files } = opened(path);
    files.write([arm('on')]);
    await eventually(async () => expect(readFileSync(path, 'utf8')).toBe('on\n'));
    await eventually(async () => expect(existsSync(`${path}.tmp`)).toBe(false));
    await files.remove(new Set(keep));
    expect(existsSync(path)).toBe(keep.length > 0);
  }
});

test('nothing is written after the end, and nothing removed that was never written', async () => {
  const path = join(dir, 'm.arm');
  const other = opened(path);
  other.files.write([arm('off')]);
  await eventually(async () => expect(existsSync(path)).toBe(true));
  const { files, writes } = opened(path);
  await files.remove();
  files.write([arm('on')]);
  await files.remove();
  expect([writes, readFileSync(path, 'utf8')]).toEqual([[], 'off\n']);
});

test('a file that cannot be written is told once, tried at each tick, and told when it is written again', async () => {
  const path = join(dir, 'later', 'm.arm');
  const { files, writes } = opened(path);
  files.write([arm('on')]);
  files.write([arm('on')]);
  await eventually(async () => expect(writes).toHaveLength(2));
  await eventually(async () => expect(logged).toHaveLength(1));
  expect(logged[0]).toMatch(
    /^error \/later\/m\.arm cannot be written \(ENOENT.*\): who follows it does not know the arm$/,
  );
  mkdirSync(join(dir, 'later'));
  files.write([arm('on')]);
  await eventually(async () => expect(logged.slice(1)).toEqual(['info /later/m.arm is written again']));
  expect(readFileSync(path, 'utf8')).toBe('on\n');
});
