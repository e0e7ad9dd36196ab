import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { WrittenWebFile } from './web-file-schema.ts';
import { CURVES, cipherList, TLS_VERSIONS } from './web-names.ts';

/**
 * What is asked of clients. - `none`: nothing. - `request`: a certificate, none is needed, nobody looks at it.
 * - `any`: one, whoever signed it. - `verify-if-given`: none, or one of the authorities. - `verify`: one of theirs.
 */
export type ClientAuth = 'none' | 'request' | 'any' | 'verify-if-given' | 'verify';

/** TLS as the server keeps it. Holds the private key: never shown. */
export interface WebTls {
  /** Certificate, key, authorities, versions and ciphers, in the words of `node:tls`. */
  readonly context: SecureContextOptions;
  readonly clientAuth: ClientAuth;
  /** One of them must be in the certificate of a client; empty: any will do. */
  readonly allowedSans: readonly string[];
  /** End of the certificate, milliseconds since 1970 UTC. */
  readonly validTo: number;
}

type Written = NonNullable<WrittenWebFile['tls_server_config']>;

/** What is wrong, at a key of `tls_server_config`. */
export interface TlsProblem {
  readonly key: keyof Written;
  readonly what: string;
}

export interface TlsResult {
  /** Undefined where there are problems. */
  readonly tls: WebTls | undefined;
  readonly problems: readonly TlsProblem[];
  readonly warnings: readonly TlsProblem[];
  /** Files that were to be read. */
  readonly files: readonly string[];
}

/** A chain of certificates is some kilobytes; a larger file is another one. */
const LARGEST = 1024 * 1024;

/** Reads and checks what the section names. @param resolved a path from the folder of the file. */
export const readTls = async (
  written: Written,
  resolved: (path: string) => string,
  now: number,
): Promise<TlsResult> => {
  const problems: TlsProblem[] = [...crossProblems(written)];
  const warnings: TlsProblem[] = [];
  const files: string[] = [];
  const textOf = async (inFile: 'cert_file' | 'key_file' | 'client_ca_file', here: string | undefined) => {
    const path = written[inFile];
    if (path === undefined) return here;
    const file = resolved(path);
    files.push(file);
    const read = await readPem(file);
    if ('why' in read) problems.push({ key: inFile, what: `is ${path}, and ${read.why}` });
    else if (inFile === 'key_file' && read.open)
      warnings.push({ key: inFile, what: `may be read by every user of this host: chmod 640 ${file}` });
    return 'text' in read ? read.text : undefined;
  };
  const cert = await textOf('cert_file', written.cert);
  const key = await textOf('key_file', written.key);
  const ca = await textOf('client_ca_file', written.client_ca);
  if (problems.length > 0 || cert === undefined || key === undefined)
    return { tls: undefined, problems, warnings, files };
  const context = contextOf(written, cert, key, ca);
  const wrong = wrongPem(written, cert, key, ca) ?? wrongContext(written, context);
  if (wrong !== undefined) return { tls: undefined, problems: [wrong], warnings, files };
  const validTo = Date.parse(new X509Certificate(cert).validTo);
  if (validTo < now) {
    const day = new Date(validTo).toISOString().slice(0, 10);
    const what = `holds a certificate that ended on ${day}; clients refuse it`;
    warnings.push({ key: keyOf(written, 'cert'), what });
  }
  const clientAuth = CLIENT_AUTH[written.client_auth_type ?? 'NoClientCert'];
  if (clientAuth === 'request' || clientAuth === 'any')
    warnings.push({
      key: 'client_auth_type',
      what: `is ${written.client_auth_type}, which keeps nobody out; RequireAndVerifyClientCert does`,
    });
  const tls = { context, clientAuth, allowedSans: written.client_allowed_sans ?? [], validTo };
  return { tls, problems, warnings, files };
};

const CLIENT_AUTH: Readonly<Record<NonNullable<Written['client_auth_type']>, ClientAuth>> = {
  NoClientCert: 'none',
  RequestClientCert: 'request',
  RequireAnyClientCert: 'any',
  RequireClientCert: 'any',
  VerifyClientCertIfGiven: 'verify-if-given',
  RequireAndVerifyClientCert: 'verify',
};

const keyOf = (written: Written, name: 'cert' | 'key' | 'client_ca'): keyof Written =>
  written[name] === undefined ? `${name}_file` : name;

