import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { transformSync } from 'esbuild';
import { expect, test } from 'vitest';
import { startFlags } from '../fixtures/start-flags.ts';

const SOURCE = readFileSync(join(import.meta.dirname, '..', '..', 'agent', 'young-generation.ts'), 'utf8');
const CODE = transformSync(SOURCE, { loader: 'ts', format: 'esm' }).code;

interface Found {
  /** Pages that the kernel gave in eight seconds. */
  readonly taken: number;
  readonly random: number;
}

/** A Node with the options of `npm start` that makes a few thousand objects each half second: as slow as an agent. */
const run = async (calls: string): Promise<Found> => {
  const script = `
    import { readFileSync } from 'node:fs';
    ${CODE}
    ${calls}
    const faults = () => Number(readFileSync('/proc/self/stat', 'latin1').split(' ')[9]);
    const held = [];
    const work = () => { for (let i = 0; i < 3000; i++) held[i % 500] = { at: i, list: [i] }; };
    let turn = 0;
    let from = 0;
    const timer = setInterval(() => {
      work();
      if (++turn === 10) from = faults();
      if (turn < 26) return;
      clearInterval(timer);
      console.log(JSON.stringify({ taken: faults() - from, random: Math.random() }));
    }, 500);`;
  const args = [...startFlags(), '--input-type=module', '--eval', script];
  return JSON.parse((await promisify(execFile)(process.execPath, args)).stdout) as Found;
};

test('the memory of the young generation is kept, and is not cleared anew for each collection', async () => {
  const [kept, again, given] = await Promise.all([
    run('keepYoungGeneration();'),
    run('keepYoungGeneration();'),
    run('keepYoungGeneration([]);'),
  ]);
  // What V8 does by itself, so that the figure below means something.
  expect(given.taken).toBeGreaterThan(500);
  expect(kept.taken).toBeLessThan(given.taken / 4);
  // The option on the command line would have all agents draw the same numbers.
  expect(kept.random).not.toBe(again.random);
});
