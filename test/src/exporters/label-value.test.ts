import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LONGEST_VALUE, labelValue } from '../../../src/exporters/label-value.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 200 })
    .map((units) => String.fromCharCode(...units)),
);

describe('a label value', () => {
  it('leaves an ordinary name as it is', () => {
    expect(labelValue('system.slice/nginx.service "x" \\ \u00e4\u6f22')).toBe(
      'system.slice/nginx.service "x" \\ \u00e4\u6f22',
    );
  });

  it('is never longer than 128 bytes and is cut between characters, not within one', () => {
    expect(labelValue('a'.repeat(200))).toBe('a'.repeat(128));
    expect(labelValue(`${'a'.repeat(126)}\u6f22`)).toBe('a'.repeat(126));
    expect(labelValue(`${'a'.repeat(124)}\u{1f600}!`)).toBe(`${'a'.repeat(124)}\u{1f600}`);
  });

  it('has no control character and no mark that reorders text', () => {
    expect(labelValue('a\n\r\t\u0000\u001b[31mb\u007f\u009f\u202ec')).toBe('a[31mbc');
  });

  it('shows half of a surrogate pair as a replacement character', () => {
    expect(labelValue('a\ud800b')).toBe('a\ufffdb');
  });

  it('holds all of that for any text, and applying it twice changes nothing', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const value = labelValue(text);
        expect(Buffer.byteLength(value)).toBeLessThanOrEqual(LONGEST_VALUE);
        expect(Buffer.from(value).toString()).toBe(value);
        expect(value).not.toMatch(/\p{Cc}/u);
        expect(labelValue(value)).toBe(value);
      }),
      { numRuns: 500 },
    );
  });
});
