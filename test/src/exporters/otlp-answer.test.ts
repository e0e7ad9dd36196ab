import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { outcomeOf } from '../../../src/exporters/otlp-answer.ts';
import { marksFile } from '../../../src/exporters/otlp-marks.ts';
import { freshDirectory } from '../../fixtures/agent-process.ts';
import { partialAnswer, statusAnswer } from '../../fixtures/otlp-proto.ts';

const TYPES = ['application/x-protobuf', 'text/plain', 'application/json', 'text/html', ''];
const SECRET = 'Bearer abcdefgh-0123';

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc
    .tuple(fc.bigInt({ min: 0n, max: 2n ** 62n }), fc.string())
    .map(([n, text]) => partialAnswer(Number(n), text)),
  fc.string({ unit: 'binary' }).map((text) => statusAnswer(`${text}${SECRET}${text}`)),
  fc.constant(Buffer.from(`the token abcdefgh-0123 is old; ${SECRET}\u001b[31m\r\nX: y`)),
);

describe('an answer', () => {
  it('of any bytes has a meaning, on one line, without the token', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 599 }),
        fc.constantFrom(...TYPES),
        fc.option(fc.string(), { nil: undefined }),
        bytes,
        (status, type, after, body) => {
          const headers = { 'content-type': type, ...(after === undefined ? {} : { 'retry-after': after }) };
          const outcome = outcomeOf({ status, headers, body: Buffer.from(body), arrived: 0 }, [SECRET]);
          const text = outcome.kind === 'taken' ? (outcome.partial ?? '') : outcome.why;
          expect(text).not.toMatch(/[\p{Cc}]/u);
          expect(text).not.toContain('abcdefgh-0123');
          expect(text.length).toBeLessThan(300);
          if (status < 200 || status > 299) expect(outcome.kind).not.toBe('taken');
          if (outcome.kind !== 'retry') return;
          expect([429, 502, 503, 504]).toContain(status);
          expect(outcome.after ?? 0).toBeGreaterThanOrEqual(0);
          expect(outcome.after ?? 0).toBeLessThanOrEqual(3600);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('that asks for a day is waited for an hour, one that asks for a past date not at all', () => {
    const waitOf = (header: string) => {
      const headers = { 'retry-after': header, date: 'Thu, 26 Nov 2026 10:00:00 GMT' };
      const outcome = outcomeOf({ status: 503, headers, body: undefined, arrived: 0 }, []);
      return outcome.kind === 'retry' ? outcome.after : 'no retry';
    };
    expect(waitOf('86400')).toBe(3600);
    expect(waitOf('Thu, 26 Nov 2026 10:01:30 GMT')).toBe(90);
    expect(waitOf('Thu, 26 Nov 2026 09:00:00 GMT')).toBe(0);
    expect(waitOf('soon')).toBeUndefined();
  });
});

describe('the file of start times', () => {
  const home = freshDirectory();
  afterAll(home.remove);
  const read = (text: string) => {
    writeFileSync(join(home.path, 'otlp-starts.json'), text);
    return marksFile(home.path).read();
  };

  it('comes back as it was kept', async () => {
    const marks = { bootId: 'b', booted: 5, series: new Map([['["a",[]]', 7]]) };
    await marksFile(home.path).keep(marks);
    expect(await marksFile(home.path).read()).toEqual({ found: true, value: marks });
  });

  it('of any text is read or left, and never breaks the agent', async () => {
    const json = fc.json().map(String);
    const near = fc
      .record({
        format: fc.constantFrom(1, 2, '1'),
        bootId: fc.oneof(fc.string(), fc.integer()),
        booted: fc.oneof(fc.double(), fc.string()),
        series: fc.oneof(fc.anything(), fc.array(fc.tuple(fc.string(), fc.oneof(fc.double(), fc.string())))),
      })
      .map((value) => JSON.stringify(value) ?? '');
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), json, near), async (text) => {
        const marks = await read(text);
        if (!marks.found)
          expect([marks.state, marks.fix]).toEqual(['unreadable', expect.stringMatching(/./)]);
        else for (const start of marks.value.series.values()) expect(start).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 500 },
    );
  });
});
