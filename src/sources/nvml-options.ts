import * as z from 'zod/mini';

export const nvmlOptions = z.object({
  interval: z
    ._default(z.number().check(z.gte(0.1), z.lte(60)), 1)
    .check(z.describe('seconds between two rounds over all boards')),
  library: z
    .optional(z.string().check(z.minLength(1), z.maxLength(4096)))
    .check(z.describe("path of the driver's library; default: looked for in the usual places")),
});
export type NvmlOptions = z.infer<typeof nvmlOptions>;