/** What keys say of each other. */
const crossProblems = (written: Written): readonly TlsProblem[] => {
  const problems: TlsProblem[] = [];
  for (const name of ['cert', 'key', 'client_ca'] as const) {
    const both = written[name] !== undefined && written[`${name}_file`] !== undefined;
    const none = written[name] === undefined && written[`${name}_file`] === undefined;
    if (both) problems.push({ key: name, what: `stands beside ${name}_file; keep one of the two` });
    if (none && name !== 'client_ca')
      problems.push({
        key: `${name}_file`,
        what: `is missing; name the file, or write it here as ${name}`,
      });
  }
  const auth = CLIENT_AUTH[written.client_auth_type ?? 'NoClientCert'];
  const hasCa = written.client_ca !== undefined || written.client_ca_file !== undefined;
  const verifies = auth === 'verify' || auth === 'verify-if-given';
  if (hasCa && auth === 'none')
    problems.push({
      key: keyOf(written, 'client_ca'),
      what: 'has no effect while client_auth_type is NoClientCert; set client_auth_type to RequireAndVerifyClientCert',
    });
  if (!hasCa && verifies)
    problems.push({
      key: 'client_auth_type',
      what: `is ${written.client_auth_type}, and client_ca_file is missing; name who signs the certificates of clients`,
    });
  if ((written.client_allowed_sans?.length ?? 0) > 0 && auth !== 'verify')
    problems.push({
      key: 'client_allowed_sans',
      what: 'means nothing of a certificate that nobody verified; set client_auth_type to RequireAndVerifyClientCert',
    });
  if (written.min_version === 'TLS13' && written.max_version === 'TLS12')
    problems.push({ key: 'max_version', what: 'is TLS12, below min_version; leave out one of the two' });
  return problems;
};

const contextOf = (
  written: Written,
  cert: string,
  key: string,
  ca: string | undefined,
): SecureContextOptions => {
  const { cipher_suites: ciphers = [], curve_preferences: curves = [] } = written;
  return {
    cert,
    key,
    ...(ca === undefined ? {} : { ca }),
    minVersion: TLS_VERSIONS[written.min_version ?? 'TLS12'],
    maxVersion: TLS_VERSIONS[written.max_version ?? 'TLS13'],
    ...(ciphers.length === 0 ? {} : { ciphers: cipherList(ciphers) }),
    ...(curves.length === 0 ? {} : { ecdhCurve: curves.map((curve) => CURVES[curve]).join(':') }),
    honorCipherOrder: written.prefer_server_cipher_suites ?? true,
  };
};

/** OpenSSL tells of a bad part in words that fit no key: each part is tried alone first. */
const wrongPem = (
  written: Written,
  cert: string,
  key: string,
  ca: string | undefined,
): TlsProblem | undefined => {
  try {
    new X509Certificate(cert);
  } catch {
    return { key: keyOf(written, 'cert'), what: 'holds no certificate in PEM form' };
  }
  try {
    createSecureContext({ key });
  } catch {
    return {
      key: keyOf(written, 'key'),
      what: 'holds no private key in PEM form, or one under a passphrase, which cannot be asked for',
    };
  }
  try {
    if (ca !== undefined) new X509Certificate(ca);
  } catch {
    return { key: keyOf(written, 'client_ca'), what: 'holds no certificate in PEM form' };
  }
  return undefined;
};

const wrongContext = (written: Written, context: SecureContextOptions): TlsProblem | undefined => {
  try {
    createSecureContext(context);
    return undefined;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const what =
      code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH'
        ? `is not the key of the certificate in ${keyOf(written, 'cert')}`
        : `cannot be used with the rest of tls_server_config (${code || 'no reason given'})`;
    return { key: keyOf(written, 'key'), what };
  }
};

type Pem = { readonly text: string; readonly open: boolean } | { readonly why: string };

const readPem = async (file: string): Promise<Pem> => {
  try {
    const found = await stat(file);
    const { size, mode } = found;
    // A pipe would be waited for without end.
    if (!found.isFile()) return { why: 'is no regular file' };
    if (size > LARGEST) return { why: 'is larger than 1 MiB; is it the right file?' };
    return { text: await readFile(file, 'utf8'), open: (mode & 0o004) !== 0 };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return { why: `cannot be read (${code || 'no reason given'}); check the path and its permissions` };
  }
};
