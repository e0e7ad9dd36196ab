import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createOtlp, type OtlpHandover } from '../../../src/exporters/otlp.ts';
import type { OtlpOptions } from '../../../src/exporters/otlp-options.ts';
import { type PushEvent, type Pusher, pauseAfter } from '../../../src/exporters/otlp-push.ts';
import { createExportQueue } from '../../../src/exporters/otlp-queue.ts';
import { readTlsFiles } from '../../../src/exporters/otlp-tls.ts';
import { seconds } from '../../../src/units.ts';
import { freshDirectory } from '../../fixtures/agent-process.ts';
import { type Authority, authority } from '../../fixtures/authority.ts';
import { noCertificates, selfSigned } from '../../fixtures/certificate.ts';
import { partialAnswer, type Sent, statusAnswer } from '../../fixtures/otlp-proto.ts';
import { type Receiver, startReceiver, taken } from '../../fixtures/otlp-receiver.ts';
import { type DrivenHost, drivenHost } from '../../fixtures/samples.ts';

const INTERVAL_MS = 60_000;

/** Timers that wait until a test lets their time pass. */
const heldClock = () => {
  const timers = new Set<{ readonly callback: () => void; readonly milliseconds: number }>();
  const fire = (isWanted: (milliseconds: number) => boolean): void => {
    const found = [...timers].find(({ milliseconds }) => isWanted(milliseconds));
    if (found === undefined) throw new Error('nobody waits for that');
    timers.delete(found);
    found.callback();
  };
  return {
    setTimer: (callback: () => void, milliseconds: number) => {
      const timer = { callback, milliseconds };
      timers.add(timer);
      return { cancel: () => void timers.delete(timer) };
    },
    /** Pauses after failures that are under way. */
    pauses: () =>
      [...timers].map((one) => one.milliseconds).filter((one) => one < INTERVAL_MS || one > INTERVAL_MS),
    interval: () => fire((milliseconds) => milliseconds === INTERVAL_MS),
    retry: () => fire((milliseconds) => milliseconds !== INTERVAL_MS),
  };
};

interface Pushing {
  readonly receiver: Receiver;
  readonly pusher: Pusher;
  readonly driven: DrivenHost;
  readonly clock: ReturnType<typeof heldClock>;
  readonly events: PushEvent[];
  readonly directory: string;
}

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const end of ends.splice(0).reverse()) await end();
});

/** When what was sent was measured, nanoseconds since 1970 UTC. */
const timeOf = (sent: Sent | undefined): bigint | undefined =>
  sent?.metrics.get('hw.host.energy')?.points[0]?.time;

const pushing = async (
  more: Partial<OtlpOptions> = {},
  certificate?: Parameters<typeof startReceiver>[0],
  handover: OtlpHandover = {},
): Promise<Pushing> => {
  // The first interval and each pause as they are meant, without their spread.
  vi.spyOn(Math, 'random').mockReturnValue(1);
  const receiver = await startReceiver(certificate);
  const home = freshDirectory();
  mkdirSync(join(home.path, 'etc'));
  writeFileSync(join(home.path, 'etc/machine-id'), `${'0123456789abcdef'.repeat(2)}\n`);
  const driven = drivenHost();
  driven.settle();
  const clock = heldClock();
  const events: PushEvent[] = [];
  const pusher = await createOtlp({
    options: {
      url: receiver.url,
      interval: seconds(INTERVAL_MS / 1000),
      timeout: seconds(0.4),
      compression: 'gzip',
      headers_files: {},
      ...more,
    },
    snapshot: async () => {
      const snapshot = driven.snapshot();
      if (snapshot === undefined) throw new Error('no snapshot');
      return snapshot;
    },
    directory: home.path,
    handover,
    rootfs: home.path,
    version: '1.2.3',
    onEvent: (event) => events.push(event),
    clock,
  });
  pusher.start();
  ends.push(
    () => home.remove(),
    () => receiver.close(),
  );
  return { receiver, pusher, driven, clock, events, directory: home.path };
};

