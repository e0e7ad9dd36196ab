/** The file that keeps what benchmarks measured. */
import { expect, it } from 'vitest';
import { withRows } from './bench/results.ts';
import type { Row } from './bench/row.ts';

const row = (what: string, ours: string): Row => ({ what, ours, reference: '', budget: '', how: 'x' });
const rowsOf = (text: string) => text.split('\n').filter((line) => /^\| [abcd] /.test(line));

it('a benchmark that is run again replaces its own rows alone, each with its day', () => {
  const before = withRows('', [row('a', '1 ms'), row('b', '2 ms'), row('c', '3 ms')], '2026-01-01', 'h');
  const after = withRows(before, [row('b', '4 ms'), row('d', '5 ms')], '2026-02-02', 'h');
  expect(rowsOf(after)).toEqual([
    '| a | 1 ms |  |  |  |  | x | 2026-01-01 |',
    '| b | 4 ms |  |  |  |  | x | 2026-02-02 |',
    '| d | 5 ms |  |  |  |  | x | 2026-02-02 |',
    '| c | 3 ms |  |  |  |  | x | 2026-01-01 |',
  ]);
  expect(after.split('\n').filter((line) => line.startsWith('| what'))).toHaveLength(1);
});

it('a row keeps its cells whatever is told in it', () => {
  const text = withRows('', [{ ...row('a', '1 ms'), how: 'x | y' }], '2026-01-01', 'h');
  expect(withRows(text, [row('b', '2 ms')], '2026-02-02', 'h')).toContain('| x / y | 2026-01-01 |');
});
