/** Names that others chose stay text: in a page, a table, a terminal. */
import { describe, expect, it } from 'vitest';
import { csvLines, htmlText, markdownTable, markdownText, printable } from '../../../src/exporters/markup.ts';

const NASTY = 'a\u001b[31m<b>"x"</b>\u202e|_y_\n';

describe('a name that would be more than text', () => {
  it('is no command to a terminal', () => {
    expect(printable(NASTY)).toBe('a\uFFFD[31m<b>"x"</b>\uFFFD|_y_\uFFFD');
  });

  it('is no markup of a page, in an attribute neither', () => {
    expect(htmlText(NASTY)).toBe('a\uFFFD[31m&lt;b&gt;&quot;x&quot;&lt;/b&gt;\uFFFD|_y_\uFFFD');
    expect(htmlText("'&")).toBe('&#39;&amp;');
  });

  it('is no cell, no emphasis and no element of Markdown', () => {
    expect(markdownText(NASTY)).toBe('a\uFFFD\\[31m&lt;b&gt;"x"&lt;/b&gt;\uFFFD\\|\\_y\\_\uFFFD');
    expect(
      markdownTable([
        ['', 'a'],
        ['x|y', '1'],
      ]),
    ).toEqual(['|  | a |', '| --- | ---: |', '| x\\|y | 1 |']);
  });

  it('is one cell of CSV, as it was', () => {
    expect(
      csvLines([
        ['a,b', 'c"d', 'plain'],
        ['two\nlines', '', '1'],
      ]),
    ).toBe('"a,b","c""d",plain\r\n"two\nlines",,1\r\n');
  });
});
