import * as z from 'zod/mini';

export const cgroupOptions = z.object({
  hierarchy: z
    ._default(z.enum(['auto', 'v1', 'v2']), 'auto')
    .check(
      z.describe(
        'Which control groups to read. auto: v2 where it is mounted alone; on a hybrid host the tree whose groups use more CPU time.',
      ),
    ),
  max_groups: z
    ._default(z.int().check(z.minimum(1), z.maximum(65_536)), 4096)
    .check(z.describe('Groups read at most; the CPU time of others stays part of their nearest ancestor.')),
});
export type CgroupOptions = z.infer<typeof cgroupOptions>;
