import * as z from 'zod/mini';
import { areDisjoint } from '../carbon/periods.ts';
import { TENANCIES } from '../model/tenancy.ts';
import { about, dated } from './fields.ts';

/** The history is kept by the hour: an hour has one tenancy. */
const areFullHours = (periods: readonly { readonly from: number; readonly to: number }[]): boolean =>
  periods.every(({ from, to }) => from % 3_600_000 === 0 && to % 3_600_000 === 0);

/** Tenancy by time, in the configuration and in the activity file. @param otherwise key that holds outside of them. */
export const tenancyPeriods = (otherwise: string) =>
  about(
    z._default(
      z
        .array(
          dated({
            value: about(z.enum(TENANCIES), { description: 'Tenancy in that time.', 'x-example': 'leased' }),
          }),
        )
        .check(z.maxLength(400), z.refine(areDisjoint), z.refine(areFullHours)),
      [],
    ),
    {
      description: `Tenancy by time, from and to at full hours (UTC), where it changes within a year; outside of them ${otherwise} holds.`,
      'x-example': [{ from: '2026-01-01', to: '2026-07-01', value: 'leased' }],
      'x-expected':
        'a list of mappings of from, to and value at full hours UTC, each beginning before it ends, whose times do not overlap',
    },
  );
