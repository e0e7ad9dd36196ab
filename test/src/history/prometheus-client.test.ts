import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openHistory } from '../../../src/history/index.ts';
import { historyOptions } from '../../../src/history/options.ts';
import { type HistoryEngine, HistoryError, type HistoryRequest } from '../../../src/model/history.ts';
import { authority } from '../../fixtures/authority.ts';
import { noCertificates } from '../../fixtures/certificate.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

const JSON_TYPE = { 'content-type': 'application/json' };
const VALUES = { status: 'success', data: ['web:10202'] };
const EMPTY = { status: 'success', data: { resultType: 'matrix', result: [] } };
const json =
  (value: object, status = 200, headers: Record<string, string> = {}): Handler =>
  (_, response) => {
    response.writeHead(status, { ...JSON_TYPE, ...headers });
    response.end(JSON.stringify(value));
  };
const good: Handler = (request, response, body) =>
  json(/\/label\//.test(request.url ?? '') ? VALUES : EMPTY)(request, response, body);

let handler: Handler = good;
const asked: {
  readonly line: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}[] = [];
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString();
    asked.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
    handler(request, response, body);
  });
});
const dir = mkdtempSync(join(tmpdir(), 'negawatt-engine-'));
let url: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  rmSync(dir, { recursive: true });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  asked.length = 0;
  handler = good;
});

const engines: HistoryEngine[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
});
const waits: number[] = [];
const open = async (more: object = {}): Promise<HistoryEngine> => {
  waits.length = 0;
  const engine = await openHistory(
    historyOptions.parse({ prometheus: { url: `${url}/prometheus`, ...more } }),
    {
      local: () => Promise.reject(new Error('no')),
      wait: async (time) => {
        waits.push(time);
      },
    },
  );
  engines.push(engine);
  return engine;
};
const DAY = Date.UTC(2026, 0, 5) / 1000;
const request: HistoryRequest = {
  ...{
    window: { from: DAY, to: DAY + 86_400 },
    step: 3600,
    hosts: ['web'],
    work: [],
    drivers: [],
    guards: [],
  },
};
const read = async (engine: HistoryEngine, more: Partial<HistoryRequest> = {}, signal?: AbortSignal) => {
  for await (const chunk of engine.read({ ...request, ...more }, signal)) return chunk;
  throw new Error('no chunk');
};
const refusal = async (more: object = {}, asks: Partial<HistoryRequest> = {}): Promise<HistoryError> => {
  const error = await read(await open(more), asks).catch((thrown: unknown) => thrown);
  if (!(error instanceof HistoryError)) throw new Error(`not refused: ${String(error)}`);
  return error;
};

