import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openState } from '../../agent/state.ts';
import { loadConfig } from '../../src/config/index.ts';
import { freshDirectory } from '../fixtures/agent-process.ts';

const defaults = async () => {
  const loaded = await loadConfig({});
  if (!loaded.ok) throw new Error('the defaults do not load');
  return loaded.config;
};

let directory: ReturnType<typeof freshDirectory>;
beforeEach(() => {
  directory = freshDirectory();
});
afterEach(() => directory.remove());

describe('where the state is kept', () => {
  it('without a home the agent lives in memory and says what that costs', async () => {
    const { store, problem } = await openState(await defaults(), { env: {}, userId: 1000 });
    expect(store.where).toBe('memory');
    expect(problem).toMatchObject({ fatal: false });
    expect(problem?.fix).toContain('--state.dir');
  });

  it('a default directory that cannot be made is lived without', async () => {
    const { store, problem } = await openState(await defaults(), {
      env: { STATE_DIRECTORY: '/proc/none' },
      userId: 1000,
    });
    expect(store.where).toBe('memory');
    expect(problem).toMatchObject({ fatal: false });
    expect(problem?.reason).toContain('/proc/none');
  });

  it('a default directory that another agent holds ends the start', async () => {
    const owner = { env: { STATE_DIRECTORY: join(directory.path, 's') }, userId: 1000 };
    const first = await openState(await defaults(), owner);
    expect(first.problem).toBeUndefined();
    const second = await openState(await defaults(), owner);
    expect(second.problem).toMatchObject({ fatal: true });
    expect(second.problem?.reason).toContain('in use by another negawatt');
    first.store.close();
  });
});
