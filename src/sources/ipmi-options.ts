import * as z from 'zod/mini';

/** Options of the in-band BMC reading, `sources.ipmi` in the configuration. */
export const ipmiOptions = z.object({
  command: z
    ._default(z.enum(['auto', 'ipmitool', 'ipmi-dcmi', 'ipmiutil']), 'auto')
    .check(z.describe('program that asks the BMC; auto: the first of these that is installed')),
  interval: z
    ._default(z.number().check(z.gte(5), z.lte(300)), 10)
    .check(z.describe('seconds between two readings; BMCs refresh theirs every 1 to 60 s')),
});
export type IpmiOptions = z.infer<typeof ipmiOptions>;
