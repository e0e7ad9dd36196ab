/** Redfish against a BMC that is a real server: how it is found, asked, trusted, and what happens when it misbehaves. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { loadConfig, printConfig } from '../../../src/config/index.ts';
import type { OpenSource, SampleDraft, Source } from '../../../src/model/source.ts';
import { redfishSource } from '../../../src/sources/redfish.ts';
import { redfishOptions } from '../../../src/sources/redfish-options.ts';
import { noCertificates, selfSigned } from '../../fixtures/certificate.ts';
import {
  bareTree,
  type FakeBmc,
  newerTree,
  olderPower,
  olderTree,
  startBmc,
  UUID,
} from '../../fixtures/fake-bmc.ts';
import { createFakeHost, fakeClock } from '../../fixtures/fake-host.ts';

const SECRET = 'hunter2:with:colons';
const folder = mkdtempSync(join(tmpdir(), 'negawatt-redfish-'));
const host = createFakeHost();
host.write('sys/class/dmi/id/product_uuid', UUID);
const clock = fakeClock();
const bmcs: FakeBmc[] = [];
const opened: OpenSource[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const source of opened.splice(0)) source.close();
  for (const bmc of bmcs.splice(0)) await bmc.close();
});

afterAll(() => {
  rmSync(folder, { recursive: true });
  host.dispose();
});

const file = (name: string, content: string, mode = 0o600): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
};
const credentials = file('good', `monitor:${SECRET}\n`);
const start = async (...parameters: Parameters<typeof startBmc>): Promise<FakeBmc> => {
  const bmc = await startBmc(...parameters);
  bmcs.push(bmc);
  return bmc;
};
const guarded = async (...parameters: Parameters<typeof startBmc>): Promise<FakeBmc> => {
  const bmc = await start(...parameters);
  bmc.account = { username: 'monitor', password: SECRET };
  return bmc;
};
const sourceFor = (bmc: { readonly url: string }, more: object = {}): Source =>
  redfishSource(redfishOptions.parse({ url: bmc.url, auth: 'none', ...more }));
const openOn = async (source: Source, paths = host.paths) => {
  const result = await source.open(paths, clock);
  if (result.found) opened.push(result.value);
  return result;
};
const read = (source: OpenSource): SampleDraft => {
  const draft: SampleDraft = { meters: [], readings: [] };
  source.read(draft);
  return draft;
};
/** Watts by domain of a first reading. */
const wattsOf = async (bmc: FakeBmc, more: object = {}): Promise<Record<string, number>> => {
  const result = await openOn(sourceFor(bmc, more));
  if (!result.found) return { [result.reason]: 0 };
  const { meters, readings } = read(result.value);
  return Object.fromEntries(
    readings.map((reading) => [
      meters.find(({ id }) => id === reading.meter)!.domain,
      'microwatts' in reading ? Number(reading.microwatts) / 1e6 : -1,
    ]),
  );
};
/** Turns of the event loop until something holds. */
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise<void>((resolve) => setImmediate(resolve));
};

test('without an address it is absent, says so, and sends nothing', async () => {
  const result = await openOn(redfishSource(redfishOptions.parse({})));
  expect(result).toMatchObject({
    found: false,
    reason: 'no BMC is configured',
    fix: expect.stringContaining('sources.redfish.url'),
  });
  expect(result).not.toHaveProperty('state');
});

