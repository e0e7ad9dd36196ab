import { describe, expect, it } from 'vitest';
import { parseXml, textAt } from '../../../src/grid/xml.ts';
import { GridError } from '../../../src/model/grid.ts';

describe('XML', () => {
  it('is read as elements and text, without prefixes, comments and instructions', () => {
    const root = parseXml(
      '\ufeff<?xml version="1.0"?>\n<!-- a > b --><n:a xmlns:n="urn:x"><b  c=\'1\' >x &lt;&amp;&gt; y</b><b/><d><e> 1 </e></d></n:a>\n',
    );
    expect(root.name).toBe('a');
    expect(root.children.map(({ name, text }) => [name, text])).toEqual([
      ['b', 'x <&> y'],
      ['b', ''],
      ['d', ''],
    ]);
    expect([textAt(root, 'd', 'e'), textAt(root, 'd', 'f'), textAt(root, 'x', 'e')]).toEqual([
      '1',
      undefined,
      undefined,
    ]);
  });

  it.each([
    ['a document type', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'],
    ['an entity of its own', '<a>&b;</a>'],
    ['an entity with the name of a method', '<a>&toString;</a>'],
    ['a character by number', '<a>&#65;</a>'],
    ['CDATA', '<a><![CDATA[x]]></a>'],
    ['no end', '<a><b></b>'],
    ['ends that cross', '<a><b></a></b>'],
    ['an end too many', '<a></a></a>'],
    ['two roots', '<a/><b/>'],
    ['text outside', 'x<a/>'],
    ['nothing', ''],
    ['a page', '<html><br></html>'],
    ['depth', '<a>'.repeat(40) + '</a>'.repeat(40)],
  ])('is refused with %s', (_, body) => {
    expect(() => parseXml(body)).toThrow(GridError);
  });
});
