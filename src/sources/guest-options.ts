import * as z from 'zod/mini';

/** Options of the meter that a host hands on, `sources.guest` in the configuration. */
export const guestOptions = z.object({
  directory: z
    .optional(z.string().check(z.minLength(1)))
    .check(
      z.describe(
        "folder that this guest's host shares with it: on the host, one below guests.directory (virtiofs, 9p)",
      ),
      z.meta({ 'x-expected': 'a path', 'x-example': '/mnt/negawatt' }),
    ),
  url: z.optional(z.string().check(z.regex(/^https?:\/\/[^\s/@]+\/\S+$/))).check(
    z.describe("address of this guest at the host's agent, where no folder is shared"),
    z.meta({
      'x-expected': 'an http or https address without a user',
      'x-example': 'http://192.168.122.1:10202/api/v1/guests/web',
    }),
  ),
  max_age: z
    ._default(z.number().check(z.gte(2), z.lte(3600)), 60)
    .check(z.describe('seconds without an update from the host after which the source fails')),
});
export type GuestOptions = z.infer<typeof guestOptions>;
