import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { inTurn } from '../../agent/in-turn.ts';

/** A task that ends when it is told to, and counts how often it began and how many ran at once. */
const heldTask = () => {
  const ends: ((failure?: Error) => void)[] = [];
  let running = 0;
  const seen = { most: 0 };
  const task = (): Promise<number> => {
    running += 1;
    seen.most = Math.max(seen.most, running);
    return new Promise<number>((resolve, reject) => {
      const run = ends.push((failure) => {
        running -= 1;
        if (failure === undefined) resolve(run);
        else reject(failure);
      });
    });
  };
  return { task, ends, seen };
};

describe('a task that is asked for by many', () => {
  it('runs one at a time, and who asks while one runs is served by one that begins after the asking', async () => {
    const { task, ends, seen } = heldTask();
    const ask = inTurn(task);
    const first = ask();
    await nextTurn();
    const others = [ask(), ask(), ask()];
    await nextTurn();
    expect(ends).toHaveLength(1);
    ends[0]?.();
    expect(await first).toBe(1);
    await nextTurn();
    expect(ends).toHaveLength(2);
    ends[1]?.();
    expect(await Promise.all(others)).toEqual([2, 2, 2]);
    expect([ends.length, seen.most]).toEqual([2, 1]);
  });

  it('fails to who asked for it, and holds up none that comes after', async () => {
    const { task, ends } = heldTask();
    const ask = inTurn(task);
    const first = ask();
    await nextTurn();
    const second = ask();
    ends[0]?.(new Error('the file is gone'));
    await expect(first).rejects.toThrow('the file is gone');
    await nextTurn();
    ends[1]?.();
    expect(await second).toBe(2);
  });
});
