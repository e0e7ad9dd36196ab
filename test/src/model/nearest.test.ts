import { describe, expect, it } from 'vitest';
import { editDistance, nearest } from '../../../src/model/nearest.ts';

describe('the edit distance', () => {
  it.each([
    ['', '', 0],
    ['kitten', 'sitting', 3],
    ['ab', 'ba', 1],
    ['CN-GD', 'CN-DG', 1],
    ['', 'abc', 3],
    ['广东', '广西', 1],
  ])('of %j and %j is %d, both ways round', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });
});

describe('the nearest words', () => {
  const keys = ['interval', 'internal', 'zone', 'zones', 'sources'];

  it('come nearest first, whatever their case', () => {
    expect(nearest('Intervall', keys)).toEqual(['interval', 'internal']);
    expect(nearest('zoen', keys)).toEqual(['zone']);
  });

  it('are none for a word unlike all', () => {
    expect(nearest('pue', keys)).toEqual([]);
  });

  it('are no more than asked for', () => {
    expect(nearest('zone', keys, 1)).toEqual(['zone']);
  });
});