const status =
  (code: number, headers: Record<string, string> = {}, body: string | Uint8Array = '') =>
  (response: ServerResponse): void => {
    response.writeHead(code, headers).end(body);
  };

/** Lets so many exports wait for a receiver that answers with status 503. */
const outage = async (length: number, { receiver, clock, pusher }: Pushing): Promise<void> => {
  receiver.answer(status(503));
  for (let waiting = 1; waiting <= length; waiting += 1) {
    clock.interval();
    await settledAt(pusher, { waiting });
  }
};

const settledAt = (pusher: Pusher, want: Partial<ReturnType<Pusher['state']>>): Promise<void> =>
  vi.waitFor(() => expect(pusher.state()).toMatchObject(want), 10_000);

describe('a push', () => {
  it('is protobuf in gzip at the usual path, with a resource that names the host', async () => {
    const { receiver, pusher, clock, driven } = await pushing();
    clock.interval();
    const { path, headers, sent } = await receiver.request(0);
    expect(path).toBe('/v1/metrics');
    expect(headers).toMatchObject({
      'content-type': 'application/x-protobuf',
      'content-encoding': 'gzip',
      'user-agent': 'negawatt/1.2.3',
    });
    expect(sent.resource).toEqual({
      'service.name': 'negawatt',
      // Version 5 of the machine id, made by another program (Python's uuid.uuid5).
      'service.instance.id': '2f1423a8-dc20-5c0e-839d-70474f2dc393',
      'service.version': '1.2.3',
      'host.name': 'node-17',
      'host.id': '0123456789abcdef0123456789abcdef',
    });
    const energy = driven.snapshot()?.points.find(({ metric }) => metric === 'hw_host_energy_joules_total');
    expect(sent.metrics.get('hw.host.energy')?.points[0]?.value).toBe(energy?.value);
    await settledAt(pusher, { taken: 1, partial: 0, failed: 0, dropped: 0, waiting: 0 });
    expect(Math.abs((pusher.state().lastTaken ?? 0) - Date.now())).toBeLessThan(20_000);
  });

  it('follows the next interval with what holds then, and keeps its path where one is named', async () => {
    const first = await pushing();
    first.clock.interval();
    const before = await first.receiver.request(0);
    await settledAt(first.pusher, { taken: 1 });
    first.driven.step();
    first.clock.interval();
    const after = await first.receiver.request(1);
    const energy = ({ sent }: typeof before) => sent.metrics.get('hw.host.energy')?.points[0]?.value ?? 0;
    expect(energy(after)).toBeGreaterThan(energy(before));
    const named = await pushing({ url: `${first.receiver.url}/otlp/v1/metrics`, compression: 'none' });
    named.clock.interval();
    const { path, headers } = await first.receiver.request(2);
    expect(path).toBe('/otlp/v1/metrics');
    expect(headers['content-encoding']).toBeUndefined();
  });

  it('goes to one receiver whose authority is named, and to no other over TLS', async () => {
    if (noCertificates !== undefined) return;
    const certificate = selfSigned();
    const home = freshDirectory();
    ends.push(() => home.remove());
    const ca_file = join(home.path, 'ca.pem');
    writeFileSync(ca_file, certificate.cert);
    const trusted = await pushing({ ca_file }, certificate);
    trusted.clock.interval();
    await settledAt(trusted.pusher, { taken: 1 });
    const strange = await pushing({}, certificate);
    strange.clock.interval();
    await settledAt(strange.pusher, { failed: 1 });
    expect(strange.receiver.requests).toEqual([]);
    expect(strange.events[0]?.fix).toContain('export.otlp.ca_file');
  });
});

