/** Meters of the operator's own, asked as they are in real life: real files, real programs, real servers. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Reading } from '../../../src/model/meter.ts';
import type { OpenSource, SampleDraft } from '../../../src/model/source.ts';
import { SourceError } from '../../../src/model/source-error.ts';
import { systemClock } from '../../../src/sources/clock.ts';
import { customSource } from '../../../src/sources/custom.ts';
import { runMeterCommand } from '../../../src/sources/custom-command.ts';
import { valueAtPath } from '../../../src/sources/custom-json.ts';
import { type CustomMeter, customOptions } from '../../../src/sources/custom-options.ts';
import { METER_UNITS, microOf } from '../../../src/sources/custom-unit.ts';
import { noCertificates } from '../../fixtures/certificate.ts';

let root = '';
const opened: OpenSource[] = [];
const servers: Server[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'negawatt-custom-'));
});
afterEach(() => {
  for (const source of opened.splice(0)) source.close();
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
  rmSync(root, { recursive: true, force: true });
});

const put = (name: string, content: string): void =>
  writeFileSync(join(root, name), content, { mode: 0o640 });
const PDU = { name: 'pdu', domain: 'wall', unit: 'W', interval: 1 } as const;
type Given = Partial<CustomMeter> & Pick<CustomMeter, 'name' | 'domain' | 'unit'>;
const open = async (...meters: readonly Given[]): Promise<OpenSource> => {
  const options = customOptions.parse({ meters });
  // Real meters are asked seldom; a test is not that patient.
  const fast = options.meters.map((meter) => ({ ...meter, interval: 0.02, max_age: meter.max_age ?? 60 }));
  const result = await customSource({ meters: fast }).open(
    { procfs: '/none', sysfs: '/none', rootfs: root },
    systemClock,
  );
  if (!result.found) throw new Error(result.reason);
  opened.push(result.value);
  return result.value;
};
interface Read {
  readonly readings: readonly Reading[];
  readonly meters: SampleDraft['meters'];
  readonly error: SourceError | undefined;
}
const read = (source: OpenSource): Read => {
  const draft: SampleDraft = { meters: [], readings: [] };
  try {
    source.read(draft);
    return { ...draft, error: undefined };
  } catch (error) {
    if (error instanceof SourceError) return { ...draft, error };
    throw error;
  }
};
const eventually = <T>(source: OpenSource, look: (found: Read) => T): Promise<T> =>
  vi.waitFor(() => look(read(source)), { timeout: 10_000, interval: 5 });
const microOfReading = (reading: Reading | undefined): bigint | undefined =>
  reading === undefined ? undefined : 'microjoules' in reading ? reading.microjoules : reading.microwatts;
const firstValue = (source: OpenSource): Promise<bigint | undefined> =>
  eventually(source, ({ readings, error }) => {
    expect(error?.message).toBeUndefined();
    expect(readings.length).toBeGreaterThan(0);
    return microOfReading(readings[0]);
  });
const failure = (source: OpenSource, pattern: RegExp): Promise<Read> =>
  eventually(source, (found) => {
    expect(found.error?.message).toMatch(pattern);
    expect(found.error?.kind).toBe('retry');
    expect(found.error?.fix).not.toBe('');
    return found;
  });

describe('a number with its unit', () => {
  test.each([
    ['350.2', 'W', 350_200_000n],
    ['0.3502', 'kW', 350_200_000n],
    ['350200', 'mW', 350_200_000n],
    ['350200000', 'uW', 350_200_000n],
    ['1.5', 'kWh', 5_400_000_000_000n],
    ['1500', 'Wh', 5_400_000_000_000n],
    ['5400', 'kJ', 5_400_000_000_000n],
    ['5.4e6', 'J', 5_400_000_000_000n],
    ['1E-3', 'kJ', 1_000_000n],
    ['7', 'mJ', 7000n],
    ['9007199254740993', 'uJ', 9_007_199_254_740_993n],
    ['12345678901.2345678', 'kWh', 44_444_444_044_444_444_080_000n],
    ['0.0000019', 'J', 1n],
    ['-5', 'W', -5_000_000n],
  ] as const)('%s %s is exact', (text, unit, micro) => {
    expect(microOf(text, unit)).toBe(micro);
  });

  test.each(['', 'N/A', 'NaN', 'Infinity', '1,234', '1 W', '0x10', '1e400', 'null', '1.', '.5', '--1'])(
    '%j is no number',
    (text) => expect(microOf(text, 'W')).toBeUndefined(),
  );

  test('a count that grows never seems to fall, whatever its unit and digits', () => {
    fc.assert(
      fc.property(
        fc.bigInt(0n, 10n ** 25n),
        fc.bigInt(0n, 10n ** 12n),
        fc.integer({ min: 0, max: 12 }),
        fc.constantFrom(...METER_UNITS),
        (count, more, decimals, unit) => {
          const text = (value: bigint): string => {
            const digits = value.toString().padStart(decimals + 1, '0');
            const cut = digits.length - decimals;
            return decimals === 0 ? digits : `${digits.slice(0, cut)}.${digits.slice(cut)}`;
          };
          expect(microOf(text(count + more), unit)! >= microOf(text(count), unit)!).toBe(true);
        },
      ),
    );
  });
});

describe('a path into JSON', () => {
  const JSON_TEXT =
    '{ "a\\"b" : 1, "data":[ {"watts": 350.50, "id":"}]"}, {"watts":-1} ], "n":null, "s":"412.5", "big":9223372036854775794 }';
  test.each([
    ['data.0.watts', '350.50'],
    ['data.1.watts', '-1'],
    ['s', '412.5'],
    ['n', 'null'],
    ['big', '9223372036854775794'],
    ['a"b', '1'],
    ['data.0.id', '}]'],
  ])('%s leads to %s, digit by digit', (path, value) => {
    expect(valueAtPath(JSON_TEXT, path, 'pdu')).toBe(value);
  });
  test.each([
    ['data.2.watts', /nothing at data\.2\.watts/],
    ['data', /at data is a list/],
    ['data.0', /at data\.0 is a mapping/],
    ['s.length', /nothing at s\.length/],
    ['__proto__', /nothing at __proto__/],
  ])('%s leads nowhere and says so', (path, message) => {
    expect(() => valueAtPath(JSON_TEXT, path, 'pdu')).toThrow(message);
  });
  test('what is no JSON is shown with its beginning', () => {
    expect(() => valueAtPath('<html>503</html>', 'a', 'pdu')).toThrow(/pdu: no JSON, it begins "<html>503/);
  });
  test('any JSON gives at any of its paths what was put there', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.stringMatching(/^[^.]+$/), fc.constantFrom('a', '"', '\\', 'ü')), {
          minLength: 1,
          maxLength: 5,
        }),
        fc.jsonValue(),
        fc.integer(),
        fc.boolean(),
        (path, beside, value, spaced) => {
          const whole = path.reduceRight<unknown>(
            (inner, key) => ({ beside: [beside], [key]: inner }),
            value,
          );
          const text = JSON.stringify(whole, null, spaced ? 2 : 0);
          expect(valueAtPath(text, path.join('.'), 'x')).toBe(String(value));
        },
      ),
    );
  });
});

describe('a meter in a file', () => {
  test('gives power at the time at which the file was written, once for each time', async () => {
    put('watts', '350.5\n');
    utimesSync(join(root, 'watts'), new Date(), new Date(Date.now() - 30_000));
    const source = await open({ ...PDU, file: '/watts' });
    const [reading] = await eventually(source, ({ readings }) => {
      expect(readings).toHaveLength(1);
      return readings;
    });
    expect(reading).toMatchObject({ meter: 'custom:pdu', microwatts: 350_500_000n });
    expect(systemClock.monotonic() - reading!.at).toBeGreaterThan(29);
    expect(systemClock.monotonic() - reading!.at).toBeLessThan(45);
    put('watts', '360\n');
    await eventually(source, ({ readings }) => expect(readings.map(microOfReading)).toEqual([360_000_000n]));
    expect(read(source).meters[0]).toMatchObject({
      domain: 'wall',
      reads: { as: 'power' },
      quality: 'derived',
    });
    expect(source.detail).toBe('pdu (wall): 360.0 W');
  });

  test('that was not written again is not read again', async () => {
    put('watts', '350\n');
    const source = await open({ ...PDU, file: '/watts' }, { ...PDU, name: 'other', file: '/other' });
    const all: Reading[] = [];
    // The other one is written again and again: in its five rounds this one had as many.
    for (let round = 0; round < 5; round += 1) {
      put('other', String(round));
      await eventually(source, ({ readings }) => {
        all.push(...readings);
        expect(all.some((one) => microOfReading(one) === BigInt(round) * 1_000_000n)).toBe(true);
      });
    }
    expect(all.filter(({ meter }) => meter === 'custom:pdu')).toHaveLength(1);
  });

  test('gives energy as a count where its unit is one of energy, past what a double holds', async () => {
    put('meter.json', '{"meters":[{"total":"90071992547409.93"}]}');
    const source = await open({ ...PDU, unit: 'kWh', file: '/meter.json', path: 'meters.0.total' });
    expect(await firstValue(source)).toBe(9_007_199_254_740_993n * 36_000_000_000n);
    expect(read(source).meters[0]).toMatchObject({ reads: { as: 'energy' }, quality: 'measured' });
  });

  test('that may be two minutes old is expected as seldom: its values are joined over that time', async () => {
    put('watts', '350');
    const source = await open({ ...PDU, file: '/watts', max_age: 120 });
    expect(read(source).meters[0]).toMatchObject({ interval: 40 });
  });

  test('of the kernel has no age: it is written as it is read', async () => {
    const source = await customSource({
      meters: [
        {
          ...customOptions.parse({ meters: [{ ...PDU, file: '/proc/sys/kernel/pid_max' }] }).meters[0]!,
          interval: 0.02,
        },
      ],
    }).open({ procfs: '/none', sysfs: '/none', rootfs: '/' }, systemClock);
    if (!source.found) throw new Error(source.reason);
    opened.push(source.value);
    const count = (): Promise<number> =>
      eventually(source.value, ({ readings, error }) => {
        expect(error).toBeUndefined();
        expect(readings.length).toBeGreaterThan(0);
        return readings.length;
      });
    await count();
    await count();
  });

  test('that is not renewed is not used, and says how old it is', async () => {
    put('watts', '350\n');
    utimesSync(join(root, 'watts'), new Date(), new Date(Date.now() - 312_000));
    const source = await open({ ...PDU, file: '/watts', max_age: 60 });
    const { readings } = await failure(
      source,
      /^1 of 1 own meters: pdu \(\/watts\): last value is 31[2-9] s old$/,
    );
    expect(readings).toEqual([]);
  });

  test.each([
    ['seconds', (ms: number) => `${ms / 1000}`],
    ['milliseconds', (ms: number) => `${ms}`],
    ['microseconds', (ms: number) => `${ms}000`],
    ['nanoseconds', (ms: number) => `${ms}000000`],
    ['ISO 8601', (ms: number) => JSON.stringify(new Date(ms).toISOString())],
  ])('takes the time inside it, in %s', async (_, written) => {
    put('v.json', `{"t":${written(Date.now() - 100_000)},"w":1}`);
    const source = await open({ ...PDU, file: '/v.json', path: 'w', timestamp_path: 't', max_age: 60 });
    await failure(source, /last value is 1\d\d s old/);
    put('v.json', `{"t":${written(Date.now())},"w":1}`);
    expect(await firstValue(source)).toBe(1_000_000n);
  });

  test('whose time is ahead is refused: one of the clocks is wrong', async () => {
    put('v.json', `{"t":${Date.now() + 3_600_000},"w":1}`);
    const source = await open({ ...PDU, file: '/v.json', path: 'w', timestamp_path: 't' });
    const { readings, error } = await failure(source, /last value bears a time 3[56]\d\d s ahead/);
    expect(readings).toEqual([]);
    expect(error?.fix).toContain('NTP');
  });

  test.each([
    ['text', 'N/A', /pdu \(\/bad\): expected a number of W, found "N\/A"/],
    ['NaN', 'NaN', /expected a number of W, found "NaN"/],
    ['null', 'null', /expected a number of W, found "null"/],
    ['nothing', '\n', /expected a number of W, found nothing/],
    ['two numbers', '1 2', /found "1 2"/],
    ['a blank of DCGM', '9223372036854775794', /9223372036854775794 stands for "no reading"/],
    ['all ones', '4294967295', /4294967295 stands for "no reading"/],
    ['a negative power', '-3', /-3 W is below zero/],
  ])('with %s is no reading, and the others go on', async (_, content, message) => {
    put('bad', content);
    put('good', '20');
    const source = await open({ ...PDU, file: '/bad' }, { ...PDU, name: 'other', file: '/good' });
    await failure(source, message);
    await eventually(source, ({ readings, meters }) => {
      expect(meters.map(({ id }) => id)).toEqual(['custom:pdu', 'custom:other']);
      put('good', '21');
      expect(readings).toContainEqual(
        expect.objectContaining({ meter: 'custom:other', microwatts: 21_000_000n }),
      );
    });
    put('bad', '5');
    expect(await firstValue(source)).toBeDefined();
  });

  test('that is missing, a pipe, or far too large says so', async () => {
    execFileSync('mkfifo', [join(root, 'pipe')]);
    put('large', '1'.repeat(70_000));
    const source = await open(
      { ...PDU, file: '/missing' },
      { ...PDU, name: 'b', file: '/pipe' },
      { ...PDU, name: 'c', file: '/large' },
    );
    await failure(
      source,
      /3 of 3 own meters: pdu: .*missing: ENOENT; b: .*pipe is no regular file; .*large is larger than/,
    );
  });
});

/** Processes that run with this in their command line. */
const running = (mark: string): readonly string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(mark);
      } catch {
        return false;
      }
    });

