import * as z from 'zod/mini';
import { GRID_KINDS } from '../grid/index.ts';
import type { GridKind } from '../grid/kind.ts';
import type { ProviderOptions } from '../grid/provider.ts';
import { about, duration, optionalDuration, path, requiredDuration } from './fields.ts';

/** Each asks on its own timer and keeps two days in memory. */
const MOST = 16;

/** Times of the options, as durations: seconds once they are read. */
const times = (own: Readonly<Record<string, z.ZodMiniType>>): Readonly<Record<string, z.ZodMiniType>> => ({
  ...('timeout' in own
    ? { timeout: duration('20s', '1s', '30s', 'Time after which a question is given up.') }
    : {}),
  ...('interval' in own
    ? { interval: requiredDuration('1h', '1m', '31d', 'Time that one value covers.') }
    : {}),
  ...('period' in own ? { period: periodOf(own.period) } : {}),
});

/** The default of the kind where it has one. */
const periodOf = (own: z.ZodMiniType | undefined): z.ZodMiniType => {
  const fallback = own?.safeParse(undefined).data;
  const words = 'Time between two questions; a tenth of it spreads the hosts of a fleet.';
  return typeof fallback === 'number'
    ? duration(`${fallback}s`, '30s', '1d', words)
    : optionalDuration('30s', '1d', `${words} Default: the interval, 1d at most.`);
};

const key = {
  key_file: about(z.exactOptional(path('a path')), {
    description: 'File of one line with the key (or username:password), which not every user may read.',
    'x-example': '/etc/negawatt/grid-key',
  }),
  key_env: about(z.exactOptional(z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/))), {
    description: 'Variable of the environment with the key (or username:password), instead of a file.',
    'x-example': 'GRID_KEY',
    'x-expected': 'the name of a variable of the environment',
  }),
};

const isWhole = ({ flaw }: GridKind, { name: _, key_file, key_env, ...options }: ProviderOptions): boolean =>
  (key_file === undefined || key_env === undefined) && flaw?.(options as never) === undefined;

const providerOf = (kind: GridKind) => {
  const { name, options, secret } = kind;
  const own: Readonly<Record<string, z.ZodMiniType>> = {
    ...options.shape,
    ...times(options.shape),
    ...(secret === 'none' ? {} : key),
  };
  const fields = z.strictObject({ name: z.literal(name), ...own });
  const must = Object.keys(own).filter((field) => own[field]?.safeParse(undefined).success === false);
  const rule =
    kind.flaw === undefined
      ? ''
      : `; ${kind.rule ?? 'basis marginal exactly where signal is, gwp none where gases is CO2'}`;
  return about(fields.check(z.refine((value) => isWhole(kind, value as ProviderOptions))), {
    description: kind.about,
    'x-expected': `a mapping of name: ${name}, ${must.join(', ')}${secret === 'none' ? '' : ', one of key_file and key_env at most'}${rule}`,
  });
};

type OneOf = ReturnType<typeof providerOf>;

const areDistinct = (providers: readonly unknown[]): boolean =>
  new Set(providers.map((one) => JSON.stringify(one))).size === providers.length;

/** Providers of live data: one mapping each, by the name of the kind; a key that the kind does not know is an error. */
export const gridProviders = () => {
  const forms = GRID_KINDS.map(providerOf) as [OneOf, ...OneOf[]];
  const list = z.array(z.discriminatedUnion('name', forms)).check(z.maxLength(MOST), z.refine(areDistinct));
  return about(
    z.prefault(list, []) as unknown as z.ZodMiniDefault<z.ZodMiniType<readonly ProviderOptions[]>>,
    {
      description:
        'Where live data of the grid comes from; the first that has a usable reading counts. See ' +
        'config/examples/grid-providers.yaml.',
      'x-example': [{ name: 'negawatt', url: 'https://negawatt.example:10202', zone: 'DE' }],
      'x-expected': `a list of at most ${MOST} different mappings, each with name and the keys of that provider`,
    },
  );
};
