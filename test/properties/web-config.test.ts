/** Bytes from outside: the web-config file, and what clients send before they are known. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createBasicAuth } from '../../agent/basic-auth.ts';
import { refusePeer, sansOf } from '../../agent/peer.ts';
import { patienceOf } from '../../agent/scrape-timeout.ts';
import { parseGoDuration } from '../../src/config/go-duration.ts';
import { loadWebFile } from '../../src/config/web-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'negawatt-web-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SECRET = 'hunter2';
const file = join(folder, 'web.yml');

const check = async (text: string | Uint8Array): Promise<void> => {
  writeFileSync(file, text);
  const loaded = await loadWebFile(file);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  if (loaded.ok) return;
  expect(loaded.problems.length).toBeGreaterThan(0);
  for (const { place, what } of loaded.problems) {
    expect(place.startsWith(file)).toBe(true);
    expect(what).toMatch(/^\P{Cc}+$/u);
    expect(what).not.toContain(SECRET);
  }
};

const KEYS = [
  ...[
    'tls_server_config',
    'http_server_config',
    'basic_auth_users',
    'rate_limit',
    '__proto__',
    'constructor',
  ],
  ...['cert_file', 'cert', 'key_file', 'key', 'client_ca_file', 'client_auth_type', 'client_allowed_sans'],
  ...['min_version', 'cipher_suites', 'curve_preferences', 'http2', 'headers', 'X-Frame-Options', 'interval'],
];
const WORDS = [
  'TLS12',
  'RequireAndVerifyClientCert',
  'X25519',
  '1s',
  'deny',
  '/dev/null',
  '-----BEGIN X',
  '',
];
const document = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(...WORDS),
    fc.oneof(fc.integer(), fc.boolean(), fc.constant(null), fc.string()),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...KEYS), fc.string()), tie('value'), { maxKeys: 4 }),
  ),
})).value;

describe('a web-config file of any content', () => {
  it('is taken, or refused in words with its place; nothing is thrown or polluted', async () => {
    await fc.assert(
      fc.asyncProperty(document, (value) => check(JSON.stringify(value))),
      { numRuns: 1_000 },
    );
  });

  it('may be any bytes', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), check), { numRuns: 500 });
  });

  it('never has its secrets in a message, wherever it is broken', async () => {
    const whole = `tls_server_config:\n  cert: ${SECRET}\n  key: "${SECRET}"\nbasic_auth_users:\n  a: ${SECRET}\n  b: '${SECRET}'\n`;
    const noise = fc.constantFrom(...':{}[]"\'|>&*!%@`#\n\t ');
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length), noise, fc.nat(3), (at, letter, cut) =>
        check(`${whole.slice(0, at)}${letter}${whole.slice(at + cut)}`),
      ),
      { numRuns: 1_000 },
    );
  });
});

describe('what a client sends', () => {
  it('as Authorization lets nobody in without the password', async () => {
    const auth = createBasicAuth({ compare: async () => false, now: () => 0 });
    const users = new Map([['a', '$2b$04$x']]);
    const encoded = fc.string().map((text) => `Basic ${Buffer.from(text).toString('base64')}`);
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), encoded), fc.ipV4(), async (header, remote) => {
        expect((await auth.check(header, remote, users)).is).not.toBe('ok');
      }),
      { numRuns: 5_000 },
    );
  });

  it('as names of a certificate is never more than its names, and never ends the agent', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.array(fc.oneof(fc.string({ minLength: 1 }), fc.ipV6())),
        (text, allowedSans) => {
          sansOf(text);
          const certificate = { subjectAltName: `URI:${JSON.stringify(`${text}, DNS:mine.example`)}` };
          const socket = { authorized: true, getPeerX509Certificate: () => certificate as never };
          expect(refusePeer(socket, { clientAuth: 'verify', allowedSans: ['mine.example'] })).toBeDefined();
          refusePeer(socket, { clientAuth: 'verify', allowedSans: [...allowedSans, 'fe80::1%eth0'] });
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('as its time-out is a time between a tenth of a second and 25 s', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.double().map(String)), (told) => {
        const patience = patienceOf({ 'x-prometheus-scrape-timeout-seconds': told });
        expect(patience).toBeGreaterThanOrEqual(100);
        expect(patience).toBeLessThanOrEqual(25_000);
      }),
      { numRuns: 5_000 },
    );
  });
});

it("a duration in Go's form is a finite time or none", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9.nuµmsh]{0,20}$/), (text) => {
      const length = parseGoDuration(text);
      expect(length === undefined || (Number.isFinite(length) && length >= 0)).toBe(true);
    }),
    { numRuns: 20_000 },
  );
});