describe('an engine that answers with what is no past', () => {
  const page: Handler = (_, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end('<html><title>Sign in</title></html>');
  };
  const text =
    (body: string): Handler =>
    (_, response) => {
      response.writeHead(200, JSON_TYPE);
      response.end(body);
    };
  it.each<[string, Handler, RegExp, RegExp]>([
    ['a log-in page', page, /answers with text\/html; charset=utf-8, not with JSON/, /log-in page/],
    ['a page that says it is JSON', text('<html>'), /no whole JSON: <html>/, /log-in page/],
    [
      'JSON that was cut off',
      text('{"status":"success","data":{"resu'),
      /no whole JSON/,
      /cut off on its way/,
    ],
    [
      'JSON of another kind',
      text('{"ok":true}'),
      /in a form that is not that of Prometheus/,
      /history.prometheus.url/,
    ],
    [
      'a matrix without values',
      json({ status: 'success', data: { resultType: 'matrix', result: [{ metric: {} }] } }),
      /form/,
      /url/,
    ],
    [
      'an error in words',
      json({ status: 'error', errorType: 'bad_data', error: 'parse error' }),
      /bad_data: parse error/,
      /./,
    ],
    [
      'a warning that a store is away',
      json({ ...VALUES, warnings: ['store-3: unavailable'] }),
      /warns .* store-3: unavailable/,
      /smaller than it was/,
    ],
    ['a part of the answer', json({ ...VALUES, isPartial: true }), /only a part/, /smaller than it was/],
    [
      'too many samples',
      json(
        { status: 'error', errorType: 'execution', error: 'query processing would load too many samples' },
        422,
      ),
      /422: execution: query processing/,
      /Raise the limit/,
    ],
    [
      'a limit of series',
      json({ status: 'error', error: 'the query hit the max number of series limit' }, 422),
      /max number of series limit/,
      /fewer hosts/,
    ],
    ['a refused token', json({ error: 'no org id' }, 401), /401: no org id/, /token_file/],
    ['another path', json({}, 404), /404/, /select\/0\/prometheus/],
    ['a redirect', json({}, 302, { location: 'https://elsewhere' }), /302/, /final address/],
    [
      'a query that took too long',
      json({ errorType: 'timeout', error: 'query timed out' }, 503),
      /timed out/,
      /query.timeout/,
    ],
  ])('with %s is refused with words', async (_, answer, message, fix) => {
    handler = answer;
    const error = await refusal();
    expect(error.message).toMatch(message);
    expect(error.message).toContain(`${url}/prometheus`);
    expect(error.fix).toMatch(fix);
    expect(waits).toEqual([]);
  });

  it('with notes on the query, as Prometheus 2.50 lists them among its warnings, is believed', async () => {
    handler = (incoming, response, body) =>
      json({
        ...(/\/label\//.test(incoming.url ?? '') ? VALUES : EMPTY),
        warnings: ['PromQL info: metric might not be a counter, name does not end in _total/_sum/_count'],
      })(incoming, response, body);
    expect((await read(await open())).hosts[0]?.host).toBe('web');
  });
});

describe('an engine that cannot answer now', () => {
  it.each([429, 500, 502, 503])(
    'with %i is asked again, later and later, and believed then',
    async (status) => {
      let failures = 2;
      handler = (incoming, response, body) => {
        failures -= 1;
        if (failures >= 0) json({ error: 'busy' }, status)(incoming, response, body);
        else good(incoming, response, body);
      };
      expect((await read(await open())).length).toBe(24);
      expect(waits).toEqual([1, 2]);
    },
  );

  it('is waited for as long as it says, and given up after the fourth time', async () => {
    handler = json({ error: 'rate limit' }, 429, { 'retry-after': '7' });
    expect((await refusal()).message).toMatch(/429: rate limit/);
    expect(waits).toEqual([7, 7, 7]);
    expect(asked).toHaveLength(4);
  });

  it('is given up when it says nothing for the time that it has', async () => {
    handler = () => undefined;
    const error = await refusal({ timeout: 1 });
    expect(error.message).toMatch(/no whole answer within 1 s/);
    expect(error.fix).toMatch(/timeout/);
  });

  it('is told from one that is not there', async () => {
    const error = await refusal({ url: 'http://127.0.0.1:1' });
    expect(error.message).toBe('http://127.0.0.1:1: nothing listens there');
    expect(error.fix).toMatch(/history.prometheus.url/);
  });

  it('that breaks off in the middle is not believed', async () => {
    handler = (_, response) => {
      response.writeHead(200, { ...JSON_TYPE, 'content-length': '1000' });
      response.write('{"status":"success"');
      setImmediate(() => response.destroy());
    };
    expect((await refusal()).message).toMatch(/broke off/);
  });

  it('is left when whoever asks has gone', async () => {
    handler = () => undefined;
    const control = new AbortController();
    const reading = read(await open(), {}, control.signal);
    setImmediate(() => control.abort());
    await expect(reading).rejects.toThrow(/called off/);
  });
});

describe('what is asked of an engine', () => {
  it('asks below the path of the address, packed, and never for part of an answer', async () => {
    handler = (incoming, response) => {
      response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' });
      response.end(gzipSync(JSON.stringify(/\/label\//.test(incoming.url ?? '') ? VALUES : EMPTY)));
    };
    await read(await open());
    for (const { line, headers } of asked) {
      expect(line).toMatch(/^GET \/prometheus\/api\/v1\//);
      expect(line).toMatch(/partial_response=false/);
      expect(line).toMatch(/deny_partial_response=1/);
      expect(headers['accept-encoding']).toBe('gzip');
    }
  });

  it('asks for less than 11,000 points of a series at any step', async () => {
    for (const step of [60, 900, 3600, 86_400]) await read(await open(), { step });
    for (const { line } of asked.filter((one) => one.line.includes('query_range'))) {
      const query = new URL(line.slice(4), url).searchParams;
      const points = (Number(query.get('end')) - Number(query.get('start'))) / Number(query.get('step')) + 1;
      expect(points).toBeLessThan(11_000);
    }
  });

  it('shows a token, or a name and a password, and the tenant, and no message tells them', async () => {
    const [token, login] = [join(dir, 'token'), join(dir, 'login')];
    writeFileSync(token, 's3cret-token\n', { mode: 0o600 });
    writeFileSync(login, 'reader:s3cret-password\n', { mode: 0o600 });
    await read(await open({ token_file: token, tenant: 'team-a' }));
    expect(asked[0]?.headers).toMatchObject({
      authorization: 'Bearer s3cret-token',
      'x-scope-orgid': 'team-a',
    });
    asked.length = 0;
    handler = (incoming, response, body) =>
      json({ error: `no: ${incoming.headers.authorization} s3cret-password` }, 403)(incoming, response, body);
    const error = await refusal({ credentials_file: login });
    expect(asked[0]?.headers.authorization).toBe(`Basic ${btoa('reader:s3cret-password')}`);
    expect(error.message).not.toMatch(/s3cret|cmVhZGVy/);
    expect(JSON.stringify((await open({ credentials_file: login })).about)).not.toMatch(/s3cret/);
  });

  it('does not use a token that every user of the host may read', async () => {
    const token = join(dir, 'open-token');
    writeFileSync(token, 'x');
    chmodSync(token, 0o644);
    await expect(open({ token_file: token })).rejects.toThrow(/every user of this host may read it/);
    await expect(open({ ca_file: join(dir, 'none') })).rejects.toThrow(/ca_file: .* cannot be read: ENOENT/);
  });

  it('sends a long question in a body', async () => {
    const hosts = Array.from(
      { length: 90 },
      (_, at) => `a-rather-long-name-of-a-host-in-a-rack-${at}.example`,
    );
    handler = (incoming, response, body) =>
      json(
        /\/label\//.test(incoming.url ?? '')
          ? { status: 'success', data: hosts.map((host) => `${host}:1`) }
          : EMPTY,
      )(incoming, response, body);
    await read(await open(), { hosts });
    const long = asked.filter(({ line }) => line.startsWith('POST'));
    expect(long.length).toBeGreaterThan(0);
    for (const { body, headers } of long) {
      expect(headers['content-type']).toBe('application/x-www-form-urlencoded');
      expect(new URLSearchParams(body).get('query')).toContain('rack-89\\\\.example:1');
    }
  });

  it('refuses a query of a plan that gives more than one figure for the scope', async () => {
    handler = (incoming, response, body) => {
      const query = new URL(incoming.url ?? '', url).searchParams.get('query') ?? '';
      const result = query === 'p99' ? ['a', 'b'].map((pod) => ({ metric: { pod }, values: [] })) : [];
      json(
        /\/label\//.test(incoming.url ?? '')
          ? VALUES
          : { status: 'success', data: { resultType: 'matrix', result } },
      )(incoming, response, body);
    };
    const error = await refusal({}, { guards: [{ name: 'latency', query: 'p99' }] });
    expect(error.message).toBe('the query of latency gives 2 series, not one: p99');
    expect(error.fix).toMatch(/sum/);
  });
});

describe.skipIf(noCertificates !== undefined)('an engine over https', () => {
  it('is believed by the authority that is named, shown a certificate where it asks, and else refused', async () => {
    const trusted = authority();
    const [own, shown] = [trusted.sign('IP:127.0.0.1'), trusted.sign('DNS:reader')];
    const [ca_file, cert_file, key_file] = ['ca.pem', 'own.pem', 'own.key'].map((name) => join(dir, name));
    writeFileSync(ca_file!, trusted.cert);
    writeFileSync(cert_file!, shown.cert);
    writeFileSync(key_file!, shown.key, { mode: 0o600 });
    const secure = createSecureServer(
      { ...own, ca: trusted.cert, requestCert: true, rejectUnauthorized: true },
      (incoming, response) => good(incoming, response, ''),
    );
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
    const address = { url: `https://127.0.0.1:${(secure.address() as AddressInfo).port}` };
    try {
      expect((await read(await open({ ...address, ca_file, cert_file, key_file }))).length).toBe(24);
      expect((await refusal({ ...address, cert_file, key_file })).fix).toMatch(/ca_file/);
      await refusal({ ...address, ca_file });
    } finally {
      secure.closeAllConnections();
      await new Promise((resolve) => secure.close(resolve));
    }
  });
});

describe('options of an engine', () => {
  it.each([
    ['a user in the address', { url: 'https://user:pass@x' }],
    ['a token over http to another host', { url: 'http://mimir:9009', token_file: '/t' }],
    ['two ways to show who asks', { url: 'https://x', token_file: '/t', credentials_file: '/c' }],
    ['a certificate without its key', { url: 'https://x', cert_file: '/c' }],
    [
      'own queries under a preset',
      { url: 'https://x', queries: { counter: 'a', quality: 'measured', meter: 'm' } },
    ],
    ['the preset custom without queries', { url: 'https://x', preset: 'custom' }],
    [
      'a counter and a gauge',
      {
        url: 'https://x',
        preset: 'custom',
        queries: { counter: 'a', gauge: 'b', quality: 'measured', meter: 'm' },
      },
    ],
    ['a key that there is not', { url: 'https://x', tokn_file: '/t' }],
  ])('with %s are refused', (_, prometheus) => {
    expect(historyOptions.safeParse({ prometheus }).success).toBe(false);
  });
});