describe.skipIf(noCertificates !== undefined)('a receiver that wants a certificate', () => {
  let ca: Authority;
  let other: Authority;
  beforeAll(() => {
    ca = authority('site');
    other = authority('other');
  });
  /** A receiver of the site's authority, and files of it to be named. */
  const mutual = async (
    named: readonly ('cert_file' | 'key_file')[] = ['cert_file', 'key_file'],
    of: Authority = ca,
    version: 'TLSv1.2' | 'TLSv1.3' = 'TLSv1.3',
  ) => {
    const home = freshDirectory();
    ends.push(() => home.remove());
    const files = {
      ca_file: join(home.path, 'ca.pem'),
      cert_file: join(home.path, 'client.pem'),
      key_file: join(home.path, 'client.key'),
    };
    const put = (name: 'ca_file' | 'cert_file' | 'key_file', text: string, mode = 0o640): void => {
      writeFileSync(files[name], text);
      chmodSync(files[name], mode);
    };
    const client = of.sign('DNS:negawatt.example');
    put('ca_file', ca.cert);
    put('cert_file', client.cert);
    put('key_file', client.key);
    const options = Object.fromEntries((['ca_file', ...named] as const).map((name) => [name, files[name]]));
    const tls: Parameters<typeof startReceiver>[0] = {
      ...ca.sign('IP:127.0.0.1'),
      ca: ca.cert,
      requestCert: true,
      maxVersion: version,
    };
    const started: Pushing = await pushing(options, tls);
    return { files, put, ...started };
  };

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('is shown the one that is named, over %s', async (version) => {
    const { receiver, clock, pusher } = await mutual(['cert_file', 'key_file'], ca, version);
    clock.interval();
    await settledAt(pusher, { taken: 1, failed: 0 });
    expect(receiver.requests).toHaveLength(1);
  });

  it.each([
    [
      'none',
      'TLSv1.3',
      [],
      'one',
      'it wants a certificate of this agent, or another one: certificate required',
    ],
    ['none', 'TLSv1.2', [], 'one', 'it wants a certificate of this agent, or another one: handshake failure'],
    // The receiver cuts without a word.
    ['one of somebody else', 'TLSv1.3', ['cert_file', 'key_file'], 'other', 'the connection broke off'],
    ['one of somebody else', 'TLSv1.2', ['cert_file', 'key_file'], 'other', 'the connection broke off'],
  ] as const)('takes nothing of an agent that shows %s over %s, which says so', async (...given) => {
    const [, version, named, of, why] = given;
    const { receiver, clock, pusher, events } = await mutual(named, of === 'other' ? other : ca, version);
    clock.interval();
    await settledAt(pusher, { taken: 0, failed: 1 });
    expect(receiver.requests).toEqual([]);
    expect(events[0]?.message).toContain(why);
    expect(events[0]?.fix).toContain('export.otlp.cert_file');
  });

  it('sees a renewed one at the next push', async () => {
    const { receiver, put, clock, pusher } = await mutual(['cert_file', 'key_file'], other);
    clock.interval();
    await settledAt(pusher, { failed: 1 });
    const renewed = ca.sign('DNS:negawatt.example');
    put('cert_file', renewed.cert);
    put('key_file', renewed.key);
    await vi.waitFor(() => expect(clock.pauses()).toHaveLength(1));
    clock.retry();
    await settledAt(pusher, { taken: 1 });
    expect(receiver.requests).toHaveLength(1);
  });

  it.each([
    [
      'a key of another certificate',
      'key_file',
      (): string => ca.sign('DNS:x').key,
      0o640,
      'is not the key of the certificate in',
    ],
    ['a key that is none', 'key_file', (): string => 'SECRET', 0o640, 'holds no private key in PEM form'],
    [
      'a key that every user may read',
      'key_file',
      undefined,
      0o644,
      'is a secret and every user of this host may read it',
    ],
    [
      'a certificate that is none',
      'cert_file',
      (): string => 'SECRET',
      0o640,
      'holds no certificate in PEM form',
    ],
    [
      'an authority that is none',
      'ca_file',
      (): string => 'SECRET',
      0o644,
      'holds no certificate in PEM form',
    ],
  ] as const)('is sent nothing with %s, and the file is named', async (_, name, text, mode, why) => {
    const { files, put, receiver, clock, pusher, events } = await mutual();
    put(name, text?.() ?? readFileSync(files[name], 'utf8'), mode);
    clock.interval();
    await settledAt(pusher, { failed: 1 });
    expect(receiver.requests).toEqual([]);
    expect(events[0]?.message).toContain(`export.otlp.${name}: ${files[name]} ${why}`);
    expect(JSON.stringify(events)).not.toContain('SECRET');
  });
});

