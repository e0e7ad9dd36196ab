import * as z from 'zod/mini';
import { isCron } from './cron.ts';
import { about, section } from './fields.ts';

/** How an agent evaluates the measures of its own host. */
export const savingsSection = section('How the measures of this host (hosts: self) are evaluated.', {
  schedule: about(z._default(z.string().check(z.refine(isCron)), '20 * * * *'), {
    description:
      'When, as five fields of a crontab in UTC: minute, hour, day, month, weekday. Each time in a thread of its own; ' +
      'an hour is looked at a quarter of an hour after its end.',
    'x-example': '20 */6 * * *',
    'x-expected': 'five fields of numbers, *, ranges and steps, such as 20 * * * *',
  }),
});
