import { describe, expect, it } from 'vitest';
import { parseExposition } from '../../fixtures/strict-exposition.ts';

const head = '# HELP a_total Help.\n# TYPE a_total counter\n';

describe('the strict reader that the other tests rely on', () => {
  it('reads families, labels with escapes, and all kinds of numbers', () => {
    const families = parseExposition(
      `${head}a_total{x="q\\"b\\\\n\\n{},="} 1.5e-7\na_total +Inf\n# HELP b B.\n# TYPE b gauge\nb -2\n`,
    );
    expect([...families.keys()]).toEqual(['a_total', 'b']);
    expect(families.get('a_total')).toEqual({
      name: 'a_total',
      type: 'counter',
      help: 'Help.',
      samples: [
        { labels: { x: 'q"b\\n\n{},=' }, value: 1.5e-7 },
        { labels: {}, value: Number.POSITIVE_INFINITY },
      ],
    });
  });

  it.each([
    ['no line feed at the end', `${head}a_total 1`],
    ['a timestamp', `${head}a_total 1 1700000000000\n`],
    ['a series twice', `${head}a_total{x="1",y="2"} 1\na_total{y="2",x="1"} 2\n`],
    ['a family twice', `${head}a_total 1\n${head}a_total{x="1"} 1\n`],
    ['a sample of another family', `${head}b 1\n`],
    ['a sample without TYPE', '# HELP a A.\na 1\n'],
    ['a unit line', '# HELP a A.\n# UNIT a s\n# TYPE a gauge\na 1\n'],
    ['an unknown escape', `${head}a_total{x="\\t"} 1\n`],
    ['an open label', `${head}a_total{x="1} 1\n`],
    ['a label twice', `${head}a_total{x="1",x="2"} 1\n`],
    ['no number', `${head}a_total one\n`],
    ['a family without samples', head],
    ['an empty line', `${head}a_total 1\n\n`],
  ])('refuses %s', (_, text) => {
    expect(() => parseExposition(text)).toThrow();
  });
});
