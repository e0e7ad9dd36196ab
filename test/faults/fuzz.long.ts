import { afterAll, expect, test } from 'vitest';
import { type Fuzzed, fuzz, shares } from './fuzz.ts';
import { openParsers } from './parsers/index.ts';
import { keep } from './results.ts';

/** Fewer for a quick look, whose figures stand for nothing and are not kept. */
const { NEGAWATT_FUZZ: quick } = process.env;
const INPUTS = Number(quick ?? 1_000_000);
/** Far more than any of them needs, on a machine that does something else too. */
const LONGEST_MS = 10_000;
/** More than any of the parsers may keep of what it has read, MB. */
const MOST_GROWN = 32;

const parsers = await openParsers();
const share = shares(parsers, INPUTS);
const all: Fuzzed[] = [];

test.each(parsers.map((parser, i) => [parser.name, parser, share[i] ?? 0] as const))(
  'whatever stands in %s is read or refused in words, and changes nothing else',
  async (_, parser, inputs) => {
    const found = await fuzz(parser, inputs, true);
    all.push(found);
    expect(found.longest).toBeLessThan(LONGEST_MS);
    expect(found.grown).toBeLessThan(MOST_GROWN);
  },
);

afterAll(() => {
  const sum = (of: (one: Fuzzed) => number): number => all.reduce((total, one) => total + of(one), 0);
  const slowest = all.toSorted((a, b) => b.longest - a.longest)[0];
  const largest = all.toSorted((a, b) => b.grown - a.grown)[0];
  if (quick !== undefined) return;
  keep({
    what: 'damaged input of every parser but those of grid providers',
    howMany: `${sum(({ inputs }) => inputs).toLocaleString('en')} inputs, ${all.length} of ${parsers.length} parsers: ${all.map(({ name, inputs }) => `${name} ${inputs}`).join(', ')}`,
    result: `no error that is not declared, no prototype changed, ${sum(({ refused }) => refused).toLocaleString('en')} refused by a declared error; longest input ${slowest?.longest.toFixed(0)} ms (${slowest?.name}); heap after collection grew by at most ${largest?.grown.toFixed(1)} MB (${largest?.name})`,
  });
});