it.each(['/dev/zero', '/tmp'])('authorities in %s are refused at once', async (ca_file) => {
  await expect(readTlsFiles({ ca_file })).rejects.toThrow(
    `export.otlp.ca_file: ${ca_file} is no regular file`,
  );
});

describe('a token', () => {
  const withToken = async (mode = 0o640, text = 'Bearer s3cret-token\n') => {
    const home = freshDirectory();
    ends.push(() => home.remove());
    const file = join(home.path, 'token');
    writeFileSync(file, text);
    chmodSync(file, mode);
    return { file, ...(await pushing({ headers_files: { Authorization: file } })) };
  };

  it('comes from its file, anew for each push', async () => {
    const { file, receiver, clock, pusher } = await withToken();
    clock.interval();
    expect((await receiver.request(0)).headers.authorization).toBe('Bearer s3cret-token');
    await settledAt(pusher, { taken: 1 });
    writeFileSync(file, 'Bearer another');
    clock.interval();
    expect((await receiver.request(1)).headers.authorization).toBe('Bearer another');
  });

  it('is in no message, also where the receiver repeats it', async () => {
    const { receiver, clock, pusher, events } = await withToken();
    receiver.answer(status(401, { 'Content-Type': 'text/plain' }, 'no right for s3cret-token here'));
    clock.interval();
    await settledAt(pusher, { failed: 1 });
    expect(events).toHaveLength(1);
    expect(events[0]?.message).toContain('it answers 401: no right for *** here');
    expect(events[0]?.fix).toContain('headers_files');
  });

  it.each([
    ['that every user may read', 0o644, 'x', 'chmod 640'],
    ['of two lines', 0o600, 'a\nb\n', 'the whole value'],
    ['that is empty', 0o600, '', 'the whole value'],
  ])('in a file %s is not sent, and nothing else is', async (_, mode, text, fix) => {
    const { receiver, clock, pusher, events } = await withToken(mode, text);
    clock.interval();
    await settledAt(pusher, { failed: 1 });
    expect(receiver.requests).toEqual([]);
    expect(events[0]?.fix).toContain(fix);
  });

  it('in a file that is not there is named, and what waits for it is sent as soon as it is', async () => {
    const { file, clock, pusher, events, receiver } = await withToken();
    rmSync(file);
    for (const failed of [1, 2]) {
      clock.interval();
      await settledAt(pusher, { failed, waiting: failed, dropped: 0 });
    }
    expect(events).toHaveLength(1);
    expect(events[0]?.message).toContain(`${file} cannot be read: ENOENT`);
    writeFileSync(file, 'Bearer new', { mode: 0o600 });
    clock.interval();
    await settledAt(pusher, { taken: 3, waiting: 0, dropped: 0 });
    expect(events[1]?.message).toContain('pushed again; 2 exports wait; 0 exports were dropped so far');
    expect(receiver.requests).toHaveLength(3);
  });
});

