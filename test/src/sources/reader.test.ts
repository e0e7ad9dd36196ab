import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { SourceError } from '../../../src/model/source-error.ts';
import { DescriptorBudget } from '../../../src/sources/descriptors.ts';
import { failedRead } from '../../../src/sources/failure.ts';
import { KeptFile, landing, readSmall } from '../../../src/sources/reader.ts';
import { printable } from '../../../src/sources/text.ts';
import { asNobody, canDropPrivileges } from '../../fixtures/privileges.ts';

const folder = mkdtempSync(join(tmpdir(), 'negawatt-reader-'));
chmodSync(folder, 0o755);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const failure = (action: () => unknown): SourceError => {
  try {
    action();
  } catch (error) {
    if (error instanceof SourceError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

test('a kept file shows its new content at every read', () => {
  const path = file('counter', '41\n');
  const kept = new KeptFile(path);
  expect(kept.readUnsigned()).toBe(41);
  writeFileSync(path, '18446744073709551615\n');
  expect(kept.readUnsignedBig()).toBe(18_446_744_073_709_551_615n);
  kept.close();
});

test('a file larger than the buffer is read whole', () => {
  const path = file('long', `${'x'.repeat(landing.bytes.length * 3)}\nusage_usec 7\n`);
  const kept = new KeptFile(path);
  expect(kept.readKey(Buffer.from('usage_usec '))).toBe(7);
  kept.close();
});

test('a key is found at the start of a line alone, and its number on the same line', () => {
  const kept = new KeptFile(file('keys', 'my_usage_usec 1\nusage_usec 2\nempty \n3\n'));
  expect(kept.readKey(Buffer.from('usage_usec '))).toBe(2);
  expect(failure(() => kept.readKey(Buffer.from('empty '))).kind).toBe('retry');
  kept.close();
});

test.each([
  ['an empty file', ''],
  ['letters', 'N/A\n'],
  ['a negative number', '-5\n'],
  ['a number with a unit', '12kB\n'],
  ['a fraction', '1.5\n'],
  ['a line of 5,000 digits', `${'9'.repeat(5000)}\n`],
  ['one more than 64 bits hold', '18446744073709551616\n'],
])('%s is asked again and named with the file', (_, content) => {
  const path = file('garbage', content);
  const kept = new KeptFile(path);
  for (const read of [() => kept.readUnsigned(), () => kept.readUnsignedBig()]) {
    const error = failure(read);
    expect(error.kind).toBe('retry');
    expect(error.message).toContain(path);
    expect(error.message).toContain(content === '' ? 'an empty file' : `"${content.trim().slice(0, 3)}`);
    expect(error.message.length).toBeLessThan(path.length + 150);
    expect(error.fix).toContain(path);
  }
  kept.close();
});

test('a file that is not there is gone, and is found again when it comes back', () => {
  const path = join(folder, 'later');
  const kept = new KeptFile(path);
  expect(failure(() => kept.read()).kind).toBe('gone');
  expect(failure(() => kept.read()).message).toBe(`cannot read ${path}: ENOENT`);
  writeFileSync(path, '1');
  expect(kept.readUnsigned()).toBe(1);
  kept.close();
});

test.skipIf(!canDropPrivileges)(
  'a file closed to the user is fatal and says what to do (needs root)',
  async () => {
    const path = file('closed', '1');
    chmodSync(path, 0o400);
    await asNobody(async () => {
      const error = failure(() => new KeptFile(path).read());
      expect(error.kind).toBe('fatal');
      expect(error.message).toContain('EACCES');
      expect(error.fix).toMatch(/root/);
    });
  },
);

test.each([
  ['ENODEV', 'gone'],
  ['ESRCH', 'gone'],
  ['EPERM', 'fatal'],
  ['EIO', 'retry'],
  ['EAGAIN', 'retry'],
  ['EINVAL', 'retry'],
  ['ENODATA', 'retry'],
  ['EMFILE', 'retry'],
])('errno %s means %s', (code, kind) => {
  expect(failedRead('/x', Object.assign(new Error(code), { code })).kind).toBe(kind);
});

test('beyond the budget files are opened, read and closed each time', () => {
  const budget = new DescriptorBudget(1);
  const one = new KeptFile(file('one', '1'), budget);
  const two = new KeptFile(file('two', '2'), budget);
  expect([one.readUnsigned(), two.readUnsigned(), two.readUnsigned()]).toEqual([1, 2, 2]);
  expect([one.kept, two.kept, budget.used]).toEqual([true, false, 1]);
  one.close();
  one.close();
  expect(budget.used).toBe(0);
  expect(two.readUnsigned()).toBe(2);
  expect(two.kept).toBe(true);
  two.close();
});

test('a failed read gives its descriptor back', () => {
  const budget = new DescriptorBudget(2);
  const directory = new KeptFile(folder, budget);
  expect(failure(() => directory.read()).message).toContain('EISDIR');
  expect(failure(() => new KeptFile(join(folder, 'none'), budget).read()).kind).toBe('gone');
  expect(budget.used).toBe(0);
});

test('a small text comes without its last newline', () => {
  expect(readSmall(file('text', 'intel-rapl\n'))).toBe('intel-rapl');
});

test('names of others become printable and stay within their bound', () => {
  expect(printable(Buffer.from([0x61, 0xff, 0x0a, 0x62]))).toBe('a\ufffd\ufffdb');
  expect(printable('a\u202eb\u001b[2J')).toBe('a\ufffdb\ufffd[2J');
  expect(Buffer.byteLength(printable('é'.repeat(40), 15))).toBe(14);
});
