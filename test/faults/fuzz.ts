/** Gives parsers damaged input and looks at what they do beside answering. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { numbers } from '../fixtures/numbers.ts';
import { prototypes } from '../fixtures/prototypes.ts';
import { damaged, type Pick } from './mutate.ts';

export interface Parser {
  /** What its bytes are, and of whom. */
  readonly name: string;
  /** Good examples. */
  readonly corpus: readonly (string | Buffer)[];
  /** Reads; throws for what cannot be read, if the parser does. */
  read(input: Buffer): unknown;
  /** Whether an error is one that the parser declares. Without it none is. */
  declares?(error: unknown): boolean;
  /** How much dearer than the cheap ones: it gets so many times fewer inputs. */
  readonly cost?: number;
  /** Damages one of the examples; without it they are damaged as text. */
  damage?(corpus: readonly Buffer[], pick: Pick): Buffer;
  /** What is read may hold NaN or infinities, which whoever called deals with. */
  readonly anyNumber?: boolean;
  close?(): void;
}

export interface Fuzzed {
  readonly name: string;
  readonly inputs: number;
  readonly refused: number;
  /** Longest that one input took, milliseconds. */
  readonly longest: number;
  /** What the heap grew by over all inputs, after full collections, MB; 0 where it was not weighed. */
  readonly grown: number;
}

/** Inputs between two looks at the prototypes. */
const BATCH = 500;
const SEED = 20_261_126;

/** A full collection of garbage. */
export const collect = (() => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
})();
const heap = (): number => {
  collect();
  return process.memoryUsage().heapUsed / 1e6;
};

const UNTOUCHED = prototypes();

/** Throws where a number is none, anywhere in a value. */
const checkNumbers = (value: unknown): void => {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`read the number ${value}`);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
  if (value instanceof Map || value instanceof Set) for (const entry of value) checkNumbers(entry);
  else for (const entry of Object.values(value)) checkNumbers(entry);
};

/** Damage to an example that is refused as it stands would be refused for the same reason. */
const checkAccepted = (name: string, value: unknown): void => {
  const { found = true, ok = true } = Object(value) as { found?: unknown; ok?: unknown };
  if (value === undefined || found !== true || ok !== true)
    throw new Error(`${name}: an example is refused: ${JSON.stringify(value)?.slice(0, 500)}`);
};

/**
 * Throws an Error with the input for the first that a parser does not bear: an error that it does not declare, a number
 * that is none in what it read, a prototype that changed.
 *
 * @param weighed whether the heap is weighed before and after.
 */
export const fuzz = async (parser: Parser, inputs: number, weighed = false): Promise<Fuzzed> => {
  const { name, read, declares = () => false, damage = damaged, anyNumber = false } = parser;
  const corpus = parser.corpus.map((example) => Buffer.from(example));
  for (const example of corpus) checkAccepted(name, await read(example));
  const pick = numbers(SEED);
  const { stackTraceLimit } = Error;
  // Stacks of a hundred thousand errors are most of the time, and nobody reads them.
  Error.stackTraceLimit = 0;
  const before = weighed ? heap() : 0;
  let refused = 0;
  let longest = 0;
  try {
    for (let round = 0; round < inputs; round += 1) {
      const input = damage(corpus, pick);
      const began = performance.now();
      try {
        const result = read(input);
        const value: unknown = result instanceof Promise ? await result : result;
        if (!anyNumber) checkNumbers(value);
      } catch (error) {
        if (!declares(error)) throw failed(name, input, error);
        refused += 1;
      }
      longest = Math.max(longest, performance.now() - began);
      if (round % BATCH === 0 && prototypes() !== UNTOUCHED)
        throw failed(name, input, new Error('a prototype was changed by one of the last inputs'));
    }
    if (prototypes() !== UNTOUCHED)
      throw new Error(`${name}: a prototype was changed by one of the last inputs`);
    return { name, inputs, refused, longest, grown: weighed ? heap() - before : 0 };
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    parser.close?.();
  }
};

const failed = (name: string, input: Buffer, cause: unknown): Error => {
  const why = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  return new Error(`${name}: ${why}\ninput: ${shown(input)}`, { cause });
};

/** As text where it can be read; what is long or of bytes is kept in a file. */
const shown = (input: Buffer): string => {
  if (input.length <= 2000) return JSON.stringify(input.toString('latin1'));
  const path = join(mkdtempSync(join(tmpdir(), 'negawatt-fuzz-input-')), 'input');
  writeFileSync(path, input);
  return `${input.length} bytes, kept in ${path}`;
};

/** Inputs for each parser, of so many in all: the dear ones get fewer. */
export const shares = (parsers: readonly Parser[], all: number): readonly number[] => {
  const weights = parsers.map(({ cost = 1 }) => 1 / cost);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => Math.ceil((all * weight) / sum));
};
