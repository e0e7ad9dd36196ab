import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { SourceError } from '../../src/model/source-error.ts';
import { skipFields, unsignedAt, unsignedBigAt } from '../../src/sources/bytes.ts';
import { neverFalling, parseCpuTicks } from '../../src/sources/cpu.ts';
import { parseMemory } from '../../src/sources/memory.ts';
import { parseProcess } from '../../src/sources/process-stat.ts';
import { KeptFile } from '../../src/sources/reader.ts';
import { printable } from '../../src/sources/text.ts';

const folder = mkdtempSync(join(tmpdir(), 'negawatt-parsers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a broken, hostile or merely future kernel file may hold: bytes, and near misses of the real thing. */
const content = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc
    .array(
      fc.oneof(
        fc.constantFrom(
          'cpu ',
          'cpu0 ',
          'MemTotal:',
          'MemAvailable:',
          'usage_usec ',
          '1 (a) S ',
          '\n',
          ' ',
          '-',
          'kB',
          ')',
        ),
        fc.bigInt({ min: 0n, max: 10n ** 24n }).map(String),
        fc.nat().map((n) => `${n} `),
      ),
      { maxLength: 60 },
    )
    .map((parts) => Buffer.from(parts.join(''))),
);
/** All numbers found anywhere in a value. */
const numbers = (value: unknown): number[] =>
  typeof value === 'number'
    ? [value]
    : value !== null && typeof value === 'object'
      ? Object.values(value).flatMap(numbers)
      : [];
const soundOrSourceError = (parse: () => unknown): void => {
  try {
    for (const number of numbers(parse())) {
      expect(Number.isFinite(number)).toBe(true);
      expect(number).toBeGreaterThanOrEqual(0);
    }
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    expect(error.message).toContain('/x');
  }
};

test('whatever a file holds, a parser gives finite numbers from 0 on or a SourceError that names the file', () => {
  fc.assert(
    fc.property(content, (bytes) => {
      soundOrSourceError(() => parseCpuTicks(bytes, '/x'));
      soundOrSourceError(() => parseMemory(bytes, '/x'));
      soundOrSourceError(() => parseProcess(bytes, bytes.length));
    }),
    { numRuns: 2000 },
  );
});

test('whatever a usage file holds, a kept file gives a number or a SourceError', () => {
  const path = join(folder, 'x');
  const kept = new KeptFile(path);
  fc.assert(
    fc.property(content, (bytes) => {
      writeFileSync(path, bytes);
      soundOrSourceError(() => kept.readUnsigned());
      soundOrSourceError(() => Number(kept.readUnsignedBig()));
      soundOrSourceError(() => kept.readKey(Buffer.from('usage_usec ')));
    }),
  );
  kept.close();
});

test('a number is read as BigInt and Number read it, over 64 bits and with anything blank behind it', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.constantFrom('', ' ', '\n', '\0'),
      (value, end) => {
        const bytes = Buffer.from(`${value}${end}`);
        expect(unsignedBigAt(bytes, 0, bytes.length)).toBe(value);
        expect(unsignedAt(bytes, 0, bytes.length)).toBe(Number(value));
      },
    ),
    { numRuns: 2000 },
  );
});

test('more than 64 bits, a sign, or a letter is no number', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 2n ** 64n, max: 10n ** 40n }),
      fc.constantFrom('-', '+', 'x', '.'),
      (value, mark) => {
        for (const text of [String(value), `${mark}1`, `1${mark}`]) {
          expect(unsignedAt(Buffer.from(text), 0, text.length)).toBe(-1);
          expect(unsignedBigAt(Buffer.from(text), 0, text.length)).toBe(-1n);
        }
      },
    ),
  );
});

test('fields are found where splitting at blanks finds them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[a-z0-9]{1,8}$/), { minLength: 1 }),
      fc.nat(12),
      (fields, count) => {
        const text = fields.join('  ');
        const at = skipFields(Buffer.from(text), 0, text.length, count);
        expect(text.slice(at).split('  ')[0]).toBe(fields[count] ?? '');
      },
    ),
  );
});

test('whatever the name of a process, its times and start are those behind the last bracket', () => {
  const name = fc.string({ unit: 'binary-ascii', maxLength: 15 });
  fc.assert(
    fc.property(
      name,
      fc.nat(),
      fc.nat(),
      fc.nat(),
      fc.integer({ min: 1, max: 4_194_304 }),
      (comm, user, system, start, pid) => {
        const line = Buffer.from(
          `${pid} (${comm}) S 1 1 1 0 -1 4194560 1 2 3 4 ${user} ${system} 77 88 20 0 1 0 ${start} 5 6 7\n`,
        );
        expect(parseProcess(line, line.length)).toEqual({
          pid,
          startTicks: start,
          name: printable(comm),
          cpu: (user + system) / 100,
        });
      },
    ),
  );
});

test('a printable name holds no control character and keeps its bound', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 4, max: 64 }), (bytes, most) => {
      const text = printable(Buffer.from(bytes), most);
      expect(text).not.toMatch(/\p{Cc}/u);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(most);
      expect(Buffer.from(text).toString()).toBe(text);
    }),
  );
});

test('a count made steady never falls, and follows every rise of one that never fell', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(100_000), { minLength: 1 }), (counts) => {
      const steady = neverFalling();
      const seen = counts.map(steady);
      for (const [i, value] of seen.entries()) expect(value).toBeGreaterThanOrEqual(seen[i - 1] ?? 0);
      const rising = counts.toSorted((a, b) => a - b);
      expect(rising.map(neverFalling())).toEqual(rising);
    }),
  );
});
