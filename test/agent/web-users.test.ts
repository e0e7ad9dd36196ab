import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBasicAuth } from '../../agent/basic-auth.ts';
import { createGate } from '../../agent/gate.ts';
import type { WebFile } from '../../src/index.ts';
import { ask, type Served, serve } from '../fixtures/http.ts';
import { followed, type WebFolder, webFolder } from '../fixtures/web-config.ts';

/** Of `right` and of `other`; cost 4. */
const RIGHT = '$2b$04$kTEpgG1sQTvvtOAXlOwfU.L24Orxwmph44LcUCKJIL1/jl4QwczxC';
const OTHER = '$2y$04$HmzG4lYrE7dzrIDHoLeuNuElWICVuFluelLnMGj/qpuZFMDR9td0S';

const basic = (name: string, password: string): string =>
  `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

describe('a server with users', () => {
  let folder: WebFolder;
  const closing: (() => Promise<void> | void)[] = [];
  beforeEach(() => {
    folder = webFolder();
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    folder.remove();
  });
  const serving = async (
    text: string,
    more: Parameters<typeof serve>[0] = {},
  ): Promise<Served & { readonly said: readonly string[] }> => {
    folder.put('web.yml', text);
    const { web, logged: said } = await followed(folder);
    closing.push(() => web.close());
    const served = await serve({ web, ...more });
    closing.push(() => served.server.close());
    served.driven.settle();
    return { ...served, said };
  };
  const USERS = `basic_auth_users:\n  alice: "${RIGHT}"\n  bob: "${OTHER}"\n`;
  const PATHS = ['/metrics', '/', '/api/v1/snapshot', '/-/healthy', '/-/ready', '/style.css', '/nothing'];

  it.each([
    ['alice', 'right'],
    ['bob', 'other'],
  ])('lets in %s with her own password, to everything', async (name, password) => {
    const { server } = await serving(USERS);
    const headers = { authorization: basic(name, password) };
    for (const path of PATHS)
      expect((await ask(server, path, { headers })).status).toBe(path === '/nothing' ? 404 : 200);
  });

  it.each([
    ['nobody', undefined],
    ['a wrong password', basic('alice', 'wrong')],
    ["another user's password", basic('alice', 'other')],
    ['an unknown user', basic('carol', 'right')],
    ['an empty password', basic('alice', '')],
    ['the hash in place of the password', basic('alice', RIGHT)],
    ['a name alone', `Basic ${Buffer.from('alice').toString('base64')}`],
    ['another scheme', 'Bearer alice:right'],
    ['no base64', 'Basic alice:right'],
    ['a name that every object has', basic('constructor', 'right')],
  ])('asks %s for a name and a password, whatever is wanted', async (_name, authorization) => {
    const { server } = await serving(USERS);
    for (const path of ['/metrics', '/', '/nothing', '/-/healthy']) {
      const headers = authorization === undefined ? {} : { authorization };
      const answer = await ask(server, path, { headers });
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toMatch(/^Basic realm=/);
      expect(answer.text).toBe('a name and its password are asked for here\n');
    }
  });

  it('takes no work from strangers, and does not read what they send', async () => {
    const { server } = await serving(USERS);
    const answer = await ask(server, '/api/v1/work', { method: 'POST', body: 'x'.repeat(10_000) });
    expect(answer.status).toBe(401);
    expect(answer.headers.connection).toBe('close');
  });

  it('follows the file: a user comes, another goes, a password changes', async () => {
    const { server } = await serving(`basic_auth_users:\n  alice: "${RIGHT}"\n`);
    const status = async (name: string, password: string): Promise<number> =>
      (await ask(server, '/metrics', { headers: { authorization: basic(name, password) } })).status;
    expect(await status('alice', 'right')).toBe(200);
    folder.put('web.yml', `basic_auth_users:\n  bob: "${OTHER}"\n`);
    await expect.poll(() => status('bob', 'other')).toBe(200);
    expect(await status('alice', 'right')).toBe(401);
    folder.put('web.yml', `basic_auth_users:\n  bob: "${RIGHT}"\n`);
    await expect.poll(() => status('bob', 'right')).toBe(200);
    expect(await status('bob', 'other')).toBe(401);
  });

  it('sends the headers of the file with every answer, in place of its own', async () => {
    const headers = 'Strict-Transport-Security: max-age=60, Content-Security-Policy: "default-src https:"';
    const { server } = await serving(`${USERS}http_server_config: {headers: {${headers}}}\n`);
    for (const authorization of [basic('alice', 'right'), basic('alice', 'wrong')]) {
      const answer = await ask(server, '/metrics', { headers: { authorization } });
      expect(answer.headers['strict-transport-security']).toBe('max-age=60');
      expect(answer.headers['content-security-policy']).toBe('default-src https:');
      expect(answer.headers['x-content-type-options']).toBe('nosniff');
    }
  });

  it('sends them also where the agent itself fails', async () => {
    const { server } = await serving('http_server_config: {headers: {X-Frame-Options: deny}}\n', {
      page: () => {
        throw new Error('no page');
      },
    });
    const answer = await ask(server, '/');
    expect([answer.status, answer.headers['x-frame-options']]).toEqual([500, 'deny']);
  });

  it('says of a file that changes what is perhaps not meant, as at the start', async () => {
    const { said } = await serving('rate_limit: {interval: 1s, burst: 100}\n');
    expect(said).toEqual([]);
    folder.put('web.yml', 'basic_auth_users:\n');
    await expect.poll(() => said.join()).toContain('web.yml:1:18: basic_auth_users is empty');
  });

  it('lets in as many requests as the file says, and tells the rest when to come again', async () => {
    const { server } = await serving('rate_limit: {interval: 1h, burst: 3}\n');
    const answers = [];
    for (let i = 0; i < 5; i++) answers.push(await ask(server, '/-/healthy'));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429]);
    expect(Number(answers[4]?.headers['retry-after'])).toBeGreaterThan(3500);
    expect(answers[4]?.text).toContain('rate_limit');
  });
});

describe('the rate limit', () => {
  it('lets one more in after each interval, never more than the burst', async () => {
    let clock = 0;
    const web: WebFile = {
      tls: undefined,
      headers: {},
      users: new Map(),
      rateLimit: { interval: 10 as never, burst: 2 },
    };
    const gate = createGate(
      () => web,
      () => clock,
    );
    const request = { method: 'GET', headers: {}, socket: {} } as never;
    const isIn = async (): Promise<boolean> => (await gate.refuse(request)) === undefined;
    expect([await isIn(), await isIn(), await isIn()]).toEqual([true, true, false]);
    clock = 9.9;
    expect(await isIn()).toBe(false);
    clock = 10.1;
    expect([await isIn(), await isIn()]).toEqual([true, false]);
    clock = 1000;
    expect([await isIn(), await isIn(), await isIn()]).toEqual([true, true, false]);
  });
});

describe('the work of checking a password', () => {
  const USERS = new Map([
    ['alice', '$2b$12$alice'],
    ['bob', '$2b$10$bob'],
  ]);
  /** A bcrypt that is counted, and that ends when the test says so. */
  const counted = (isHeld = false) => {
    const compared: string[] = [];
    const held: (() => void)[] = [];
    let running = 0;
    let most = 0;
    let clock = 0;
    const auth = createBasicAuth({
      now: () => clock,
      compare: async (password, hash) => {
        compared.push(hash);
        running += 1;
        most = Math.max(most, running);
        if (isHeld) await new Promise<void>((resolve) => held.push(resolve));
        running -= 1;
        return password === 'right';
      },
    });
    const check = async (name: string, password: string, remote = '10.0.0.1') =>
      (await auth.check(basic(name, password), remote, USERS)).is;
    return {
      compared,
      held,
      check,
      most: () => most,
      pass: (seconds: number) => {
        clock += seconds;
      },
    };
  };

  it('is done once for each pair of name and password, right or wrong', async () => {
    const { check, compared } = counted();
    for (let i = 0; i < 5; i++) {
      expect(await check('alice', 'right')).toBe('ok');
      expect(await check('alice', 'wrong')).toBe('refused');
    }
    expect(compared).toHaveLength(2);
  });

  it('is as much for an unknown user as for the dearest known one, and ends in a refusal', async () => {
    const { check, compared } = counted();
    expect(await check('carol', 'right')).toBe('refused');
    expect(await check('carol', 'right')).toBe('refused');
    expect(compared).toHaveLength(1);
    expect(compared[0]).toMatch(/^\$2b\$12\$.{53}$/);
  });

  it('is as much for a wrong password whoever it is for, so that the clock tells no names', async () => {
    const work = async (name: string): Promise<number> => {
      const { check, compared } = counted();
      expect(await check(name, 'wrong')).toBe('refused');
      return compared.reduce((sum, hash) => sum + 2 ** Number(hash.slice(4, 6)), 0);
    };
    expect([await work('alice'), await work('bob'), await work('carol')]).toEqual(Array(3).fill(2 ** 12));
  });

  it('is none for a request without a name', async () => {
    const { compared } = counted();
    const auth = createBasicAuth({ compare: async () => true });
    for (const header of [undefined, '', 'Basic', 'Bearer x', 'Basic !!!'])
      expect((await auth.check(header, '10.0.0.1', USERS)).is).toBe('refused');
    expect(compared).toEqual([]);
  });

  it('is shared by requests that ask the same at the same time', async () => {
    const { check, compared, held } = counted(true);
    const many = Array.from({ length: 40 }, () => check('alice', 'right'));
    await expect.poll(() => held.length).toBe(1);
    held[0]?.();
    expect(new Set(await Promise.all(many))).toEqual(new Set(['ok']));
    expect(compared).toHaveLength(1);
  });

  it('is done one at a time, and no more than 16 wait for it', async () => {
    const { check, held, most } = counted(true);
    const many = Array.from({ length: 30 }, (_, i) => check('alice', `wrong ${i}`, `10.0.0.${i}`));
    for (let i = 0; i < 16; i++) {
      await expect.poll(() => held.length).toBe(i + 1);
      held[i]?.();
    }
    const verdicts = await Promise.all(many);
    expect(verdicts.filter((is) => is === 'refused')).toHaveLength(16);
    expect(verdicts.filter((is) => is === 'later')).toHaveLength(14);
    expect(most()).toBe(1);
  });

  it('is limited for an address that guesses: five at once, then one in 10 s', async () => {
    const { check, compared, pass } = counted();
    const verdicts = [];
    for (let i = 0; i < 8; i++) verdicts.push(await check('alice', `wrong ${i}`));
    expect(verdicts).toEqual([...Array(5).fill('refused'), ...Array(3).fill('later')]);
    expect(compared).toHaveLength(5);
    expect(await check('alice', 'right')).toBe('later');
    pass(10);
    expect(await check('alice', 'right')).toBe('ok');
    // What was right costs nothing: the next guess is still allowed.
    expect(await check('alice', 'one more')).toBe('refused');
    expect(await check('alice', 'and one more')).toBe('later');
  });

  it('is limited for all addresses together, and who is known gets in all the same', async () => {
    const { check, compared } = counted();
    expect(await check('alice', 'right', '10.9.9.9')).toBe('ok');
    for (let i = 0; i < 100; i++) await check('alice', `wrong ${i}`, `10.0.1.${i}`);
    expect(compared).toHaveLength(1 + 20);
    expect(await check('alice', 'right', '10.9.9.9')).toBe('ok');
    expect(await check('alice', 'right', '10.0.1.1')).toBe('ok');
    expect(await check('bob', 'right', '10.9.9.9')).toBe('later');
  });

  it('that fails for itself lets nobody in, and the next one has its turn', async () => {
    let isBroken = true;
    const auth = createBasicAuth({
      compare: async () => {
        if (isBroken) throw new Error('no memory');
        return true;
      },
    });
    await expect(auth.check(basic('alice', 'right'), '10.0.0.1', USERS)).rejects.toThrow('no memory');
    isBroken = false;
    expect((await auth.check(basic('alice', 'right'), '10.0.0.1', USERS)).is).toBe('ok');
  });

  it('remembers a bounded number of answers', async () => {
    const { check, compared, pass } = counted();
    for (let i = 0; i < 150; i++) {
      pass(10);
      await check('alice', `wrong ${i}`);
    }
    const before = compared.length;
    pass(100);
    await check('alice', 'wrong 149');
    expect(compared).toHaveLength(before);
    await check('alice', 'wrong 0');
    expect(compared).toHaveLength(before + 1);
  });
});
