import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { gridKind } from '../../../src/grid/kind.ts';
import { entryId, keyedProvider } from '../../../src/grid/provider.ts';
import { createSecret } from '../../../src/grid/secret.ts';
import type { GridSecrets } from '../../../src/grid/secrets.ts';
import { answer, scripted } from '../../fixtures/grid-provider.ts';
import { gridErrorOf, untouched } from '../../fixtures/grid-server.ts';

const KEY = 's3cret-Key';
let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'negawatt-grid-key-'));
  file = join(dir, 'key');
});
afterEach(() => rmSync(dir, { recursive: true }));
const write = (text: string, mode = 0o640): void => {
  writeFileSync(file, text);
  chmodSync(file, mode);
};
const refusal = async (secret: ReturnType<typeof createSecret>) => {
  const error = await gridErrorOf(secret.read());
  expect(`${error.message} ${error.fix} ${error.stack} ${error.cause}`).not.toContain(KEY);
  expect(error.kind).toBe('refused');
  expect(error.fix).not.toBe('');
  return error;
};

it('a key is one line of a file, with or without its end', async () => {
  const secret = createSecret({ key_file: file }, 'key', {});
  for (const end of ['', '\n', '\r\n']) {
    write(KEY + end);
    expect(await secret.read()).toEqual({ key: KEY });
  }
});

it('a login is a name and a password, which may hold colons', async () => {
  write('me:a:b c\n');
  expect(await createSecret({ key_file: file }, 'login', {}).read()).toEqual({
    username: 'me',
    password: 'a:b c',
  });
});

it('a file that every user may read is refused with what to do', async () => {
  write(KEY, 0o644);
  const error = await refusal(createSecret({ key_file: file }, 'key', {}));
  expect(error.message).toBe(`${file} holds a key and every user of this host may read it`);
  expect(error.fix).toContain(`chmod 640 ${file}`);
});

it.each([
  ['empty', ''],
  ['of two lines', `${KEY}\nsecond\n`],
  ['with a letter that no header can hold', `${KEY}é`],
  ['of a megabyte', KEY.repeat(100_000)],
])('a file that is %s is refused without a word of it', async (_, text) => {
  write(text);
  await refusal(createSecret({ key_file: file }, 'key', {}));
});

it('a login without a colon, and a missing file, are refused', async () => {
  write(KEY);
  await refusal(createSecret({ key_file: file }, 'login', {}));
  await refusal(createSecret({ key_file: join(dir, 'none') }, 'key', {}));
  await refusal(createSecret({ key_file: dir }, 'key', {}));
});

it('a key may lie in the environment, under the name that the configuration says', async () => {
  expect(await createSecret({ key_env: 'GRID_KEY' }, 'key', { GRID_KEY: KEY }).read()).toEqual({ key: KEY });
  expect((await refusal(createSecret({ key_env: 'GRID_KEY' }, 'key', {}))).message).toContain('GRID_KEY');
  expect(await createSecret({}, 'key', { KEY }).read()).toEqual({});
});

it('a provider works with the key as it is now, and is the same one while the key is', async () => {
  const made: GridSecrets[] = [];
  const kind = gridKind({
    name: 'scripted',
    about: 'A test',
    secret: 'key',
    options: z.object({ zone: z.string() }),
    create: (_options, secrets) => {
      made.push(secrets);
      return scripted(() => answer());
    },
  });
  const provider = keyedProvider(
    kind as never,
    { name: 'scripted', key_file: file, zone: 'DE' } as never,
    {},
  );
  write('first');
  await provider.ask(0, untouched());
  await provider.ask(0, untouched());
  expect(await provider.renewed?.()).toBe(false);
  write('second');
  expect(await provider.renewed?.()).toBe(true);
  await provider.ask(0, untouched());
  expect(made).toEqual([{}, { key: 'first' }, { key: 'second' }]);
});

it('the name of what is kept says nothing of the options, and differs with each but the place of the key', () => {
  const one = { name: 'json', url: 'https://grid.example/?key=abc', zone: 'DE' };
  expect(entryId(one)).toMatch(/^json-[0-9a-f]{16}$/);
  expect(entryId({ ...one, key_file: '/etc/key' })).toBe(entryId(one));
  expect(entryId({ zone: 'DE', url: one.url, name: 'json' } as never)).toBe(entryId(one));
  expect(entryId({ ...one, zone: 'FR' } as never)).not.toBe(entryId(one));
});
