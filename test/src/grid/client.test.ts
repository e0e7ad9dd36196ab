import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { askGrid, type GridRequest, parseJson } from '../../../src/grid/client.ts';
import { GridError } from '../../../src/model/grid.ts';
import { seconds } from '../../../src/units.ts';
import { type Certificate, noCertificates, selfSigned } from '../../fixtures/certificate.ts';
import { bomb, brokenOff, drip, gigabyte, html, MIB, silent, zipped } from '../../fixtures/grid-faults.ts';
import { type GridServer, gridErrorOf, type Play, startGrid, untouched } from '../../fixtures/grid-server.ts';

const SECRET = 'k/5e+"x%';
let server: GridServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const request = async (play: Play, more: Partial<GridRequest> = {}): Promise<GridRequest> => {
  server = await startGrid({ '/now': play });
  const url = new URL(`${server.url}now?zone=DE&key=${encodeURIComponent(SECRET)}`);
  return { url, timeout: seconds(5), signal: untouched(), accept: 'json', secrets: [SECRET], ...more };
};
const ask = async (play: Play, more?: Partial<GridRequest>) => askGrid(await request(play, more));
/** The error of an answer; no word of it holds the key or the query. */
const failure = async (play: Play, more?: Partial<GridRequest>): Promise<GridError> => {
  const error = await gridErrorOf(ask(play, more));
  const words = `${error.message} ${error.fix} ${error.stack} ${String(error.cause)}`;
  for (const form of [SECRET, encodeURIComponent(SECRET), JSON.stringify(SECRET).slice(1, -1), 'zone=DE'])
    expect(words).not.toContain(form);
  expect(error.message).not.toMatch(/\p{Cc}/u);
  return error;
};

describe('an answer', () => {
  it('is handed over with its headers, in plain and packed', async () => {
    const plain = await ask({ body: '{"a": "ä"}', headers: { 'x-rest': '7' } });
    expect(plain.body).toBe('{"a": "ä"}');
    expect(plain.headers['x-rest']).toBe('7');
    expect((await ask(zipped('{"b": 2}'))).body).toBe('{"b": 2}');
  });

  it('tells how far the clock of the provider is ahead', async () => {
    const date = new Date(Date.now() + 600_000).toUTCString();
    const { skew = 0 } = await ask({ body: {}, headers: { date } });
    expect(Math.abs(skew - 600_000)).toBeLessThan(30_000);
  });

  it('may be empty where there is nothing to say', async () => {
    expect((await ask({ status: 204, body: '' })).body).toBe('');
    expect(
      (await ask({ body: '', headers: { 'content-length': '0', 'content-type': 'text/plain' } })).body,
    ).toBe('');
  });

  it('is asked for as what is wanted, from a user agent with a name', async () => {
    await ask({ body: '<a/>', headers: { 'content-type': 'text/xml; charset=utf-8' } }, { accept: 'xml' });
    expect(server?.headers[0]).toMatchObject({
      accept: 'application/xml, text/xml;q=0.9',
      'accept-encoding': 'gzip',
      'user-agent': 'negawatt',
    });
  });

  it.each(['application/json', 'application/problem+json; charset=utf-8', 'text/json'])(
    'of type %s is JSON',
    async (type) => {
      expect((await ask({ body: '[]', headers: { 'content-type': type } })).body).toBe('[]');
    },
  );
});

