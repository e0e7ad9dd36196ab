import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseGoDuration } from '../../../src/config/go-duration.ts';
import { type LoadedWebFile, loadWebFile } from '../../../src/config/web-file.ts';
import { authority } from '../../fixtures/authority.ts';
import { noCertificates } from '../../fixtures/certificate.ts';

const folder = mkdtempSync(join(tmpdir(), 'negawatt-web-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Of the password `right`; cost 4. */
const HASH = '$2b$04$abcdefghijklmnopqrstuuGFFaxEh4UG8vfMZ6QDFn9RAIhsTbm3u';

const load = (text: string, now?: number): Promise<LoadedWebFile> => {
  const file = join(folder, 'web.yml');
  writeFileSync(file, text);
  return loadWebFile(file, now);
};
const good = async (text: string): Promise<Extract<LoadedWebFile, { ok: true }>> => {
  const loaded = await load(text);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded;
};
/** Its problems, one a line, without the folder. */
const problems = async (text: string): Promise<string> => {
  const loaded = await load(text);
  if (loaded.ok) throw new Error('it was taken');
  return loaded.problems
    .map(({ place, what }) => `${place}: ${what}`)
    .join('\n')
    .replaceAll(`${folder}/`, '');
};
const tls = (...more: readonly string[]): string =>
  [
    'tls_server_config:',
    '  cert_file: cert.pem',
    '  key_file: tls/key.pem',
    ...more.map((line) => `  ${line}`),
  ].join('\n');

describe.skipIf(noCertificates !== undefined)('a web-config file with TLS', () => {
  let inline: string;
  beforeAll(() => {
    const ca = authority();
    const [one, other] = [ca.sign('IP:127.0.0.1'), ca.sign('IP:127.0.0.1')];
    mkdirSync(join(folder, 'tls'));
    for (const [name, text] of [
      ['cert.pem', one.cert],
      ['tls/key.pem', one.key],
      ['other.key', other.key],
      ['ca.pem', ca.cert],
      ['empty.pem', ''],
      ['locked.key', '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n'],
    ] as const) {
      writeFileSync(join(folder, name), text);
      chmodSync(join(folder, name), 0o640);
    }
    const block = (text: string): string => text.trimEnd().replaceAll('\n', '\n    ');
    inline = `tls_server_config:\n  cert: |\n    ${block(one.cert)}\n  key: |\n    ${block(one.key)}\n`;
  });

  it.each([
    ['files, found from its own folder', () => tls(), { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' }],
    ['certificate and key written in it', () => inline, { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' }],
    ['TLS 1.3 alone', () => tls('min_version: TLS13'), { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' }],
    ['TLS 1.2 alone', () => tls('max_version: TLS12'), { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }],
    [
      "an older cipher by Go's name: TLS 1.3 stays",
      () => tls('cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]'),
      {
        ciphers:
          'ECDHE-ECDSA-AES128-GCM-SHA256:TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256',
      },
    ],
    [
      'a cipher of TLS 1.3: the others of it go',
      () => tls('cipher_suites: [TLS_AES_256_GCM_SHA384, TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256]'),
      { ciphers: 'ECDHE-RSA-CHACHA20-POLY1305:TLS_AES_256_GCM_SHA384' },
    ],
    ['curves', () => tls('curve_preferences: [X25519, CurveP384]'), { ecdhCurve: 'X25519:P-384' }],
    ['the order of clients', () => tls('prefer_server_cipher_suites: false'), { honorCipherOrder: false }],
    ['keys that are empty', () => tls('client_ca_file:', 'min_version:'), { minVersion: 'TLSv1.2' }],
  ])('may have %s', async (_name, text, context) => {
    const { web } = await good(text());
    expect(web.tls?.context).toMatchObject(context);
    expect(web.tls?.context.key).toContain('PRIVATE KEY');
  });

  it.each([
    ['NoClientCert', 'none', false],
    ['RequestClientCert', 'request', true],
    ['RequireAnyClientCert', 'any', true],
    ['RequireClientCert', 'any', true],
    ['VerifyClientCertIfGiven', 'verify-if-given', false],
    ['RequireAndVerifyClientCert', 'verify', false],
  ])('may ask clients for a certificate by %s', async (type, clientAuth, isOpen) => {
    const ca = type.includes('Verify') ? ['client_ca_file: ca.pem'] : [];
    const { web, warnings } = await good(tls(`client_auth_type: ${type}`, ...ca));
    expect(web.tls?.clientAuth).toBe(clientAuth);
    expect(warnings.map(({ what }) => what).join()).toMatch(isOpen ? /keeps nobody out/ : /^$/);
  });

  it('may be the one that the documents show', async () => {
    const shown =
      /```yaml\n(tls_server_config:[^`]+)```/.exec(readFileSync('agent/README.md', 'utf8'))?.[1] ?? '';
    for (const [name, from] of [
      ['tls.crt', 'cert.pem'],
      ['tls.key', 'tls/key.pem'],
      ['clients.crt', 'ca.pem'],
    ] as const)
      copyFileSync(join(folder, from), join(folder, name));
    const { web, warnings } = await good(shown.replace(/\$2y\$\S+/, HASH));
    expect(warnings).toEqual([]);
    expect(web.tls).toMatchObject({ clientAuth: 'verify', allowedSans: ['prometheus.example'] });
    expect(web.rateLimit).toEqual({ interval: 0.1, burst: 50 });
    expect([...web.users.keys()]).toEqual(['prometheus']);
  });

  it('names what it read, so that each can be watched', async () => {
    const { files } = await good(tls('client_ca_file: ca.pem', 'client_auth_type: VerifyClientCertIfGiven'));
    expect(files.map((file) => file.slice(folder.length + 1))).toEqual([
      'web.yml',
      'cert.pem',
      'tls/key.pem',
      'ca.pem',
    ]);
  });

  it('warns of a key that everybody may read, and of a certificate that has ended', async () => {
    chmodSync(join(folder, 'tls/key.pem'), 0o644);
    const loaded = await load(tls(), Date.now() + 5 * 86_400_000);
    chmodSync(join(folder, 'tls/key.pem'), 0o640);
    const warned = loaded.ok ? loaded.warnings.map(({ place, what }) => `${place} ${what}`).join('\n') : '';
    expect(warned).toMatch(/web\.yml:3:13 tls_server_config\.key_file may be read by every user/);
    expect(warned).toMatch(
      /web\.yml:2:14 tls_server_config\.cert_file holds a certificate that ended on 20\d\d-/,
    );
  });

  it.each([
    [
      'a certificate alone',
      'tls_server_config:\n  cert_file: cert.pem',
      /key_file is missing; name the file/,
    ],
    ['nothing in it', 'tls_server_config: {}', /cert_file is missing(.|\n)*key_file is missing/],
    ['all of it commented out', 'tls_server_config:\n#  cert_file: a', /cert_file is missing/],
    [
      'a file that is not there',
      tls().replace('cert.pem', 'gone.pem'),
      /^web\.yml:2:14: tls_server_config\.cert_file is gone\.pem, and cannot be read \(ENOENT\); check/,
    ],
    ['a folder for a file', tls().replace('cert.pem', 'tls'), /is no regular file/],
    [
      'a file without a certificate',
      tls().replace('cert.pem', 'empty.pem'),
      /cert_file holds no certificate/,
    ],
    [
      'the key of another certificate',
      tls().replace('tls/key.pem', 'other.key'),
      /^web\.yml:3:13: tls_server_config\.key_file is not the key of the certificate in cert_file$/,
    ],
    ['a key under a passphrase', tls().replace('tls/key.pem', 'locked.key'), /under a passphrase/],
    ['a file and the text of it', `${tls()}\n  key: "-----BEGIN X-----"`, /key stands beside key_file/],
    [
      'an authority that is not used',
      tls('client_ca_file: ca.pem'),
      /client_ca_file has no effect while client_auth_type is NoClientCert; set/,
    ],
    [
      'no authority to verify by',
      tls('client_auth_type: RequireAndVerifyClientCert'),
      /client_auth_type is RequireAndVerifyClientCert, and client_ca_file is missing/,
    ],
    [
      'names of certificates that nobody verifies',
      tls('client_auth_type: RequireAnyClientCert', 'client_allowed_sans: [a]'),
      /client_allowed_sans means nothing of a certificate that nobody verified/,
    ],
    [
      'a kind of client authentication that there is not',
      tls('client_auth_type: RequireAndVerify'),
      /client_auth_type is "RequireAndVerify"; it must be one of NoClientCert,/,
    ],
    ['TLS 1.1', tls('min_version: TLS11'), /min_version is "TLS11"; it must be TLS12 or TLS13; older/],
    [
      'versions that exclude each other',
      tls('min_version: TLS13', 'max_version: TLS12'),
      /below min_version/,
    ],
    [
      'a cipher that Go calls insecure',
      tls('cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]'),
      /cipher_suites\.1 is "TLS_RSA_WITH_RC4_128_SHA"; it must be one of TLS_ECDHE_ECDSA/,
    ],
    [
      'a curve that there is not',
      tls('curve_preferences: [secp256k1]'),
      /curve_preferences\.1 is "secp256k1"; it must be one of CurveP256, CurveP384, CurveP521, X25519/,
    ],
    [
      'a slip of the pen',
      tls('client_auth_typ: NoClientCert'),
      /^web\.yml:4:3: tls_server_config\.client_auth_typ is no key of the web-config file; did you mean client_auth_type\?$/,
    ],
  ])('is refused with %s', async (_name, text, message) => {
    expect(await problems(text)).toMatch(message);
  });
});

describe('a web-config file', () => {
  it('may be empty: plain HTTP for everybody, as without it', async () => {
    const nothing = { tls: undefined, headers: {}, users: new Map(), rateLimit: undefined };
    expect((await good('')).web).toEqual(nothing);
    expect((await good('# nothing yet\n')).web).toEqual(nothing);
  });

  it('may have users, headers and a rate limit', async () => {
    const { web, warnings } = await good(
      [
        `basic_auth_users: {alice: "${HASH}", "123": "${HASH.replace('2b', '2y')}"}`,
        'http_server_config: {headers: {X-Frame-Options: deny, X-XSS-Protection: "", Strict-Transport-Security: max-age=60}}',
        'rate_limit: {interval: 1m30s, burst: 20}',
      ].join('\n'),
    );
    expect([...web.users.keys()].sort()).toEqual(['123', 'alice']);
    expect(web.headers).toEqual({ 'X-Frame-Options': 'deny', 'Strict-Transport-Security': 'max-age=60' });
    expect(web.rateLimit).toEqual({ interval: 90, burst: 20 });
    expect(warnings.map(({ what }) => what)).toEqual([
      'basic_auth_users without tls_server_config sends passwords in clear text over the network',
    ]);
  });

  it('may switch the rate limit off, as exporter-toolkit has it by default', async () => {
    expect((await good('rate_limit: {interval: 0, burst: 0}')).web.rateLimit).toBeUndefined();
    expect((await good('rate_limit: {burst: 5}')).web.rateLimit).toBeUndefined();
  });

  it('is told that HTTP/2 is not spoken, and that no users means no question', async () => {
    const { warnings } = await good('http_server_config: {http2: true}\nbasic_auth_users:\n');
    const said = warnings.map(({ place, what }) => `${place.slice(folder.length + 1)}: ${what}`);
    expect(said).toEqual([
      'web.yml:2:18: basic_auth_users is empty: nobody is asked for a password',
      'web.yml:1:29: http_server_config.http2 has no effect: this server speaks HTTP/1.1, which clients of HTTP/2 take as well',
    ]);
    expect((await good('http_server_config: {http2: false}')).warnings).toEqual([]);
  });

  it.each([
    [
      'a section that there is not',
      'tls_server_confg: {}',
      /1:1: tls_server_confg is no key of the web-config file; did you mean tls_server_config\?$/,
    ],
    ['a list', '- a', /the file is a list; it must be a mapping of tls_server_config, http_server_config/],
    ['YAML that is none', 'a: [', /^web\.yml:1:\d+: /],
    ['a key twice', 'rate_limit: {burst: 1}\nrate_limit: {burst: 2}', /2:1: this key stands twice/],
    [
      'a header that is not for it to set',
      'http_server_config: {headers: {Server: x}}',
      /headers\.Server is no key of the web-config file; known here: Content-Security-Policy, X-Frame-Options/,
    ],
    [
      'a header with another value than it may have',
      'http_server_config: {headers: {X-Content-Type-Options: sniff}}',
      /X-Content-Type-Options is "sniff"; it must be one of nosniff, or empty/,
    ],
    [
      'a header that would be two',
      'http_server_config: {headers: {Content-Security-Policy: "a\\r\\nSet-Cookie: b"}}',
      /it must be text on one line/,
    ],
    [
      'a user without a hash',
      'basic_auth_users: {alice: }',
      /basic_auth_users\.alice is not right; it must be a bcrypt hash/,
    ],
    [
      'a name with a colon',
      `basic_auth_users: {"a:b": "${HASH}"}`,
      /basic_auth_users\.a:b is no name of a user/,
    ],
    [
      'a hash that would cost minutes',
      `basic_auth_users: {alice: "${HASH.replace('$04$', '$20$')}"}`,
      /a bcrypt hash of cost 4 to 14/,
    ],
    [
      'a limit that lets nobody in',
      'rate_limit: {interval: 1s}',
      /rate_limit\.burst lets no request in; set it to 1/,
    ],
    [
      'a limit in nanoseconds',
      'rate_limit: {interval: 1000, burst: 1}',
      /must be a duration such as 100ms, or 0/,
    ],
    [
      'a burst that is no number',
      'rate_limit: {interval: 1s, burst: many}',
      /burst is "many"; it must be a whole number/,
    ],
  ])('is refused with %s', async (_name, text, message) => {
    expect(await problems(text)).toMatch(message);
  });

  it('that is not there is told with the flag to leave out', async () => {
    const loaded = await loadWebFile(join(folder, 'gone.yml'));
    expect(loaded.ok ? '' : loaded.problems[0]?.what).toMatch(/ENOENT.*leave out --web\.config\.file/);
  });

  it.each([
    ['a password in place of its hash', 'basic_auth_users: {alice: hunter2}'],
    ['a key of the wrong form', 'tls_server_config: {cert: hunter2, key: hunter2}'],
    ['a hash that stands where YAML expects none', 'basic_auth_users:\n  alice: "a" hunter2\n'],
    ['a hash with an unclosed quote', 'basic_auth_users:\n  alice: "hunter2\n'],
    ['a hash as a directive', '%hunter2 a\n---\nbasic_auth_users: {}\n'],
    ['a hash as the name of an alias', 'basic_auth_users:\n  alice: *hunter2\n'],
    ['a hash as an alias', 'basic_auth_users:\n  alice: @hunter2\n'],
  ])('keeps to itself %s', async (_name, text) => {
    expect(await problems(text)).not.toContain('hunter2');
  });
});

describe("a duration in Go's form", () => {
  it.each([
    ['0', 0],
    ['1s', 1],
    ['1.5h', 5400],
    ['1m30s', 90],
    ['250ms', 0.25],
    ['10us', 1e-5],
  ])('%s', (text, length) => {
    expect(parseGoDuration(text)).toBeCloseTo(length, 12);
  });
  it.each(['', '1', '-1s', '1d', 's', '1s ', '1s1'])('not %j', (text) => {
    expect(parseGoDuration(text)).toBeUndefined();
  });
});
