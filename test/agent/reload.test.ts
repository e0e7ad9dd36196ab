import { describe, expect, it } from 'vitest';
import { load } from '../../agent/configuration.ts';
import { reloader } from '../../agent/reload.ts';
import type { Run } from '../../agent/run.ts';

/** A run of which a reload asks only this. */
const standIn = async (): Promise<Run> => {
  const nothing = (): void => {};
  const log = { info: nothing, warn: nothing, error: nothing };
  return {
    ...{ loaded: await load({}), log, pause: nothing, goOn: nothing },
    sinceTick: () => 1000,
    keepAll: () => true,
    send: async () => {},
    close: async () => {},
  } as unknown as Run;
};

describe('reloads that are asked for at once', () => {
  it('are one that is at work and one that waits, and each asker hears of a configuration read since', async () => {
    let current = await standIn();
    const opened: Run[] = [];
    const { reload } = reloader({
      ...{ flags: {}, current: () => current, standing: { last: { successful: true, at: 1000 } } },
      open: async () => {
        const next = await standIn();
        opened.push(next);
        return next;
      },
      take: async (next) => () => {
        current = next;
      },
    });
    const first = reload();
    await expect.poll(() => opened.length).toBe(1);
    const more = await Promise.all(Array.from({ length: 20 }, () => reload()));
    expect([await first, ...more]).toEqual(Array(21).fill(undefined));
    expect(opened).toHaveLength(2);
    expect(await reload()).toBe(undefined);
    expect(opened).toHaveLength(3);
  });
});

describe('a reload that fails at the very end', () => {
  it('leaves the time of the last good one as it was', async () => {
    const first = await standIn();
    const standing = { last: { successful: true, at: 1000 } };
    const { reload } = reloader({
      ...{ flags: {}, current: () => first, open: standIn, standing },
      take: async () => () => {
        throw new Error('the first tick fails');
      },
    });
    expect(await reload()).toBe('the first tick fails');
    expect(standing.last).toEqual({ successful: false, at: 1000 });
  });
});
