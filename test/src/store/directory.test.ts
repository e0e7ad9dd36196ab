import { expect, test } from 'vitest';
import { defaultStateDirectory } from '../../../src/store/directory.ts';

test.each([
  [
    "the service's directory comes first, also for root",
    { STATE_DIRECTORY: '/var/lib/x:/y', HOME: '/root' },
    0,
    '/var/lib/x',
  ],
  ['root without a service keeps it where services do', { HOME: '/root' }, 0, '/var/lib/negawatt'],
  ['a user has XDG_STATE_HOME', { XDG_STATE_HOME: '/s', HOME: '/home/u' }, 1000, '/s/negawatt'],
  [
    'a relative XDG_STATE_HOME is not used',
    { XDG_STATE_HOME: 's', HOME: '/home/u' },
    1000,
    '/home/u/.local/state/negawatt',
  ],
  ['without a home there is none', {}, 1000, undefined],
])('%s', (_, env, user, expected) => {
  expect(defaultStateDirectory(env, user)).toBe(expected);
});
