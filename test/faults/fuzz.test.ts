import { expect, test } from 'vitest';
import { fuzz, shares } from './fuzz.ts';
import { openParsers } from './parsers/index.ts';

const INPUTS = 20_000;
/** Far more than any of them needs, on a machine that does something else too. */
const LONGEST_MS = 10_000;

const parsers = await openParsers();
const share = shares(parsers, INPUTS);

test.each(parsers.map((parser, i) => [parser.name, parser, share[i] ?? 0] as const))(
  'whatever stands in %s is read or refused in words, and changes nothing else',
  async (_, parser, inputs) => {
    const found = await fuzz(parser, inputs);
    expect(found.longest).toBeLessThan(LONGEST_MS);
  },
);