describe('a receiver that cannot take it now', () => {
  it.each([429, 502, 503, 504])('with status %i is asked again, later and later', async (code) => {
    const { receiver, pusher, clock, driven, events } = await pushing();
    receiver.answer(status(code));
    clock.interval();
    await settledAt(pusher, { failed: 1, waiting: 1 });
    await vi.waitFor(() => expect(clock.pauses()).toEqual([7_500]));
    driven.step();
    clock.retry();
    await settledAt(pusher, { failed: 2 });
    await vi.waitFor(() => expect(clock.pauses()).toEqual([11_250]));
    receiver.answer(taken);
    clock.retry();
    await settledAt(pusher, { taken: 1, failed: 2, dropped: 0, waiting: 0 });
    // It is the export of then, not one of now.
    expect(new Set(receiver.requests.map(({ sent }) => timeOf(sent))).size).toBe(1);
    expect(events.map(({ level }) => level)).toEqual(['warn', 'info']);
  });

  it('gets what was measured meanwhile as soon as it can, in the order of time', async () => {
    const { receiver, pusher, clock, driven, events } = await pushing();
    const made: (bigint | undefined)[] = [];
    receiver.answer(status(503));
    for (let waiting = 1; waiting <= 5; waiting += 1) {
      made.push(BigInt(driven.step().view.sample.wall) * 1_000_000n);
      clock.interval();
      await settledAt(pusher, { waiting });
    }
    const before = receiver.requests.length;
    receiver.answer(taken);
    await vi.waitFor(() => expect(clock.pauses()).toHaveLength(1));
    clock.retry();
    await settledAt(pusher, { taken: 5, dropped: 0, waiting: 0 });
    expect(receiver.requests.slice(before).map(({ sent }) => timeOf(sent))).toEqual(made);
    const power = receiver.requests.slice(before).map(({ sent }) => sent.metrics.get('hw.host.power'));
    expect(power.map((found) => found?.points.length)).toEqual([1, 1, 1, 1, 1]);
    expect(events.at(-1)?.message).toContain('pushed again; 4 exports wait; 0 exports were dropped so far');
  });

  it('waits for the next pause only, where it fails again in the middle of what waited', async () => {
    const started = await pushing();
    const { receiver, pusher, clock } = started;
    await outage(3, started);
    let left = 2;
    receiver.answer((response) => (left-- > 0 ? taken(response) : status(503)(response)));
    await vi.waitFor(() => expect(clock.pauses()).toHaveLength(1));
    clock.retry();
    await settledAt(pusher, { taken: 2, failed: 2, waiting: 1, dropped: 0 });
    // After one that was taken the pauses begin anew.
    await vi.waitFor(() => expect(clock.pauses()).toEqual([7_500]));
  });

  it('is left alone for as long as it asks for', async () => {
    const { receiver, pusher, clock } = await pushing();
    receiver.answer(status(503, { 'Retry-After': '120' }));
    clock.interval();
    await settledAt(pusher, { failed: 1 });
    await vi.waitFor(() => expect(clock.pauses()).toEqual([125_000]));
    const date = new Date(Date.now() + 300_000).toUTCString();
    receiver.answer(status(429, { 'Retry-After': date }));
    clock.retry();
    await settledAt(pusher, { failed: 2 });
    await vi.waitFor(() => expect(clock.pauses()).toHaveLength(1));
    expect(clock.pauses()[0]).toBeGreaterThan(295_000);
    expect(clock.pauses()[0]).toBeLessThan(306_000);
  });

  it('costs the oldest where there is no more room, which is said once and counted', async () => {
    const first = await pushing();
    first.clock.interval();
    await first.receiver.request(0);
    const bytes = Number((await first.receiver.request(0)).headers['content-length']);
    // Sizes change by some bytes with the figures.
    const { receiver, pusher, clock, driven, events } = await pushing({}, undefined, {
      queue: createExportQueue(bytes * 3.5),
    });
    receiver.answer(status(503));
    const made: bigint[] = [];
    for (let i = 1; i <= 10; i++) {
      made.push(BigInt(driven.step().view.sample.wall) * 1_000_000n);
      clock.interval();
      await settledAt(pusher, { waiting: Math.min(i, 3), dropped: Math.max(i - 3, 0) });
    }
    expect(events.map(({ message }) => message.replace(/^\S+ /, ''))).toEqual([
      'metrics are not pushed: it answers 503',
      '3 exports wait for the receiver, and more have no room: the oldest are dropped',
    ]);
    const before = receiver.requests.length;
    receiver.answer(taken);
    await vi.waitFor(() => expect(clock.pauses()).toHaveLength(1));
    clock.retry();
    await settledAt(pusher, { taken: 3, dropped: 7, waiting: 0 });
    expect(receiver.requests.slice(before).map(({ sent }) => timeOf(sent))).toEqual(made.slice(-3));
  });

  it('that says nothing is given up after the time-out, and so is one that never ends', async () => {
    const { receiver, pusher, clock, events } = await pushing();
    receiver.answer(() => {});
    clock.interval();
    await settledAt(pusher, { failed: 1 });
    expect(events[0]?.message).toContain('gave no whole answer within 0.4 s');
    receiver.answer((response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write('.'), 50);
      response.on('close', () => clearInterval(drip));
    });
    await vi.waitFor(() => expect(clock.pauses()).toHaveLength(1));
    clock.retry();
    await settledAt(pusher, { failed: 2, taken: 0 });
  });

  it('that breaks off, or is not there, is asked again', async () => {
    const { receiver, pusher, clock, events } = await pushing();
    receiver.answer((response) => response.socket?.resetAndDestroy());
    clock.interval();
    await settledAt(pusher, { failed: 1 });
    await receiver.close();
    await vi.waitFor(() => expect(clock.pauses()).toHaveLength(1));
    clock.retry();
    await settledAt(pusher, { failed: 2 });
    expect(events.map(({ message }) => message.replace(/^\S+ /, ''))).toEqual([
      'metrics are not pushed: the connection broke off',
      'metrics are not pushed: nothing listens there',
    ]);
  });
});

