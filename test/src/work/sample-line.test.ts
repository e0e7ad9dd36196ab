import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lines } from '../../../src/work/lines.ts';
import { isPlausible, parseSample } from '../../../src/work/sample-line.ts';

const parse = (line: string) => {
  const sample = parseSample(line, 'x_total'.length);
  return sample === undefined
    ? undefined
    : { labels: Object.fromEntries(sample.labels), value: sample.value };
};

describe('a line of metrics', () => {
  it.each([
    ['x_total 5', {}, 5],
    ['x_total\t5', {}, 5],
    ['x_total 5 1700000000000', {}, 5],
    ['x_total{} 5', {}, 5],
    ['x_total{a="b"} 1.5e3', { a: 'b' }, 1500],
    ['x_total{a="b",} 5', { a: 'b' }, 5],
    ['x_total { a = "b" , c="d" } 5', { a: 'b', c: 'd' }, 5],
    ['x_total{a="q\\"b\\\\s\\nn}#"} 5', { a: 'q"b\\s\nn}#' }, 5],
    ['x_total{a="b"} 5 1700000000.123 # {trace_id="z"} 1 1700000000.1', { a: 'b' }, 5],
    ['x_total 5 # {trace_id="z"} 1', {}, 5],
    ['x_total{"a.b"="c"} 5', { '"a.b"': 'c' }, 5],
  ])('%j is read', (line, labels, value) => expect(parse(line)).toEqual({ labels, value }));

  it.each(['NaN', '+Inf', '-Inf', 'Inf'])('%s is no number of pieces', (value) =>
    expect(parse(`x_total ${value}`)?.value).toBeNaN(),
  );

  it.each([
    'x_total',
    'x_total ',
    'x_total five',
    'x_total 0x10',
    'x_total{a="b" 5',
    'x_total{a=b} 5',
    'x_total{a="b"',
    'x_total{a="b",a="c"} 5',
    'x_total 5 6 7',
  ])('%j is not', (line) => expect(parse(line)).toBeUndefined());

  it('is told from what is no metrics', () => {
    for (const line of ['# HELP', 'up 1', 'up{a="b"} 1', '{"my.metric",a="b"} 1'])
      expect(isPlausible(line)).toBe(true);
    for (const line of ['<html>', '{"up": 1}', 'Hello, world', '{', '12', 'up'])
      expect(isPlausible(line)).toBe(false);
  });

  it('never takes long, whatever it holds', () => {
    fc.assert(fc.property(fc.string({ maxLength: 2000 }), (text) => void parse(`x_total{a="${text}`)));
    expect(parse(`x_total{${'a="b" '.repeat(10_000)}`)).toBeUndefined();
    expect(parse(`x_total${' '.repeat(60_000)}x y z w`)).toBeUndefined();
  });
});

describe('lines', () => {
  it('are the same however a text is cut into pieces', () => {
    const text = 'one\r\ntwo\n\nthr\u00e9e\nfour';
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5 })), (sizes) => {
        const bytes = Buffer.from(text);
        const seen: string[] = [];
        const cut = lines((line) => seen.push(Buffer.from(line, 'latin1').toString()));
        let at = 0;
        for (const size of sizes) {
          cut.write(bytes.subarray(at, at + size));
          at += size;
        }
        cut.write(bytes.subarray(at));
        cut.end();
        expect(seen).toEqual(['one', 'two', '', 'thr\u00e9e', 'four']);
      }),
    );
  });
  it('end where one has no end', () => {
    const cut = lines(() => {});
    expect(() => {
      for (let i = 0; i < 3; i++) cut.write(Buffer.alloc(40_000, 'x'));
    }).toThrow('64 KiB');
  });
});
