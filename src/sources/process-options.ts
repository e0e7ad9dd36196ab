import * as z from 'zod/mini';
import { PROCESS_LIMIT } from './process-pass.ts';

export const processOptions = z.object({
  interval: z
    ._default(z.number().check(z.minimum(1), z.maximum(86_400)), 60)
    .check(z.describe('Seconds between the starts of two passes over all processes.')),
  limit: z
    ._default(z.int().check(z.minimum(1), z.maximum(4_194_304)), PROCESS_LIMIT)
    .check(z.describe('Processes that one pass reads at most; the others are counted as missed.')),
});
export type ProcessOptions = z.infer<typeof processOptions>;
