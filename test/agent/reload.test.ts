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