describe('a receiver that will not take it', () => {
  it.each([
    [400, 'See the log of the receiver'],
    [401, 'export.otlp.headers_files'],
    [404, '/v1/metrics'],
    [413, 'attribution.top'],
    [415, 'export.otlp.compression'],
    [500, 'See the log of the receiver'],
  ])(
    'with status %i is not asked again before the next interval, and the fix is said once',
    async (code, fix) => {
      const { receiver, pusher, clock, events } = await pushing();
      const body = statusAnswer('field 3 is\nwrong\u001b[31m');
      receiver.answer(status(code, { 'Content-Type': 'application/x-protobuf' }, body));
      for (let i = 1; i <= 3; i++) {
        clock.interval();
        await settledAt(pusher, { failed: i });
      }
      expect(clock.pauses()).toEqual([]);
      expect(pusher.state()).toMatchObject({ dropped: 3, waiting: 0 });
      expect(events).toHaveLength(1);
      expect(events[0]?.message).toContain(`it answers ${code}: field 3 is wrong [31m`);
      expect(events[0]?.fix).toContain(fix);
    },
  );

  it.each([
    [400, 'another', { taken: 2, dropped: 1, waiting: 0 }, 3],
    [401, 'none', { taken: 0, dropped: 1, waiting: 2 }, 1],
  ])('with status %i is sent %s of those that wait before the next interval', async (...given) => {
    const [code, , want, requests] = given;
    const started = await pushing();
    const { receiver, pusher, clock } = started;
    await outage(3, started);
    const before = receiver.requests.length;
    let isFirst = true;
    receiver.answer((response) => {
      if (isFirst) status(code)(response);
      else taken(response);
      isFirst = false;
    });
    await vi.waitFor(() => expect(clock.pauses()).toHaveLength(1));
    clock.retry();
    await settledAt(pusher, want);
    expect(receiver.requests).toHaveLength(before + requests);
    clock.interval();
    await settledAt(pusher, { taken: 3, dropped: 1, waiting: 0 });
  });

  it('with status 400 for all of them loses three at once, and then one a second', async () => {
    const started = await pushing();
    const { receiver, pusher, clock } = started;
    await outage(8, started);
    receiver.answer(status(400));
    await vi.waitFor(() => expect(clock.pauses()).toHaveLength(1));
    clock.retry();
    await settledAt(pusher, { dropped: 3, waiting: 5 });
    await vi.waitFor(() => expect(clock.pauses()).toEqual([1000]));
    clock.retry();
    await settledAt(pusher, { dropped: 4, waiting: 4 });
    receiver.answer(taken);
    await vi.waitFor(() => expect(clock.pauses()).toEqual([1000]));
    clock.retry();
    await settledAt(pusher, { taken: 4, dropped: 4, waiting: 0 });
  });

  it('but leads elsewhere is not followed: a token would go with it', async () => {
    const other = await startReceiver();
    ends.push(() => other.close());
    const { receiver, pusher, clock, events } = await pushing();
    for (const [i, code] of [301, 302, 307, 308].entries()) {
      receiver.answer(status(code, { Location: `${other.url}/v1/metrics` }));
      clock.interval();
      await settledAt(pusher, { failed: i + 1 });
    }
    expect(other.requests).toEqual([]);
    expect(events[0]?.fix).toContain('redirects are not followed');
  });

  it('but is a page is told from a receiver', async () => {
    const { receiver, pusher, clock, events } = await pushing();
    receiver.answer(status(200, { 'Content-Type': 'text/html' }, '<html>Log in</html>'));
    clock.interval();
    await settledAt(pusher, { failed: 1, taken: 0 });
    expect(events[0]?.message).toContain('a page answers');
  });

  it('but answers without end is not listened to', async () => {
    const { receiver, pusher, clock, events } = await pushing({ timeout: seconds(20) });
    let written = 0;
    receiver.answer((response) => {
      response.writeHead(200, { 'Content-Type': 'application/x-protobuf' });
      const more = (): void => {
        while (!response.destroyed && written < 2 ** 28) {
          written += 2 ** 16;
          if (!response.write(Buffer.alloc(2 ** 16))) return void response.once('drain', more);
        }
      };
      more();
    });
    clock.interval();
    await settledAt(pusher, { failed: 1 });
    expect(events[0]?.message).toContain('more than a receiver has to say');
    expect(written).toBeLessThan(2 ** 25);
  });
});

