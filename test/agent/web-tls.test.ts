import { X509Certificate } from 'node:crypto';
import { connect } from 'node:net';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { refusePeer, sansOf } from '../../agent/peer.ts';
import { type Authority, authority } from '../fixtures/authority.ts';
import { noCertificates } from '../fixtures/certificate.ts';
import { type Served, serve } from '../fixtures/http.ts';
import { followed, shake, type WebFolder, webFolder } from '../fixtures/web-config.ts';

const OK = 'HTTP/1.1 200 OK';
const TLS = 'tls_server_config:\n  cert_file: cert.pem\n  key_file: key.pem\n';

const fingerprint = (pem: string): string => new X509Certificate(pem).fingerprint256;

describe.skipIf(noCertificates !== undefined)('a server behind TLS', () => {
  let ca: Authority;
  let other: Authority;
  let own: ReturnType<Authority['sign']>;
  beforeAll(() => {
    ca = authority('one');
    other = authority('other');
    own = ca.sign('IP:127.0.0.1');
  });

  let folder: WebFolder;
  const closing: (() => Promise<void> | void)[] = [];
  beforeEach(() => {
    folder = webFolder();
    folder.put('cert.pem', own.cert);
    folder.put('key.pem', own.key);
    folder.put('ca.pem', ca.cert);
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    folder.remove();
  });
  const serving = async (
    more = '',
    options: Parameters<typeof serve>[0] = {},
  ): Promise<Served['server'] & { readonly said: string[]; readonly warned: readonly string[] }> => {
    folder.put('web.yml', `${TLS}${more}`);
    const { web, logged } = await followed(folder);
    closing.push(() => web.close());
    const { server, driven, logged: warned } = await serve({ web, ...options });
    closing.push(() => server.close());
    driven.settle();
    return { ...server, said: logged, warned };
  };
  const trusting = (options = {}) => ({ ca: ca.cert, ...options });

  it('says https in its address', async () => {
    expect((await serving()).url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('speaks %s', async (version) => {
    const said = await shake(await serving(), trusting({ minVersion: version, maxVersion: version }));
    expect(said.protocol).toBe(version);
    expect(said.answer).toBe(OK);
    expect(said.fingerprint).toBe(fingerprint(own.cert));
  });

  it('refuses TLS 1.1, and says that it is the version', async () => {
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await expect(shake(await serving(), trusting(old))).rejects.toThrow(/alert protocol version/);
  });

  it.each([
    ['min_version: TLS13', 'TLSv1.2'],
    ['max_version: TLS12', 'TLSv1.3'],
  ] as const)('with %s refuses %s', async (line, version) => {
    const server = await serving(`  ${line}\n`);
    await expect(shake(server, trusting({ minVersion: version, maxVersion: version }))).rejects.toThrow(
      /alert protocol version/,
    );
    expect((await shake(server, trusting())).answer).toBe(OK);
  });

  it('takes the ciphers and curves that it is told to, and no others', async () => {
    const server = await serving(
      '  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]\n  curve_preferences: [CurveP384]\n',
    );
    const older = { maxVersion: 'TLSv1.2' } as const;
    expect((await shake(server, trusting(older))).cipher).toBe('TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384');
    await expect(
      shake(server, trusting({ ...older, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' })),
    ).rejects.toThrow(/handshake failure/);
    expect((await shake(server, trusting())).protocol).toBe('TLSv1.3');
    await expect(shake(server, trusting({ ecdhCurve: 'X25519' }))).rejects.toThrow(/handshake failure/);
  });

  it('cuts a client that does not get on with the handshake, and one that speaks plain HTTP', async () => {
    const server = await serving('', { limits: { headersTimeout: 200 } });
    const silent = new Promise((resolve) => {
      connect({ host: '127.0.0.1', port: server.port }).once('close', resolve).resume();
    });
    await silent;
    const plain = await new Promise((resolve) => {
      let said = '';
      const socket = connect({ host: '127.0.0.1', port: server.port });
      socket.on('data', (part) => {
        said += part.toString('latin1');
      });
      socket.on('error', () => {});
      socket.once('close', () => resolve(said));
      socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
    });
    expect(plain).not.toContain('HTTP/1.1');
    expect((await shake(server, trusting())).answer).toBe(OK);
  });

  it('ends in time although somebody never shakes hands', async () => {
    const server = await serving();
    const silent = connect({ host: '127.0.0.1', port: server.port });
    silent.on('error', () => {});
    await new Promise((resolve) => silent.once('connect', resolve));
    await shake(server, trusting());
    const ended = server.close().then(() => 'ended');
    const late = new Promise((resolve) => setTimeout(resolve, 2_000, 'late'));
    expect(await Promise.race([ended, late])).toBe('ended');
    silent.destroy();
  });

  describe('that asks for client certificates', () => {
    const verify = (...more: readonly string[]): string =>
      ['client_ca_file: ca.pem', 'client_auth_type: RequireAndVerifyClientCert', ...more]
        .map((line) => `  ${line}\n`)
        .join('');

    it('lets in who shows one of its authority, and nobody else', async () => {
      const server = await serving(verify());
      const mine = ca.sign('DNS:prometheus.example');
      for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
        const only = { minVersion: version, maxVersion: version };
        expect((await shake(server, trusting({ ...mine, ...only }))).answer).toBe(OK);
        for (const wrong of [{}, other.sign('DNS:prometheus.example')]) {
          const answer = shake(server, trusting({ ...wrong, ...only })).then(
            (said) => said.answer,
            () => 'no handshake',
          );
          expect(['', 'no handshake']).toContain(await answer);
        }
      }
    });

    it('says once why it turns clients away, and from where', async () => {
      const server = await serving(verify());
      for (let i = 0; i < 3; i++) {
        await shake(server, trusting());
        await shake(server, trusting(other.sign('DNS:a')));
      }
      expect(server.warned).toEqual([
        'a client is turned away, said once: it showed no certificate (127.0.0.1)',
        'a client is turned away, said once: its certificate is not of an authority in client_ca, or has ended (127.0.0.1)',
      ]);
    });

    it('keeps out a certificate that has ended', async () => {
      const server = await serving(verify());
      const ended = ca.sign('DNS:prometheus.example', -1);
      expect((await shake(server, trusting(ended))).answer).toBe('');
    });

    it('lets in the names that are allowed alone', async () => {
      const server = await serving(verify('client_allowed_sans: [prometheus.example, "2001:db8::1"]'));
      expect((await shake(server, trusting(ca.sign('DNS:prometheus.example')))).answer).toBe(OK);
      expect((await shake(server, trusting(ca.sign('DNS:a.example,IP:2001:db8:0:0::1')))).answer).toBe(OK);
      for (const san of ['DNS:grafana.example', 'DNS:*.example', 'DNS:prometheus.example.org'])
        expect((await shake(server, trusting(ca.sign(san)))).answer).toBe('');
    });

    it('looks at a resumed session as at a new one', async () => {
      const server = await serving(verify('client_allowed_sans: [prometheus.example]'));
      const mine = ca.sign('DNS:prometheus.example');
      const first = await shake(server, trusting(mine));
      const again = await shake(server, trusting({ ...mine, session: first.session }));
      expect(again.resumed).toBe(true);
      expect(again.answer).toBe(OK);
      folder.put('web.yml', `${TLS}${verify('client_allowed_sans: [grafana.example]')}`);
      await expect.poll(() => server.said.join()).toContain('is that of the changed files');
      const later = await shake(server, trusting({ ...mine, session: again.session ?? first.session }));
      expect(later.resumed).toBe(false);
      expect(later.answer).toBe('');
    });

    it.each([
      ['RequestClientCert', [OK, OK, OK]],
      ['RequireAnyClientCert', ['', OK, OK]],
      ['VerifyClientCertIfGiven', [OK, '', OK]],
      ['RequireAndVerifyClientCert', ['', '', OK]],
    ])('by %s', async (type, [none, foreign, mine]) => {
      const server = await serving(`  client_ca_file: ca.pem\n  client_auth_type: ${type}\n`);
      const maxVersion = 'TLSv1.3';
      expect((await shake(server, trusting({ maxVersion }))).answer).toBe(none);
      expect((await shake(server, trusting(other.sign('DNS:a')))).answer).toBe(foreign);
      expect((await shake(server, trusting(ca.sign('DNS:a')))).answer).toBe(mine);
    });

    it('ends a connection that is open when the authority is taken away', async () => {
      const server = await serving(verify());
      const { request } = await import('node:https');
      const { Agent } = await import('node:https');
      const agent = new Agent({ keepAlive: true, maxSockets: 1, ...ca.sign('DNS:a'), ca: ca.cert });
      const ask = (): Promise<number | string> =>
        new Promise((resolve) => {
          const asked = request(
            { host: '127.0.0.1', port: server.port, path: '/-/healthy', agent },
            (response) => {
              response.resume();
              response.on('end', () => resolve(response.statusCode ?? 0));
            },
          );
          asked.on('error', () => resolve('cut'));
          asked.end();
        });
      expect(await ask()).toBe(200);
      folder.put('ca.pem', other.cert);
      await expect.poll(ask).toBe('cut');
      agent.destroy();
    });
  });

  describe('whose files change while it runs', () => {
    it('shows a renewed certificate to the next client, and loses nobody', async () => {
      const server = await serving();
      expect((await shake(server, trusting())).fingerprint).toBe(fingerprint(own.cert));
      const next = ca.sign('IP:127.0.0.1');
      // In two steps, as many a script does it: between them key and certificate do not fit.
      folder.put('cert.pem', next.cert);
      await expect.poll(() => server.said.join()).toContain('key_file is not the key of the certificate');
      expect((await shake(server, trusting())).fingerprint).toBe(fingerprint(own.cert));
      folder.put('key.pem', next.key);
      await expect
        .poll(async () => (await shake(server, trusting())).fingerprint)
        .toBe(fingerprint(next.cert));
      expect(server.said.map((line) => line.slice(0, 60))).toEqual([
        'error the web configuration stays as it was, the new one is ',
        'info the web configuration is that of the changed files now',
      ]);
    });

    it.each([
      ['no YAML', 'a: [', 'web.yml:1:'],
      ['a key that it does not know', `${TLS}  min_versoin: TLS13\n`, 'did you mean min_version?'],
      ['a certificate that is gone', TLS.replace('cert.pem', 'gone.pem'), 'cannot be read (ENOENT)'],
      ['TLS switched off', '', 'TLS is switched off by a restart of the agent alone'],
      [
        'clients that are asked from now on',
        `${TLS}  client_auth_type: RequireAnyClientCert\n`,
        'client_auth_type changes from or to NoClientCert by a restart',
      ],
    ])('keeps what it had over %s, and says so once', async (_name, text, why) => {
      const server = await serving();
      folder.put('web.yml', text);
      await expect.poll(() => server.said.length).toBe(1);
      // A file that is touched and as wrong as before is read, and is no news.
      folder.put('web.yml', text);
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(server.said).toEqual([expect.stringContaining(why)]);
      expect((await shake(server, trusting())).answer).toBe(OK);
      folder.put('web.yml', TLS);
      await expect.poll(() => server.said.length).toBe(2);
    });

    it('follows what is allowed: a version is refused from then on', async () => {
      const server = await serving();
      const older = trusting({ maxVersion: 'TLSv1.2' });
      expect((await shake(server, older)).answer).toBe(OK);
      folder.put('web.yml', `${TLS}  min_version: TLS13\n`);
      await expect
        .poll(() =>
          shake(server, older).then(
            ({ answer }) => answer,
            (error: unknown) => String(error),
          ),
        )
        .toMatch(/alert protocol version/);
    });
  });

  it('does not start with a file that it cannot keep', async () => {
    folder.put('web.yml', TLS.replace('key.pem', 'gone.pem'));
    await expect(followed(folder)).rejects.toThrow(
      /^the web configuration is not usable:\n.*web\.yml:3:13: tls_server_config\.key_file is gone\.pem/,
    );
  });
});

describe('the names of a certificate', () => {
  it('are read as they stand, also where one tries to look like two', () => {
    expect(sansOf('DNS:a.example, IP Address:10.0.0.1, URI:spiffe://a/b, email:a@b.example')).toEqual([
      'a.example',
      '10.0.0.1',
      'spiffe://a/b',
      'a@b.example',
    ]);
    expect(sansOf('URI:"http://a/?x, DNS:b.example", DNS:c.example')).toEqual([
      'http://a/?x, DNS:b.example',
      'c.example',
    ]);
    expect(sansOf('othername:<unsupported>, DirName:CN = DNS:a')).toEqual([]);
    expect(sansOf('')).toEqual([]);
  });

  it('do not matter where nobody is asked', () => {
    const nobody = { authorized: false, getPeerX509Certificate: () => undefined };
    expect(refusePeer(nobody, { clientAuth: 'none', allowedSans: [] })).toBeUndefined();
    expect(refusePeer(nobody, { clientAuth: 'verify', allowedSans: [] })).toMatch(/no certificate/);
  });
});