describe('a status that is no answer', () => {
  it.each([
    [401, 'refused'],
    [403, 'refused'],
    [404, 'unknown'],
    [429, 'busy'],
    [503, 'busy'],
    [400, 'failed'],
    [500, 'failed'],
    [502, 'failed'],
  ])('%i is %s, and has a fix', async (status, kind) => {
    const error = await failure({ status, body: { message: 'why' } });
    expect(error).toMatchObject({ kind });
    expect(error.message).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:\\d+/now answers ${status}: why$`));
    expect(error.fix).not.toBe('');
  });

  it('tells what the provider says of it in the forms that are in use', async () => {
    const said = async (body: unknown) =>
      (await failure({ status: 400, body })).message.replace(/^.* answers 400:? ?/, '');
    expect(await said({ error: 'no zone' })).toBe('no zone');
    expect(await said({ error: { code: 400, message: 'bad date' } })).toBe('bad date');
    expect(await said({ title: 'Invalid', detail: 'location' })).toBe('location');
    expect(
      await said('<Acknowledgement><Reason><text>No matching data</text></Reason></Acknowledgement>'),
    ).toBe('No matching data');
    expect(await said('<html>oops</html>')).toBe('');
    expect(await said([{ message: 1 }])).toBe('');
  });

  it('shows at most 200 printable characters of it, and never a key that it repeats', async () => {
    const message = `bad\u0007 key ${SECRET}\n${'x'.repeat(185)}${SECRET}`;
    const error = await failure({ status: 401, body: { message } });
    const said = error.message.replace(/^.* answers 401: /, '');
    expect(said).toMatch(/^bad key \*\*\* x+/);
    expect(said.length).toBeLessThanOrEqual(200);
  });

  it('waits as long as it is asked to, in seconds or until a date', async () => {
    const wait = async (headers: Record<string, string>) =>
      (await failure({ status: 429, headers, body: {} })).retryAfter;
    expect(await wait({ 'retry-after': '120' })).toBe(120);
    // By the clock of the provider: it says noon, and until a quarter past.
    const date = 'Mon, 23 Nov 2026 12:00:00 GMT';
    expect(await wait({ date, 'retry-after': 'Mon, 23 Nov 2026 12:15:00 GMT' })).toBe(900);
    expect(await wait({ date, 'retry-after': 'Mon, 23 Nov 2026 11:00:00 GMT' })).toBe(0);
    expect(await wait({ 'retry-after': '99999999999' })).toBe(86_400);
    expect(await wait({ 'retry-after': 'soon' })).toBeUndefined();
    expect(await wait({})).toBeUndefined();
  });

  it('is a refusal also where its words never come to an end', async () => {
    const error = await failure((_url, _request, response) => {
      response.writeHead(401, { 'content-type': 'application/json' });
      response.write('{"message": "');
      return undefined;
    });
    expect(error.kind).toBe('refused');
  });

  it('sends no key on to where a redirect leads', async () => {
    const elsewhere = await startGrid({ '/': { body: {} } });
    const error = await failure({ status: 302, headers: { location: elsewhere.url }, body: '' });
    expect(error).toMatchObject({ kind: 'failed', fix: expect.stringMatching(/redirects are not followed/) });
    expect(elsewhere.asked).toEqual([]);
    await elsewhere.close();
  });
});

describe('a bad answer', () => {
  it('that is a page is told as such', async () => {
    expect((await failure(html)).message).toMatch(/answers with text\/html; charset=utf-8, not with JSON$/);
    expect((await failure({ body: '{}' }, { accept: 'xml' })).message).toMatch(
      /application\/json, not with XML$/,
    );
  });

  it('of a gigabyte is cut off soon', async () => {
    const { play, sent } = gigabyte();
    expect((await failure(play)).message).toMatch(/larger than 4 MiB$/);
    expect(sent()).toBeLessThan(64 * MIB);
  });

  it('that unpacks to a gigabyte is cut off soon', async () => {
    const before = process.memoryUsage().rss;
    expect((await failure(bomb)).message).toMatch(/larger than 4 MiB$/);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * MIB);
  });

  it('is cut off where the caller wants it', async () => {
    expect((await failure({ body: 'x'.repeat(2000) }, { mostBytes: 1024 })).message).toMatch(/larger than/);
  });

  it.each([
    ['drips', drip],
    ['does not come', silent],
  ])('that %s is given up after the time-out', async (_, play) => {
    const error = await failure(play, { timeout: seconds(0.2) });
    expect(error).toMatchObject({
      kind: 'failed',
      message: expect.stringMatching(/no whole answer within 0.2 s$/),
    });
  });

  it('that breaks off is told', async () => {
    expect((await failure(brokenOff)).message).toMatch(/broke off$/);
  });

  it('of damaged gzip, or packed in another way, is told', async () => {
    const gzip = { 'content-encoding': 'gzip' };
    expect((await failure({ body: 'no gzip', headers: gzip })).message).toMatch(/damaged/);
    expect((await failure({ body: '{}', headers: { 'content-encoding': 'br' } })).message).toMatch(
      /packed as br/,
    );
  });
});

describe('a question', () => {
  it('ends when it is called off, before and during', async () => {
    const ended = AbortSignal.abort();
    expect((await failure(silent, { signal: ended })).message).toMatch(/called off$/);
    expect(server?.asked).toEqual([]);
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 50);
    expect((await failure(silent, { signal: abort.signal })).message).toMatch(/called off$/);
  });

  it('where nothing listens says so', async () => {
    const gone = await request({ body: {} });
    await server?.close();
    server = undefined;
    expect((await gridErrorOf(askGrid(gone))).message).toMatch(/: nothing listens there$/);
  });

  it('with a key that no header can hold is refused without the key', async () => {
    const error = await failure({ body: {} }, { headers: { 'auth-token': `${SECRET}\n` } });
    expect(error).toMatchObject({ kind: 'failed', fix: expect.stringMatching(/one line/) });
  });
});

describe.skipIf(noCertificates !== undefined)('over TLS', () => {
  let certificate: Certificate;
  beforeAll(() => {
    certificate = selfSigned();
  });

  it('an authority that is not trusted is refused, one that is named is trusted', async () => {
    server = await startGrid({ '/now': { body: '{}' } }, certificate);
    const wanted = {
      url: new URL(`${server.url}now`),
      timeout: seconds(5),
      signal: untouched(),
      accept: 'json',
    } as const;
    const error = await gridErrorOf(askGrid(wanted));
    expect(error).toMatchObject({ kind: 'failed', fix: expect.stringMatching(/not trusted/) });
    expect(server.asked).toEqual([]);
    expect((await askGrid({ ...wanted, ca: certificate.cert })).body).toBe('{}');
  });

  it('a certificate of another name is refused', async () => {
    const other = selfSigned('IP:127.0.0.2');
    server = await startGrid({ '/now': { body: '{}' } }, other);
    const wanted = {
      url: new URL(`${server.url}now`),
      timeout: seconds(5),
      signal: untouched(),
      accept: 'json',
    } as const;
    expect((await gridErrorOf(askGrid({ ...wanted, ca: other.cert }))).kind).toBe('failed');
  });
});

it('what is no JSON is told without a word of it', () => {
  expect(parseJson('[1]')).toEqual([1]);
  for (const body of ['', '{', `{"key": "${SECRET}"`]) {
    const parse = (): unknown => parseJson(body);
    expect(parse).toThrow(GridError);
    expect(parse).toThrow(/^the answer is (empty|not valid JSON)$/);
  }
});