describe('a receiver that takes a part', () => {
  it('is believed, counted, and its words are said once', async () => {
    const { receiver, pusher, clock, events } = await pushing();
    const body = partialAnswer(7, 'too old');
    receiver.answer(status(200, { 'Content-Type': 'application/x-protobuf' }, body));
    for (let i = 1; i <= 3; i++) {
      clock.interval();
      await settledAt(pusher, { partial: i, taken: 0, failed: 0 });
    }
    expect(events).toHaveLength(1);
    expect(events[0]?.message).toContain('7 points were rejected: too old');
  });

  it('and says nonsense has taken it', async () => {
    const { receiver, pusher, clock } = await pushing();
    receiver.answer(status(200, { 'Content-Type': 'application/x-protobuf' }, '\u00ff\u00ff\u00ff'));
    clock.interval();
    await settledAt(pusher, { taken: 1 });
  });
});

describe('the end', () => {
  it('sends what waits and what holds, in this order, also in the middle of a pause', async () => {
    const { receiver, pusher, clock, driven } = await pushing();
    receiver.answer(status(503));
    clock.interval();
    await settledAt(pusher, { failed: 1 });
    receiver.answer(taken);
    const last = driven.step();
    await pusher.close(1000);
    const [failed, waited, held] = receiver.requests.map(({ sent }) => timeOf(sent));
    expect(waited).toBe(failed);
    expect(held).toBe(BigInt(last.view.sample.wall) * 1_000_000n);
    expect(pusher.state()).toMatchObject({ taken: 2, waiting: 0 });
  });

  it('does not wait for a receiver that hangs', async () => {
    const { receiver, pusher, clock } = await pushing({ timeout: seconds(60) });
    receiver.answer(() => {});
    clock.interval();
    await receiver.request(0);
    await pusher.close(300);
    expect(receiver.requests).toHaveLength(2);
    expect(pusher.state()).toMatchObject({ taken: 0, failed: 1, waiting: 2 });
  });

  it('sends what it can to a receiver that is slow, and knows what is left', async () => {
    const started = await pushing({ timeout: seconds(60) });
    const { receiver, pusher } = started;
    await outage(30, started);
    const before = receiver.requests.length;
    receiver.answer((response) => void setTimeout(() => taken(response), 100));
    await pusher.close(1500);
    const { taken: count, waiting, dropped } = pusher.state();
    expect(count).toBeGreaterThan(0);
    expect(waiting).toBeGreaterThan(0);
    expect(count + waiting).toBe(31);
    expect(dropped).toBe(0);
    // One more may have come, whose answer came too late; none after that.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(receiver.requests.length - before - count).toBeLessThanOrEqual(1);
  });

  it.each([
    ['gzip', 'none'],
    ['none', 'gzip'],
  ] as const)('leaves what waits readable to the run that follows, from %s to %s', async (was, is) => {
    const handover: OtlpHandover = {};
    const first = await pushing({ compression: was }, undefined, handover);
    first.receiver.answer(status(503));
    first.clock.interval();
    await settledAt(first.pusher, { failed: 1 });
    await first.pusher.close(1000);
    const next = await pushing({ compression: is }, undefined, handover);
    next.clock.interval();
    await settledAt(next.pusher, { taken: 3, waiting: 0 });
    const encodings = next.receiver.requests.map(({ headers }) => headers['content-encoding'] ?? 'none');
    expect(encodings).toEqual([was, was, is]);
    expect(timeOf(next.receiver.requests[0]?.sent)).toBe(timeOf(first.receiver.requests[0]?.sent));
  });

  it('leaves to the run that follows what was not taken, the oldest first', async () => {
    const handover: OtlpHandover = {};
    const { receiver, pusher, clock, driven } = await pushing({}, undefined, handover);
    receiver.answer(status(503));
    clock.interval();
    await settledAt(pusher, { failed: 1 });
    driven.step();
    await pusher.close(1000);
    expect(pusher.state()).toMatchObject({ waiting: 2, dropped: 0 });
    const next = await pushing({}, undefined, handover);
    next.clock.interval();
    await settledAt(next.pusher, { taken: 3, waiting: 0 });
    const times = next.receiver.requests.map(({ sent }) => timeOf(sent));
    expect(times.slice(0, 2)).toEqual([
      timeOf(receiver.requests[0]?.sent),
      BigInt(driven.snapshot()?.view.sample.wall ?? 0) * 1_000_000n,
    ]);
  });
});

