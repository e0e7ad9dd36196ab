import * as z from 'zod/mini';

const FINGERPRINT = /^([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$/;
const path = () => z.optional(z.string().check(z.minLength(1), z.maxLength(4096)));
const id = () => z.optional(z.string().check(z.minLength(1), z.maxLength(128)));

/** Options of the BMC over the network, `sources.redfish` in the configuration. */
export const redfishOptions = z.object({
  url: z
    .optional(z.string().check(z.regex(/^https?:\/\/[^\s/?#@]+\/?$/), z.maxLength(300)))
    .check(
      z.describe('address of the BMC, without a path and without a password; without it no BMC is asked'),
    ),
  credentials_file: path().check(
    z.describe('file of one line, username:password, that not every user of this host may read'),
  ),
  auth: z
    ._default(z.enum(['session', 'basic', 'none']), 'session')
    .check(z.describe('session: logs in once and shows a token; basic: name and password with each request')),
  ca_file: path().check(
    z.describe("certificates (PEM) of the authorities to trust for the BMC; default: the system's"),
  ),
  fingerprint_sha256: z
    .optional(z.string().check(z.regex(FINGERPRINT)))
    .check(z.describe('SHA-256 of the one certificate to accept, whoever signed it')),
  interval: z
    ._default(z.number().check(z.gte(10), z.lte(300)), 15)
    .check(z.describe('seconds between two readings')),
  timeout: z
    ._default(z.number().check(z.gte(1), z.lte(60)), 10)
    .check(z.describe('seconds that one reading of all resources may take')),
  system: id().check(z.describe('id of this host among the systems of the BMC; default: by its UUID')),
  chassis: id().check(z.describe('id of the chassis whose power is read; default: that of the system')),
});
export type RedfishOptions = z.infer<typeof redfishOptions>;
