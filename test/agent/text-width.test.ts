import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable } from '../../agent/table.ts';
import { cut, padEnd, padStart, textWidth } from '../../agent/text-width.ts';

describe('the width of a text on a terminal', () => {
  it('is two columns for what East Asian fonts and emoji take, none for what joins the character before', () => {
    expect(textWidth('nginx.service')).toBe(13);
    expect(textWidth('\u6570\u636e\u5e93')).toBe(6);
    expect(textWidth('\ud55c\uae00')).toBe(4);
    expect(textWidth('\uff76\uff80\uff76\uff85')).toBe(4);
    expect(textWidth('\uff21')).toBe(2);
    expect(textWidth('\u{1f680}')).toBe(2);
    expect(textWidth('e\u0301')).toBe(1);
    expect(textWidth('\u00fc\u00df')).toBe(2);
  });

  it('is never exceeded by a cut, which halves no character and is marked', () => {
    expect(cut('database', 8)).toBe('database');
    expect(cut('database', 5)).toBe('data~');
    expect(cut('\u6570\u636e\u5e93', 4)).toBe('\u6570~');
    expect(cut('ab', 0)).toBe('');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(60), (text, width) => {
        const made = cut(printable(text), width);
        expect(textWidth(made)).toBeLessThanOrEqual(width);
        expect(textWidth(padEnd(made, width))).toBe(width);
        expect(textWidth(padStart(made, width))).toBe(width);
      }),
    );
  });
});

it('nothing that steers a terminal is left in a printable text', () => {
  expect(printable('a\u001b]0;x\u0007b\u009b2J\r\n\u202egpj\u200b')).toBe(
    'a\ufffd]0;x\ufffdb\ufffd2J\ufffd\ufffd\ufffdgpj\ufffd',
  );
  expect(printable('\u6570\u636e gr\u00fc\u00df \u{1f680}')).toBe('\u6570\u636e gr\u00fc\u00df \u{1f680}');
});
