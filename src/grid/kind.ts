import type * as z from 'zod/mini';
import type { GridProvider } from '../model/grid.ts';
import type { SecretForm } from './secret.ts';
import type { GridSecrets } from './secrets.ts';

/** One kind of provider as the registry lists it: its name in the configuration, its options, what makes it. */
export interface GridKind<
  N extends string = string,
  S extends Readonly<Record<string, z.ZodMiniType>> = Readonly<Record<string, z.ZodMiniType>>,
> {
  readonly name: N;
  /** For the documentation: what it is, and what of it is free. */
  readonly about: string;
  /** What it wants to know of whoever asks; `key_file` and `key_env` stand beside its options where it wants any. */
  readonly secret: SecretForm;
  readonly options: z.ZodMiniObject<S>;
  /** What is wrong with options beyond their single keys: what they must be instead. */
  flaw?(options: z.output<z.ZodMiniObject<S>>): string | undefined;
  /** The same in words, before anything is wrong; default: the rule of a statement of one's own. */
  readonly rule?: string;
  /** Makes the provider; asks nothing yet. Called again when the secrets are others. */
  create(options: z.output<z.ZodMiniObject<S>>, secrets: GridSecrets): GridProvider;
}

/** Fixes the types of a kind where it is written down. */
export const gridKind = <const N extends string, S extends Readonly<Record<string, z.ZodMiniType>>>(
  kind: GridKind<N, S>,
): GridKind<N, S> => kind;
