import { dirname, resolve } from 'node:path';
import * as z from 'zod/mini';
import type { Seconds } from '../units.ts';
import { fileProblems } from './file-problems.ts';
import type { Shape } from './keys.ts';
import { firstOf, type Problem } from './problem.ts';
import { readYaml } from './read.ts';
import { type WrittenWebFile, webFileSchema } from './web-file-schema.ts';
import { readTls, type WebTls } from './web-tls.ts';

/** What a web-config file asks of the HTTP server. Holds secrets: never shown whole. */
export interface WebFile {
  /** Undefined: plain HTTP. */
  readonly tls: WebTls | undefined;
  /** Beside those of the server, or in their place. */
  readonly headers: Readonly<Record<string, string>>;
  /** Bcrypt hashes by user; empty: nobody is asked. */
  readonly users: ReadonlyMap<string, string>;
  /** One more request is let in each `interval`, `burst` at once; undefined: no limit. */
  readonly rateLimit: { readonly interval: Seconds; readonly burst: number } | undefined;
}

export type LoadedWebFile =
  | {
      readonly ok: true;
      readonly web: WebFile;
      /** Not wrong, but perhaps not meant; each with its place. */
      readonly warnings: readonly Problem[];
      /** What was read: the file itself and those that it names. */
      readonly files: readonly string[];
    }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly files: readonly string[] };

const FLAG = '--web.config.file';
const KIND = 'the web-config file';

/**
 * Reads a web-config file in the format of exporter-toolkit, and the certificates and keys that it names. All problems
 * at once, with file, line and key; no message shows a key or a hash. Never throws.
 *
 * @param now milliseconds since 1970 UTC, for the end of a certificate.
 */
export const loadWebFile = async (file: string, now: number = Date.now()): Promise<LoadedWebFile> => {
  const read = await readYaml(file, FLAG);
  if (!read.ok) {
    // At the file itself: it could not be read, and nothing of it is in the words.
    const problems = read.problems.map((one) => (one.place === file ? one : withoutSource(one)));
    return { ok: false, problems, files: [file] };
  }
  const { locate } = read.parsed;
  const raw = withoutEmpty(read.parsed.value ?? {});
  const checked = webFileSchema.safeParse(raw);
  if (!checked.success) {
    const root = z.toJSONSchema(webFileSchema, { io: 'input' }) as Shape;
    const problems = fileProblems(checked.error.issues, { file, kind: KIND, root, raw, locate });
    return { ok: false, problems: firstOf(problems), files: [file] };
  }
  const written = checked.data;
  const at = ({ path, what }: Finding): Problem => ({
    place: `${file}:${locate(path)}`,
    what: `${path.join('.')} ${what}`,
  });
  const section = written.tls_server_config;
  const tls =
    section === undefined ? undefined : await readTls(section, (path) => resolve(dirname(file), path), now);
  const files = [file, ...(tls?.files ?? [])];
  const findings = (tls?.problems ?? []).map(belowTls).concat(limitProblems(written));
  if (findings.length > 0) return { ok: false, problems: findings.map(at), files };
  const warnings = (tls?.warnings ?? []).map(belowTls).concat(remarks(written)).map(at);
  return { ok: true, web: webOf(written, tls?.tls), warnings, files };
};

interface Finding {
  readonly path: readonly string[];
  readonly what: string;
}

const belowTls = ({ key, what }: { readonly key: string; readonly what: string }): Finding => ({
  path: ['tls_server_config', key],
  what,
});

const limitProblems = ({ rate_limit: limit }: WrittenWebFile): readonly Finding[] =>
  (limit?.interval ?? 0) > 0 && (limit?.burst ?? 0) < 1
    ? [{ path: ['rate_limit', 'burst'], what: 'lets no request in; set it to 1 or more' }]
    : [];

/** What is taken and perhaps not as meant. */
const remarks = (written: WrittenWebFile): readonly Finding[] => {
  const { tls_server_config: tls, http_server_config: http, basic_auth_users: users } = written;
  const many = Object.keys(users ?? {}).length;
  return [
    ...(users !== undefined && many === 0
      ? [{ path: ['basic_auth_users'], what: 'is empty: nobody is asked for a password' }]
      : []),
    ...(http?.http2 === true
      ? [
          {
            path: ['http_server_config', 'http2'],
            what: 'has no effect: this server speaks HTTP/1.1, which clients of HTTP/2 take as well',
          },
        ]
      : []),
    ...(many > 0 && tls === undefined
      ? [
          {
            path: ['basic_auth_users'],
            what: 'without tls_server_config sends passwords in clear text over the network',
          },
        ]
      : []),
  ];
};

const webOf = (written: WrittenWebFile, tls: WebTls | undefined): WebFile => {
  const { http_server_config: http, basic_auth_users: users = {}, rate_limit: limit } = written;
  const { interval, burst = 0 } = limit ?? {};
  return {
    tls,
    // An empty value is one that is not set, as in exporter-toolkit.
    headers: Object.fromEntries(
      Object.entries(http?.headers ?? {}).filter((pair): pair is [string, string] => Boolean(pair[1])),
    ),
    users: new Map(Object.entries(users)),
    rateLimit: interval === undefined || interval <= 0 ? undefined : { interval, burst },
  };
};

const isTree = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Without keys that are there but empty (all below them commented out): they are not set. A section is there with
 * nothing in it, so that an empty tls_server_config is told and does not become plain HTTP; a user without a hash is
 * told, too.
 */
const withoutEmpty = (value: unknown): unknown => {
  if (!isTree(value)) return value;
  const sections = Object.entries(value).map(([name, section]): readonly [string, unknown] => {
    if (section === null) return [name, {}];
    if (name === 'basic_auth_users' || !isTree(section)) return [name, section];
    return [name, Object.fromEntries(Object.entries(section).filter(([, inside]) => inside !== null))];
  });
  return Object.fromEntries(sections);
};

/** The parser's words without the text that it stumbled over: that may be a part of a key or a hash. */
const withoutSource = ({ place, what }: Problem): Problem => ({
  place,
  what: what.replace(/(: | [%!]|").*$/s, '').replace(/\*\S+/g, '*...'),
});