describe('a meter that is a program', () => {
  test('gives what it writes; its arguments reach it as they are, not through a shell', async () => {
    const source = await open({ ...PDU, interval: 5, command: ['/bin/echo', '-n', '42.5'] });
    expect(await firstValue(source)).toBe(42_500_000n);
    const quoted = await open({ ...PDU, interval: 5, command: ['/bin/echo', '$(id); 1'] });
    await failure(quoted, /found "\$\(id\); 1"/);
  });

  test('sees nothing of the environment of the agent but the search path', async () => {
    process.env.NEGAWATT_TEST_SECRET = 'hunter2';
    const { text } = await runMeterCommand(['/usr/bin/env'], 5, new AbortController().signal);
    delete process.env.NEGAWATT_TEST_SECRET;
    expect(text).toMatch(/^PATH=/m);
    expect(text).not.toMatch(/SECRET|HOME/);
  });

  test('that takes too long is killed with all that it started, and reaped', async () => {
    const mark = `31${process.pid}.5`;
    const script = `sleep ${mark} & sleep ${mark} & wait`;
    const source = await open({ ...PDU, interval: 5, timeout: 0.2, command: ['/bin/sh', '-c', script] });
    await failure(source, /\/bin\/sh: no answer within 0\.2 s: killed/);
    source.close();
    await vi.waitFor(() => expect(running(mark)).toEqual([]), { timeout: 5000 });
  });

  test('runs one at a time, however many there are and however long they take', async () => {
    const log = join(root, 'log');
    const script = `echo begin >> ${log}; sleep 0.05; echo end >> ${log}; echo 1`;
    const command = ['/bin/sh', '-c', script];
    const source = await open(...['a', 'b', 'c'].map((name) => ({ ...PDU, name, interval: 5, command })));
    await vi.waitFor(() => expect(readFileSync(log, 'utf8').split('\n').length).toBeGreaterThan(12), 10_000);
    source.close();
    const lines = readFileSync(log, 'utf8').trim().split('\n');
    lines.forEach((line, at) => {
      expect(line).toBe(at % 2 === 0 ? 'begin' : 'end');
    });
  });

  test('that floods its output is stopped', async () => {
    const source = await open({ ...PDU, interval: 5, command: ['/usr/bin/yes', 'flood-of-negawatt'] });
    await failure(source, /wrote more than 65536 bytes: killed/);
    source.close();
    await vi.waitFor(() => expect(running('flood-of-negawatt')).toEqual([]));
  });

  test('that leaves something behind holding its output is not waited for', async () => {
    const mark = `32${process.pid}.5`;
    const { text } = await runMeterCommand(
      ['/bin/sh', '-c', `setsid sleep ${mark} & echo 7`],
      20,
      new AbortController().signal,
    );
    expect(text).toBe('7\n');
    for (const pid of running(mark)) process.kill(Number(pid), 'SIGKILL');
  });

  test('that fails says how, with its first complaint; one that is not there says that', async () => {
    const source = await open(
      { ...PDU, interval: 5, command: ['/bin/sh', '-c', 'echo no bus >&2; exit 3'] },
      { ...PDU, name: 'b', interval: 5, command: ['/nowhere/tool'] },
    );
    await failure(
      source,
      /\/bin\/sh: ended with status 3: no bus; .*\/nowhere\/tool: cannot be started: .*ENOENT/,
    );
  });

  test('is stopped when the agent stops', async () => {
    const mark = `33${process.pid}.5`;
    const source = await open({ ...PDU, interval: 5, timeout: 60, command: ['/bin/sleep', mark] });
    await vi.waitFor(() => expect(running(mark).length).toBeGreaterThan(0));
    source.close();
    await vi.waitFor(() => expect(running(mark)).toEqual([]));
  });
});

