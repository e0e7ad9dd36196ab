import { createHmac, randomBytes } from 'node:crypto';
import { type TokenBucket, tokenBucket } from './token-bucket.ts';

/** - `ok`: a user with the right password. - `refused`: anybody else. - `later`: too many wrong ones lately. */
export type Verdict =
  | { readonly is: 'ok' }
  | { readonly is: 'refused' }
  | { readonly is: 'later'; readonly seconds: number };

export interface BasicAuth {
  /**
   * @param header the `Authorization` of a request. @param remote its address.
   * @param users bcrypt hashes by name, as they are now.
   */
  check(header: string | undefined, remote: string, users: ReadonlyMap<string, string>): Promise<Verdict>;
}

export interface BasicAuthOptions {
  /** Compares a password with a bcrypt hash; a tenth of a second of work and more. */
  readonly compare?: (password: string, hash: string) => Promise<boolean>;
  /** Monotonic seconds. */
  readonly now?: () => number;
}

/** Answers that are remembered, of either kind: as many as exporter-toolkit keeps. */
const MOST_KNOWN = 100;
/** Comparisons that wait their turn; at cost 10 the last of them waits two seconds. */
const MOST_WAITING = 16;
/**
 * Wrong passwords of one address: a person mistypes a few times; one in 10 s is no way to guess.
 * Of all addresses: one in a second is an eighth of a processor at cost 10 (129 ms a comparison).
 */
const OF_ONE = { burst: 5, interval: 10 };
const OF_ALL = { burst: 20, interval: 1 };
/** Addresses that are remembered; of more, those heard of longest ago are forgotten. */
const MOST_REMOTES = 256;

const OK: Verdict = { is: 'ok' };
const REFUSED: Verdict = { is: 'refused' };

/** Loaded when the first password comes: an agent without users never holds it. */
const bcrypt = async (password: string, hash: string): Promise<boolean> =>
  (await import('bcryptjs')).compare(password, hash);

/**
 * Checks names and passwords (RFC 7617). A comparison costs what somebody once chose for it to cost, so: each pair is
 * compared once and remembered, one at a time; an unknown user costs as much as a known one, so that names cannot be
 * found out by the clock; wrong passwords are limited, and those who are known already get in all the same.
 */
export const createBasicAuth = ({
  compare = bcrypt,
  now = () => performance.now() / 1000,
}: BasicAuthOptions = {}): BasicAuth => {
  // What is remembered tells nothing without this key, which lives as long as the process.
  const secret = randomBytes(32);
  const right = recent<true>(MOST_KNOWN);
  const wrong = recent<true>(MOST_KNOWN);
  const remotes = recent<TokenBucket>(MOST_REMOTES);
  const all = tokenBucket(OF_ALL, now);
  const pending = new Map<string, Promise<Verdict>>();
  let turn: Promise<unknown> = Promise.resolve();

  const budgetOf = (remote: string): TokenBucket => {
    const budget = remotes.get(remote) ?? tokenBucket(OF_ONE, now);
    remotes.set(remote, budget);
    return budget;
  };
  const judge = async (
    { name, password }: Credentials,
    remote: string,
    users: ReadonlyMap<string, string>,
    mark: string,
  ): Promise<Verdict> => {
    const one = budgetOf(remote);
    const wait = Math.max(one.wait(), all.wait());
    if (wait > 0) return { is: 'later', seconds: wait };
    one.take();
    all.take();
    const hash = users.get(name);
    const fits = await compare(password, hash ?? nobodys(users));
    if (!fits || hash === undefined) {
      // A comparison with a cheaper hash would tell that its user exists: 2^c + 2^c + 2^(c+1) + ... + 2^(h-1) = 2^h.
      const highest = highestCost(users);
      for (let cost = hash === undefined ? Infinity : costOf(hash); cost < highest; cost++)
        await compare(password, nobodysAt(cost));
      wrong.set(mark, true);
      return REFUSED;
    }
    one.give();
    all.give();
    right.set(mark, true);
    return OK;
  };
  return {
    check: async (header, remote, users) => {
      const credentials = credentialsOf(header);
      if (credentials === undefined) return REFUSED;
      const { name, password } = credentials;
      const parts = [name, users.get(name) ?? nobodys(users), password];
      const mark = createHmac('sha256', secret).update(JSON.stringify(parts)).digest('base64');
      if (right.get(mark)) return OK;
      if (wrong.get(mark)) return REFUSED;
      const same = pending.get(mark);
      if (same !== undefined) return same;
      if (pending.size >= MOST_WAITING) return { is: 'later', seconds: 1 };
      const verdict = turn.then(() => judge(credentials, remote, users, mark));
      // The next one has its turn also where this one failed.
      turn = verdict.catch(() => {});
      pending.set(mark, verdict);
      try {
        return await verdict;
      } finally {
        pending.delete(mark);
      }
    },
  };
};

const costOf = (hash: string): number => Number(hash.slice(4, 6));

const highestCost = (users: ReadonlyMap<string, string>): number =>
  Math.max(4, ...[...users.values()].map(costOf));

/** A hash that no password fits. */
const nobodysAt = (cost: number): string => `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`;

/** The same, of the highest cost that a user has. */
const nobodys = (users: ReadonlyMap<string, string>): string => nobodysAt(highestCost(users));

interface Credentials {
  readonly name: string;
  readonly password: string;
}

const credentialsOf = (header: string | undefined): Credentials | undefined => {
  const encoded = /^basic +([A-Za-z0-9+/]+=*) *$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { name: text.slice(0, colon), password: text.slice(colon + 1) };
};

/** A map of the entries used last. */
const recent = <T>(most: number) => {
  const entries = new Map<string, T>();
  const set = (key: string, value: T): void => {
    // A Map keeps the order of insertion: the first one is the one not used for longest.
    entries.delete(key);
    entries.set(key, value);
    const [oldest] = entries.keys();
    if (entries.size > most && oldest !== undefined) entries.delete(oldest);
  };
  return {
    set,
    get: (key: string): T | undefined => {
      const value = entries.get(key);
      if (value !== undefined) set(key, value);
      return value;
    },
  };
};
