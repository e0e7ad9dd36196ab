import * as z from 'zod/mini';
import { about, path } from './fields.ts';
import { goDuration } from './go-duration.ts';
import { CIPHER_NAMES, CLIENT_AUTH_TYPES, CURVES, HEADERS, TLS_VERSIONS } from './web-names.ts';

/** A comparison at cost 14 takes two seconds of a processor in JavaScript; each further step doubles that. */
const HIGHEST_COST = 14;
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;

const isHash = (text: string): boolean => {
  const cost = Number(BCRYPT.exec(text)?.[1]);
  return cost >= 4 && cost <= HIGHEST_COST;
};

const file = (description: string) =>
  about(z.exactOptional(path()), {
    description,
    'x-expected': 'a path, from the folder of this file unless it begins with /',
  });
const pem = (description: string) =>
  about(z.exactOptional(z.string().check(z.regex(/^\s*-----BEGIN /))), {
    description,
    'x-expected': 'text in PEM form, -----BEGIN ... (write it as a block: key: |)',
    'x-secret': true,
  });
/** Go's names; one of TLS below 1.2 is refused with its reason. */
const version = (description: string) =>
  about(z.exactOptional(z.enum(Object.keys(TLS_VERSIONS) as (keyof typeof TLS_VERSIONS)[])), {
    description,
    'x-expected': 'TLS12 or TLS13; older versions are broken (RFC 8996) and not offered',
  });
const names = <const T extends readonly string[]>(values: T, description: string) =>
  about(z.exactOptional(z.array(about(z.enum(values), { description }))), { description });

const headerShape = Object.fromEntries(
  Object.entries(HEADERS).map(([name, values]) => {
    const text = z.string().check(
      z.regex(/^[\t\x20-\x7e]*$/),
      z.refine((value) => values.length === 0 || value === '' || values.includes(value)),
    );
    const expected = values.length === 0 ? 'text on one line' : `one of ${values.join(', ')}, or empty`;
    return [name, about(z.exactOptional(text), { description: name, 'x-expected': expected })];
  }),
);

const userName = z.string().check(
  z.regex(/^[^:\p{Cc}]{1,128}$/u, {
    error: 'is no name of a user: 1 to 128 letters, none of them a colon',
  }),
);

/** The web-config file of exporter-toolkit (docs/web-configuration.md, v0.17), as far as a server in Node can keep it. */
export const webFileSchema = z.strictObject({
  tls_server_config: z.exactOptional(
    z.strictObject({
      cert_file: file('Certificate, with those between it and its authority.'),
      cert: pem('The same, written here.'),
      key_file: file('Private key of the certificate.'),
      key: pem('The same, written here.'),
      client_ca_file: file('Authorities of client certificates.'),
      client_ca: pem('The same, written here.'),
      client_auth_type: about(z.exactOptional(z.enum(CLIENT_AUTH_TYPES)), {
        description: 'What is asked of clients; RequireAndVerifyClientCert alone keeps anybody out.',
      }),
      client_allowed_sans: about(z.exactOptional(z.array(z.string().check(z.minLength(1)))), {
        description: 'Names, one of which the certificate of a client must have.',
        'x-expected': 'a list of names, addresses or URIs',
      }),
      min_version: version('Oldest version of TLS.'),
      max_version: version('Newest version of TLS.'),
      cipher_suites: names(CIPHER_NAMES, "Ciphers, by Go's names."),
      curve_preferences: names(Object.keys(CURVES) as (keyof typeof CURVES)[], "Curves, by Go's names."),
      prefer_server_cipher_suites: about(z.exactOptional(z.boolean()), {
        description: 'Whether the order of the server counts.',
      }),
    }),
  ),
  http_server_config: z.exactOptional(
    z.strictObject({
      http2: about(z.exactOptional(z.boolean()), {
        description: 'Taken and without effect: HTTP/1.1 alone.',
      }),
      headers: z.exactOptional(z.strictObject(headerShape)),
    }),
  ),
  basic_auth_users: about(
    z.exactOptional(
      z.record(
        userName,
        about(z.string().check(z.refine(isHash)), {
          description: 'Hash of the password.',
          'x-expected': `a bcrypt hash of cost 4 to ${HIGHEST_COST}: $2y$10$ and 53 letters (htpasswd -nB NAME makes one)`,
          'x-secret': true,
        }),
      ),
    ),
    { description: 'Users.', 'x-expected': 'a mapping of user names to bcrypt hashes' },
  ),
  rate_limit: z.exactOptional(
    z.strictObject({
      interval: about(z.exactOptional(goDuration()), {
        description: 'Time in which one more request is let in.',
        'x-expected': 'a duration such as 100ms, or 0 for no limit',
      }),
      burst: about(z.exactOptional(z.int().check(z.gte(0), z.lte(1_000_000))), {
        description: 'Requests that are let in at once.',
      }),
    }),
  ),
});

/** The file as written, checked by itself. */
export type WrittenWebFile = z.output<typeof webFileSchema>;