const serve = async (
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> => {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

describe('a meter behind an address', () => {
  test('gives the number at its path; headers and the token of a file are sent', async () => {
    const seen: IncomingMessage[] = [];
    const url = await serve((request, response) => {
      seen.push(request);
      response.end('{"data":[{"watts":412.25}]}');
    });
    put('token', 's3cret\n');
    const source = await open({
      ...PDU,
      path: 'data.0.watts',
      http: { url: `${url}/outlets?id=7`, headers: { 'X-Rack': 'r12' }, token_file: join(root, 'token') },
    });
    expect(await firstValue(source)).toBe(412_250_000n);
    expect(seen[0]).toMatchObject({
      method: 'GET',
      url: '/outlets?id=7',
      headers: { 'x-rack': 'r12', authorization: 'Bearer s3cret' },
    });
  });

  test.each([
    [401, /answered 401/, /token_file/],
    [302, /answered 302/, /Redirects are not followed/],
    [503, /answered 503/, /by hand/],
  ])('that answers %s says so, without the query, where a secret may stand', async (status, message, fix) => {
    const url = await serve((_, response) => {
      response.writeHead(status, { location: '/elsewhere' });
      response.end('1');
    });
    const source = await open({ ...PDU, http: { url: `${url}/a?key=hunter2`, headers: {} } });
    const { error } = await failure(source, message);
    expect(error?.message).not.toContain('hunter2');
    expect(error?.fix).toMatch(fix);
  });

  test('that does not answer, or answers for ever, is given up', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/silent') return;
      const more = (): void => {
        if (!response.destroyed) response.write('1'.repeat(100_000), more);
      };
      more();
    });
    const source = await open(
      { ...PDU, timeout: 0.2, http: { url: `${url}/silent`, headers: {} } },
      { ...PDU, name: 'b', timeout: 10, http: { url: `${url}/flood`, headers: {} } },
    );
    await failure(source, /silent: no answer within 0\.2 s; .*flood: answered more than 1048576 bytes/);
  });

  test('that nobody listens at says so', async () => {
    const url = await serve(() => {});
    servers.pop()?.close();
    const source = await open({ ...PDU, http: { url, headers: {} } });
    const { error } = await failure(source, /ECONNREFUSED/);
    expect(error?.fix).toMatch(/Check that this host reaches 127\.0\.0\.1:\d+/);
  });

  test.skipIf(noCertificates !== undefined)(
    'with a certificate of its own is trusted by ca_file and not otherwise (needs openssl)',
    async () => {
      const key = join(root, 'key.pem');
      const cert = join(root, 'cert.pem');
      const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
      const kind = ['-newkey', 'rsa:2048', '-nodes', '-days', '1'];
      execFileSync('openssl', ['req', '-x509', ...kind, ...subject, '-keyout', key, '-out', cert], {
        stdio: 'ignore',
      });
      const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) => {
        response.end('7');
      });
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
      const url = `https://localhost:${(server.address() as AddressInfo).port}/`;
      // The switch that turns verification off for a whole process does not reach these requests.
      process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
      try {
        const blind = await open({ ...PDU, http: { url, headers: {} } });
        const { error } = await failure(blind, /SELF_SIGNED/);
        expect(error?.fix).toContain('ca_file');
        const source = await open({ ...PDU, http: { url, headers: {}, ca_file: cert } });
        expect(await firstValue(source)).toBe(7_000_000n);
      } finally {
        delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      }
    },
  );
});

