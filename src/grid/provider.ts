import { createHash } from 'node:crypto';
import type { GridProvider } from '../model/grid.ts';
import type { GridKind } from './kind.ts';
import { createSecret, type Environment, type SecretPlace } from './secret.ts';
import type { GridSecrets } from './secrets.ts';
import type { GridEntry } from './slot.ts';

/** Options of one provider as the configuration holds them, once they are checked. */
export type ProviderOptions = SecretPlace & { readonly name: string };

/**
 * A provider that reads its key before each question, and is made anew when that has changed: what it knows (a token of
 * WattTime) belongs to the key.
 */
export const keyedProvider = (kind: GridKind, options: ProviderOptions, env: Environment): GridProvider => {
  const secret = createSecret(options, kind.secret, env);
  const { name: _, key_file: __, key_env: ___, ...own } = options;
  const make = (secrets: GridSecrets): GridProvider => kind.create(own as never, secrets);
  let used: GridSecrets = {};
  let made = make(used);
  return {
    name: kind.name,
    label: made.label,
    period: made.period,
    ask: async (now, signal) => {
      const secrets = await secret.read();
      if (!isSame(secrets, used)) {
        made = make(secrets);
        used = secrets;
      }
      return made.ask(now, signal);
    },
    renewed: async () => (await secret.renewed()) || (await made.renewed?.()) === true,
  };
};

const isSame = (a: GridSecrets, b: GridSecrets): boolean =>
  a.key === b.key && a.username === b.username && a.password === b.password;

/** A name for what is kept of a provider: another zone, address or unit is another one. No option can be read from it. */
export const entryId = (options: ProviderOptions): string => {
  const { key_file: _, key_env: __, ...rest } = options;
  const sorted = Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1));
  const hash = createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 16);
  return `${options.name}-${hash}`;
};

/** Providers of a checked configuration. Asks nothing. @throws Error where a name is no kind: the schema refuses it. */
export const entriesOf = (
  kinds: readonly GridKind[],
  providers: readonly ProviderOptions[],
  env: Environment,
): readonly GridEntry[] =>
  providers.map((options) => {
    const kind = kinds.find(({ name }) => name === options.name);
    if (kind === undefined) throw new Error(`there is no provider ${options.name}`);
    return { id: entryId(options), provider: keyedProvider(kind, options, env) };
  });
