import { expect, it } from 'vitest';
import { framesOf, type Series } from '../look/frames.ts';

const web: Series = { metric: { pool: 'web', job: 'negawatt' }, value: [1_772_928_000, '2.5'] };
const batch: Series = { metric: { pool: 'batch' }, value: [1_772_928_000, '+Inf'] };
const target = (refId: string, format: string) => ({ refId, format, legendFormat: 'pool {{pool}}' });

it('series are named by the legend, each in a frame of its own, with its labels', () => {
  const [first, second, none] = framesOf([
    { target: target('A', 'time_series'), series: [web, batch], step: 60_000 },
  ]);
  expect(first?.fields[0]).toMatchObject({ values: [1_772_928_000_000], config: { interval: 60_000 } });
  expect(first?.fields[1]).toMatchObject({ values: [2.5], labels: web.metric });
  expect(first?.fields[1]?.config).toEqual({ displayNameFromDS: 'pool web' });
  expect(second?.fields[1]).toMatchObject({ values: [Number.POSITIVE_INFINITY] });
  expect(none).toBeUndefined();
});

it('a table is one frame a query: labels in the order of the alphabet, and a value that has the letter of its query', () => {
  const only = framesOf([{ target: target('A', 'table'), series: [web, batch], step: 0 }]);
  expect(only[0]?.fields.map(({ name }) => name)).toEqual(['Time', 'job', 'pool', 'Value']);
  expect(only[0]?.fields[1]?.values).toEqual(['negawatt', '']);
  const two = framesOf([
    { target: target('A', 'table'), series: [web], step: 0 },
    { target: target('B', 'table'), series: [], step: 0 },
  ]);
  expect(two.map(({ fields }) => fields.at(-1)?.name)).toEqual(['Value #A', 'Value #B']);
});