test('without a meter in the configuration the source is absent, says where one would stand, and has nothing to mend', async () => {
  const result = await customSource({ meters: [] }).open({ procfs: '', sysfs: '', rootfs: '' }, systemClock);
  expect(result).toMatchObject({
    found: false,
    reason: expect.stringContaining('sources.custom.meters'),
    fix: '',
  });
});

test.each([
  ['a command asked oftener than every 5 s', { command: ['/bin/true'], interval: 4 }],
  ['a meter without a place', {}],
  ['a meter with two places', { file: '/a', command: ['/b'], interval: 5 }],
  ['a relative file', { file: 'a' }],
  ['an address with a password', { http: { url: 'https://u:p@host/' } }],
  ['an address of another kind', { http: { url: 'file:///etc/shadow' } }],
  ['a time in a plain number', { file: '/a', timestamp_path: 't' }],
  ['a header that would be two', { http: { url: 'http://a/', headers: { a: 'b\r\nc: d' } } }],
])('%s is refused', (_, more) => {
  expect(customOptions.safeParse({ meters: [{ ...PDU, ...more }] }).success).toBe(false);
});
test('two meters of one name are refused', () => {
  const meter = { ...PDU, file: '/a' };
  expect(customOptions.safeParse({ meters: [meter] }).success).toBe(true);
  expect(customOptions.safeParse({ meters: [meter, meter] }).success).toBe(false);
});