describe('which system and chassis are this host', () => {
  const two = () => {
    const tree = olderTree();
    tree['/redfish/v1/Systems'] = {
      Members: [{ '@odata.id': '/redfish/v1/Systems/other' }, { '@odata.id': 'Systems/1/' }],
    };
    tree['/redfish/v1/Systems/other'] = { UUID: 'ffffffff-0000-0000-0000-000000000000' };
    tree['/redfish/v1/Systems/1/'] = {
      ...tree['/redfish/v1/Systems/1'],
      UUID: '33221100-5544-7766-8899-AABBCCDDEEFF',
    };
    return tree;
  };

  test('the one with its UUID, in either byte order, behind a relative link with a trailing slash', async () => {
    expect(await wattsOf(await start(two()))).toMatchObject({ platform_in: 293, platform: 344 });
  });

  test('another UUID is another host: nothing is read from it', async () => {
    const tree = olderTree();
    Object.assign(tree['/redfish/v1/Systems/1']!, { UUID: 'ffffffff-0000-0000-0000-000000000000' });
    const bmc = await start(tree);
    expect(await openOn(sourceFor(bmc))).toMatchObject({
      found: false,
      reason: expect.stringContaining('none has its UUID'),
      fix: expect.stringContaining('sources.redfish.system'),
    });
    expect(bmc.requests.join()).not.toContain('Chassis');
    expect(await wattsOf(bmc, { system: '1' }), 'unless the operator says so').toMatchObject({
      platform: 344,
    });
  });

  test('without a readable UUID a single system is taken, of several one has to be named', async () => {
    const elsewhere = { ...host.paths, sysfs: '/nowhere' };
    expect(await openOn(sourceFor(await start(olderTree())), elsewhere)).toMatchObject({ found: true });
    const several = await start(two());
    expect(await openOn(sourceFor(several), elsewhere)).toMatchObject({
      found: false,
      reason: expect.stringMatching(/product_uuid of this host cannot be read; it has: other, 1$/),
    });
  });

  test('a chassis can be named; one that is not there is said, with those that are', async () => {
    const bmc = await start(olderTree());
    expect(await wattsOf(bmc, { chassis: '1' })).toMatchObject({ platform: 344 });
    expect(await openOn(sourceFor(bmc, { chassis: 'X' }))).toMatchObject({
      found: false,
      reason: 'the BMC has no chassis "X"; it has: 1',
    });
  });

  test('supplies of a chassis that holds other systems too are not the host: shown, not summed', async () => {
    const tree = olderTree();
    Object.assign(tree['/redfish/v1/Chassis/1']!, {
      Links: {
        ComputerSystems: [{ '@odata.id': '/redfish/v1/Systems/1' }, { '@odata.id': '/redfish/v1/Systems/2' }],
      },
    });
    const result = await openOn(sourceFor(await start(tree)));
    const { meters } = read((result as { value: OpenSource }).value);
    expect(meters.map(({ id, domain }) => `${domain} ${id}`).sort()).toEqual([
      'platform redfish-control',
      'unknown redfish-control-1',
      'unknown redfish-platform-in',
      'unknown redfish-platform-out',
    ]);
  });
});

describe('irregular readings', () => {
  const withSupplies = (change: (supplies: Record<string, unknown>[]) => void) => {
    const power = olderPower();
    change(power.PowerSupplies);
    return olderTree(power);
  };

  test.each([
    [
      'null is missing: no sum that is too small',
      (s: Record<string, unknown>[]) => {
        s[1]!.PowerInputWatts = null;
      },
      undefined,
    ],
    [
      '0 W of a supply that is there counts as 0',
      (s: Record<string, unknown>[]) => {
        s[1]!.PowerInputWatts = 0;
      },
      268,
    ],
    [
      'an absent supply is not waited for',
      (s: Record<string, unknown>[]) => {
        s[1] = { Status: { State: 'Absent' }, PowerInputWatts: null };
      },
      268,
    ],
    [
      'nor is one on standby that says nothing',
      (s: Record<string, unknown>[]) => {
        s[1] = { Status: { State: 'StandbyOffline' } };
      },
      268,
    ],
    [
      'one on standby that draws is counted',
      (s: Record<string, unknown>[]) => {
        s[1]!.Status = { State: 'StandbyOffline' };
      },
      293,
    ],
    [
      'text and negative numbers are no readings',
      (s: Record<string, unknown>[]) => {
        s[1]!.PowerInputWatts = '25';
        s[0]!.PowerInputWatts = -1;
      },
      undefined,
    ],
  ])('of a supply: %s', async (_, change, sum) => {
    expect((await wattsOf(await start(withSupplies(change)))).platform_in).toBe(sum);
  });

  test('only averages are no power now; what the supplies say is taken', async () => {
    const power = olderPower();
    delete power.PowerControl[0]!.PowerConsumedWatts;
    const watts = await wattsOf(await start(olderTree(power)));
    expect(watts).toEqual({ platform_in: 293, platform_out: 245, unknown: 45 });
  });

  test('a single member without a related item is the host; of several none is', async () => {
    const [own, other] = olderPower().PowerControl as [object, object];
    const bare = { ...own, RelatedItem: undefined };
    expect(await wattsOf(await start(olderTree({ PowerControl: [bare] })))).toEqual({ platform: 344 });
    const both = await wattsOf(await start(olderTree({ PowerControl: [bare, other] })));
    expect(Object.keys(both)).toEqual(['unknown']);
  });

  test('a supply behind a dead link, with its readings in the collection, and no Metrics at all', async () => {
    const tree = newerTree([{ resource: { Metrics: undefined, InputPowerWatts: { Reading: 200 } } }]);
    expect(await wattsOf(await start(tree))).toEqual({ platform_in: 200, platform: 290 });
  });

  test('a BMC without any power is absent, with the next step', async () => {
    expect(await openOn(sourceFor(await start(bareTree())))).toMatchObject({
      found: false,
      reason: expect.stringContaining('tells no power of /redfish/v1/Chassis/1'),
      fix: expect.stringContaining('sources.redfish.chassis'),
    });
  });
});

