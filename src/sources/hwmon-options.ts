import * as z from 'zod/mini';

const DOMAINS = [
  'wall',
  'platform_in',
  'platform',
  'platform_out',
  'package',
  'dram',
  'gpu',
  'module',
  'unknown',
] as const;

/** Options of the hwmon channels, `sources.hwmon` in the configuration. */
export const hwmonOptions = z.object({
  interval: z
    ._default(z.number().check(z.gte(0.1), z.lte(60)), 1)
    .check(
      z.describe(
        'seconds between two reads of a chip; a chip that averages over longer is read as seldom as that',
      ),
    ),
  channels: z
    ._default(
      z.array(
        z.object({
          chip: z.string().check(z.describe('name of the chip as in /sys/class/hwmon/*/name')),
          channel: z
            .optional(z.string().check(z.regex(/^(power|energy)\d+$/)))
            .check(z.describe('power1, energy2, ...; default: all of the chip')),
          domain: z.enum(DOMAINS).check(z.describe('what the channel meters; unknown: shown, never summed')),
        }),
      ),
      [],
    )
    .check(z.describe('what channels meter where negawatt does not know it, or should think otherwise')),
});
export type HwmonOptions = z.infer<typeof hwmonOptions>;