it('start times are on disk before they are sent, readable by the group alone', async () => {
  const { receiver, clock, pusher, directory } = await pushing();
  const file = join(directory, 'otlp-starts.json');
  let seen = '';
  receiver.answer((response) => {
    seen = readFileSync(file, 'utf8');
    taken(response);
  });
  clock.interval();
  await settledAt(pusher, { taken: 1 });
  expect(statSync(file).mode & 0o777).toBe(0o640);
  expect(JSON.parse(seen)).toMatchObject({ format: 2 });
  expect(seen).toContain('hw_host_energy_joules_total');
});

describe('the pause after failures', () => {
  it('is 5 s at first and 30 s at most, half more or less', () => {
    expect([1, 2, 3, 9].map((failures) => pauseAfter(failures, undefined, 0.5))).toEqual([
      5000, 7500, 11_250, 30_000,
    ]);
    expect(pauseAfter(1, undefined, 0)).toBe(2500);
    expect(pauseAfter(1, undefined, 1)).toBe(7500);
  });

  it('is never below what was asked for', () => {
    for (const random of [0, 0.3, 1]) {
      expect(pauseAfter(1, seconds(60), random)).toBeGreaterThanOrEqual(60_000);
      expect(pauseAfter(9, seconds(1), random)).toBeGreaterThanOrEqual(1000);
    }
  });
});