describe('who may read', () => {
  test('a session is opened once, used for all, renewed when it has run out, and deleted at the end', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const bmc = await guarded(olderTree());
    const result = await openOn(sourceFor(bmc, { auth: 'session', credentials_file: credentials }));
    expect(result).toMatchObject({ found: true });
    read(opened[0]!);
    const logIns = () => bmc.requests.filter((one) => one.startsWith('POST')).length;
    const poll = async (): Promise<void> => {
      const before = bmc.requests.filter((one) => one === 'GET /redfish/v1/Chassis/1/Power').length;
      clock.advance(15);
      vi.advanceTimersByTime(15_000);
      await until(
        () => bmc.requests.filter((one) => one === 'GET /redfish/v1/Chassis/1/Power').length > before,
      );
      await until(() => read(opened[0]!).readings.length > 0);
    };
    await poll();
    await poll();
    expect([logIns(), bmc.sessions.size]).toEqual([1, 1]);
    bmc.expireSessions();
    await poll();
    expect([logIns(), bmc.sessions.size]).toEqual([2, 1]);
    opened[0]!.close();
    await until(() => bmc.sessions.size === 0);
  });

  test('basic authentication sends the password, with its colons, each time', async () => {
    const bmc = await guarded(olderTree());
    expect(await wattsOf(bmc, { auth: 'basic', credentials_file: credentials })).toMatchObject({
      platform: 344,
    });
    expect(bmc.requests.join()).not.toMatch(/POST|401/);
  });

  test.each(['session', 'basic'])(
    'a wrong password (%s) is one clear reason, tried once in five minutes, and never shown',
    async (auth) => {
      const bmc = await guarded(olderTree());
      const path = file(`wrong-${auth}`, 'monitor:not-the-password\n');
      const source = sourceFor(bmc, { auth, credentials_file: path });
      const first = await openOn(source);
      expect(first).toMatchObject({
        state: 'unreadable',
        reason: `${bmc.url} refuses the name or the password: HTTP 401`,
        fix: expect.stringContaining('no account is locked'),
      });
      expect(JSON.stringify(first)).not.toMatch(/monitor|not-the-password/);
      const refused = () => bmc.requests.filter((one) => one.endsWith(' 401')).length;
      expect(refused()).toBe(1);
      for (let minute = 1; minute < 5; minute += 1) {
        clock.advance(60);
        expect(await openOn(source)).toEqual(first);
      }
      expect(refused()).toBe(1);
      clock.advance(60);
      await openOn(source);
      expect(refused()).toBe(2);
      file(`wrong-${auth}`, `monitor:${SECRET}\n`);
      expect(await openOn(source), 'a new password is tried at once').toMatchObject({ found: true });
    },
  );

  test('a password that is changed at the BMC while it is read stops the source after one try', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const bmc = await guarded(olderTree());
    const source = sourceFor(bmc, { auth: 'session', credentials_file: credentials });
    await openOn(source);
    bmc.account = { username: 'monitor', password: 'changed' };
    bmc.expireSessions();
    clock.advance(15);
    vi.advanceTimersByTime(15_000);
    let failure: unknown;
    await until(() => {
      try {
        read(opened[0]!);
        return false;
      } catch (cause) {
        failure = cause;
        return true;
      }
    });
    expect(failure).toMatchObject({
      kind: 'fatal',
      message: expect.stringContaining('refuses the name or the password'),
    });
    opened.pop()!.close();
    expect(await openOn(source)).toMatchObject({ state: 'unreadable' });
    expect(bmc.requests.filter((one) => one.startsWith('POST') && one.endsWith('401'))).toHaveLength(1);
  });

  test.each([
    [
      'that everybody may read',
      () => file('open', `monitor:${SECRET}\n`, 0o644),
      /every user of this host may read it/,
      /chmod 640/,
    ],
    [
      'that is not there',
      () => join(folder, 'none'),
      /cannot be read: ENOENT/,
      /one line, username:password/,
    ],
    ['of two lines', () => file('two', `monitor\n${SECRET}\n`), /not one line/, /mode 640/],
    ['without a password', () => file('half', 'monitor:\n'), /not one line/, /mode 640/],
    ['that is huge', () => file('huge', `m:${'x'.repeat(5000)}`), /larger than 4096/, /mode 640/],
  ])('a credentials file %s is refused with the fix, and nothing is sent', async (_, path, reason, fix) => {
    const bmc = await guarded(olderTree());
    const result = await openOn(sourceFor(bmc, { auth: 'session', credentials_file: path() }));
    expect(result).toMatchObject({
      state: 'unreadable',
      reason: expect.stringMatching(reason),
      fix: expect.stringMatching(fix),
    });
    expect(JSON.stringify(result)).not.toContain('hunter2');
    expect(bmc.requests).toEqual([]);
  });

  test('no file at all is said, with the form that it has', async () => {
    expect(await openOn(sourceFor(await guarded(olderTree()), { auth: 'basic' }))).toMatchObject({
      state: 'unreadable',
      fix: expect.stringContaining('username:password'),
    });
  });

  test('an account without the right is told to get the role', async () => {
    const tree = olderTree();
    tree['/redfish/v1/Chassis/1/Power'] = (_, response) => response.writeHead(403).end('{}');
    expect(await openOn(sourceFor(await start(tree)))).toMatchObject({
      state: 'unreadable',
      fix: expect.stringContaining('ReadOnly'),
    });
  });

  test('an address with a password is refused by the configuration without repeating it', async () => {
    const flags = { 'sources.redfish.url': 'https://root:hunter2@bmc.example' };
    const loaded = await loadConfig({ env: {}, flags });
    expect(loaded.ok).toBe(false);
    expect(JSON.stringify(loaded)).not.toContain('hunter2');
    expect(JSON.stringify(loaded)).toContain('sources.redfish.url');
  });

  test('the printed configuration shows where the password is, not what it is', async () => {
    const flags = {
      'sources.redfish.url': 'https://bmc.example',
      'sources.redfish.credentials-file': credentials,
    };
    const loaded = await loadConfig({ env: {}, flags });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    const text = printConfig(loaded);
    expect(text).toContain(credentials);
    expect(text).not.toContain('hunter2');
  });
});

