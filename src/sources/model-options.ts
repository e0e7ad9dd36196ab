import * as z from 'zod/mini';

const point = z.object({
  load: z.number().check(z.gte(0), z.lte(1), z.describe('busy share of all processors, 0 to 1')),
  watts: z.number().check(z.gte(0), z.describe('power of the whole host at that share, W')),
});

/** An assumption and printed as one: no publication gives an interval for such curves (carbon reference 10). */
const ERROR_BAND = 0.3;

/** Options of the load curve, `sources.model` in the configuration. */
export const modelOptions = z.object({
  curve: z
    ._default(z.union([z.string(), z.array(point)]), 'auto')
    .check(
      z.describe(
        'auto: by processor; a family of config/hardware/power-models.json; or points of load and watts',
      ),
    ),
  curve_file: z.optional(z.string().check(z.minLength(1))).check(
    z.describe(
      'file that `negawatt calibrate` wrote on a host of this type: its curve and its error band are taken instead',
    ),
    z.meta({
      'x-expected': 'a path of a hardware file, .yaml or .json',
      'x-example': '/etc/negawatt/hardware.yaml',
    }),
  ),
  tdp_watts: z
    .optional(z.number().check(z.positive(), z.lte(1000)))
    .check(
      z.describe(
        'thermal design power of one processor, W: used where curve is auto and no family fits; packages alone',
      ),
    ),
  guest_threads: z
    .optional(z.number().check(z.positive()))
    .check(
      z.describe(
        'hardware threads of the physical host that this guest holds; default: one for each processor it sees',
      ),
    ),
  error_band: z
    ._default(z.number().check(z.gte(0), z.lte(1)), ERROR_BAND)
    .check(
      z.describe('half-width of the error band as a share of the value; an assumption unless calibrated'),
    ),
});
export type ModelOptions = z.infer<typeof modelOptions>;
