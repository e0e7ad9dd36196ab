import * as z from 'zod/mini';

/** Options of AMD and Intel boards, `sources.drm` in the configuration. */
export const drmOptions = z.object({
  interval: z
    ._default(z.number().check(z.gte(1), z.lte(60)), 5)
    .check(z.describe('seconds between two reads of a board')),
  process_interval: z
    ._default(z.number().check(z.gte(5), z.lte(3600)), 30)
    .check(z.describe('seconds between two passes over the processes')),
  max_descriptors: z
    ._default(z.int().check(z.gte(0), z.lte(1_048_576)), 16_384)
    .check(
      z.describe(
        'Open files of processes that one pass looks at, at most, to find those of a GPU; 0: processes are left alone.',
      ),
    ),
});
export type DrmOptions = z.infer<typeof drmOptions>;