describe.skipIf(noCertificates !== undefined)(`over TLS (skipped: ${noCertificates})`, () => {
  const good = noCertificates === undefined ? selfSigned() : undefined!;
  const other = noCertificates === undefined ? selfSigned() : undefined!;
  const named = noCertificates === undefined ? selfSigned('DNS:bmc-17.example') : undefined!;
  const access = { auth: 'basic', credentials_file: credentials };

  test('a certificate that nobody vouches for is refused, with the two ways out, and no password is sent', async () => {
    const bmc = await guarded(olderTree(), good);
    const result = await openOn(sourceFor(bmc, access));
    expect(result).toMatchObject({
      state: 'failing',
      reason: expect.stringMatching(/is not trusted: DEPTH_ZERO_SELF_SIGNED_CERT/),
      fix: expect.stringMatching(/sources\.redfish\.ca_file.*sources\.redfish\.fingerprint_sha256/),
    });
    expect(bmc.requests).toEqual([]);
  });

  test('is read with its authority in ca_file, over one connection', async () => {
    const bmc = await guarded(olderTree(), good);
    expect(await wattsOf(bmc, { ...access, ca_file: file('ca.pem', good.cert, 0o644) })).toMatchObject({
      platform: 344,
    });
    expect(bmc.connections()).toBe(1);
  });

  test('another authority, or another name than the address, is refused', async () => {
    const bmc = await guarded(olderTree(), good);
    expect(
      await openOn(sourceFor(bmc, { ...access, ca_file: file('other.pem', other.cert, 0o644) })),
    ).toMatchObject({
      reason: expect.stringContaining('is not trusted'),
    });
    const misnamed = await guarded(olderTree(), named);
    expect(
      await openOn(sourceFor(misnamed, { ...access, ca_file: file('named.pem', named.cert, 0o644) })),
    ).toMatchObject({ reason: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID') });
    expect([...bmc.requests, ...misnamed.requests]).toEqual([]);
  });

  test.each([
    ['with colons', (text: string) => text],
    ['without, in small letters', (text: string) => text.replaceAll(':', '').toLowerCase()],
  ])('a pinned certificate is enough, whatever its name (%s)', async (_, written) => {
    const bmc = await guarded(olderTree(), named);
    const pinned = { ...access, fingerprint_sha256: written(named.fingerprint) };
    expect(await wattsOf(bmc, pinned)).toMatchObject({ platform: 344 });
    expect(bmc.connections()).toBe(1);
  });

  test('another certificate than the pinned one gets not a byte of a request, and is named', async () => {
    const bmc = await guarded(olderTree(), good);
    const result = await openOn(sourceFor(bmc, { ...access, fingerprint_sha256: other.fingerprint }));
    expect(result).toMatchObject({
      state: 'failing',
      reason: `${bmc.url} shows another certificate than the one that is pinned: ${good.fingerprint}`,
    });
    expect(bmc.requests).toEqual([]);
  });

  test('a ca_file that cannot be read, or holds none, is said before anything is sent', async () => {
    const bmc = await guarded(olderTree(), good);
    expect(await openOn(sourceFor(bmc, { ...access, ca_file: '/nowhere.pem' }))).toMatchObject({
      reason: expect.stringContaining('ENOENT'),
    });
    expect(await openOn(sourceFor(bmc, { ...access, ca_file: credentials }))).toMatchObject({
      reason: expect.stringContaining('holds no certificate'),
    });
  });
});

describe('a BMC that misbehaves', () => {
  const POWER = '/redfish/v1/Chassis/1/Power';
  const broken = async (handler: (response: ServerResponse) => void) => {
    const bmc = await start(olderTree());
    bmc.tree[POWER] = (_, response) => handler(response);
    return bmc;
  };

  test.each([
    [
      'HTML',
      (r: ServerResponse) => r.writeHead(200, { 'content-type': 'text/html' }).end('<html>Log in</html>'),
      /something else than JSON \(text\/html\)/,
    ],
    [
      '500 MB that it announces',
      (r: ServerResponse) => r.writeHead(200, { 'content-length': '500000000' }).write('['),
      /more than 1048576 bytes: not read/,
    ],
    ['an error of its own', (r: ServerResponse) => r.writeHead(500).end('{}'), /answers with HTTP 500/],
    ['nothing, and hangs up', (r: ServerResponse) => r.destroy(), /no connection to .*ECONNRESET/],
    [
      'half an answer',
      (r: ServerResponse) => {
        r.writeHead(200, { 'content-length': '100' }).write('{');
        setTimeout(() => r.destroy(), 10);
      },
      /no connection to/,
    ],
    [
      'a redirection to another host',
      (r: ServerResponse) => r.writeHead(302, { location: 'http://127.0.0.2:1/x' }).end(),
      /leads to another host: not followed/,
    ],
    [
      'a redirection to itself',
      (r: ServerResponse) => r.writeHead(302, { location: POWER }).end(),
      /redirects without end/,
    ],
  ])('%s: one clear reason and a fix', async (_, handler, reason) => {
    expect(await openOn(sourceFor(await broken(handler)))).toMatchObject({
      state: 'failing',
      reason: expect.stringMatching(reason),
      fix: expect.stringMatching(/./),
    });
  });

  test('500 MB that it does not announce are cut off after 1 MiB', async () => {
    let sent = 0;
    let stopped = false;
    const bmc = await broken((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = (): void => {
        while (!stopped && sent < 500e6) {
          sent += 65_536;
          if (!response.write(Buffer.alloc(65_536, 32))) {
            response.once('drain', more);
            return;
          }
        }
        response.end();
      };
      response.on('close', () => {
        stopped = true;
      });
      more();
    });
    expect(await openOn(sourceFor(bmc))).toMatchObject({
      reason: expect.stringContaining('more than 1048576 bytes'),
    });
    await until(() => stopped);
    expect(sent).toBeLessThan(50e6);
  });

  test('a redirection within it, with or without a slash at the end, is followed', async () => {
    const bmc = await broken((response) => response.writeHead(308, { location: `${POWER}/` }).end());
    bmc.tree[`${POWER}/`] = olderPower();
    expect(await wattsOf(bmc)).toMatchObject({ platform: 344 });
  });

  test('a kept connection that it has closed meanwhile is replaced, once, without a word', async () => {
    let closed = 0;
    const bmc = await start(olderTree());
    bmc.tree[POWER] = (_, response) => {
      if (closed === 1) {
        response.end(JSON.stringify(olderPower()));
        return;
      }
      closed += 1;
      response.destroy();
    };
    expect(await wattsOf(bmc)).toMatchObject({ platform: 344 });
    expect([closed, bmc.connections()]).toEqual([1, 2]);
  });

  test('one that takes 30 s is given up after its time-out, and the connection with it', async () => {
    const bmc = await broken(() => {});
    const result = await openOn(sourceFor(bmc, { timeout: 1 }));
    expect(result).toMatchObject({
      state: 'failing',
      reason: `${bmc.url} gave no answer within 1 s`,
      fix: expect.stringContaining('sources.redfish.timeout'),
    });
  });

  test('one that is busy is asked again when it said, not before', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const bmc = await start(olderTree());
    await openOn(sourceFor(bmc));
    const power = bmc.tree[POWER]!;
    bmc.tree[POWER] = (_, response) => response.writeHead(503, { 'retry-after': '120' }).end('{}');
    const asked = () => bmc.requests.filter((one) => one === `GET ${POWER}`).length;
    const pass = (duration: number): void => {
      clock.advance(duration);
      vi.advanceTimersByTime(duration * 1000);
    };
    pass(15);
    await until(() => asked() === 2);
    let failure: unknown;
    await until(() => {
      try {
        read(opened[0]!);
        return false;
      } catch (cause) {
        failure = cause;
        return true;
      }
    });
    expect(failure).toMatchObject({
      kind: 'retry',
      message: expect.stringContaining('asks to come back in 120 s'),
    });
    bmc.tree[POWER] = power;
    pass(119);
    for (let turn = 0; turn < 200; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
    expect(asked()).toBe(2);
    pass(1);
    await until(() => asked() === 3);
    await until(() => {
      try {
        return read(opened[0]!).readings.length > 0;
      } catch {
        return false;
      }
    });
  });

  test('one that is not there is told with the address', async () => {
    const bmc = await startBmc({});
    await bmc.close();
    expect(await openOn(sourceFor(bmc))).toMatchObject({
      state: 'failing',
      reason: `no connection to ${bmc.url}: ECONNREFUSED`,
      fix: expect.stringContaining('sources.redfish.url'),
    });
  });

  test('a source that is closed while it asks lets go of the connection', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const bmc = await start(olderTree());
    await openOn(sourceFor(bmc));
    let gone = false;
    bmc.tree[POWER] = (_, response) => {
      response.on('close', () => {
        gone = true;
      });
    };
    clock.advance(15);
    vi.advanceTimersByTime(15_000);
    await until(() => bmc.requests.filter((one) => one === `GET ${POWER}`).length === 2);
    opened[0]!.close();
    await until(() => gone);
  });
});
