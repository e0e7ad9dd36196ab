import * as z from 'zod/mini';
import { areDisjoint } from '../carbon/periods.ts';
import { TENANCIES } from '../model/tenancy.ts';
import { scrapeOptions } from '../work/options.ts';
import { about, atLeastOne, dated, fraction, optionalDuration, section } from './fields.ts';
import { tenancyPeriods } from './tenancy-periods.ts';

const pueMetric = z.strictObject({
  url: scrapeOptions.shape.url,
  metric: scrapeOptions.shape.metric,
  labels: scrapeOptions.shape.labels,
  interval: optionalDuration('5s', '1h', 'Time between two reads of the endpoint; default: 1m.'),
});

/** Asked of the runtime's own table, which is loaded for that alone. */
function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** A time of day as minutes since midnight: prices change at quarters of an hour. */
const clockTime = (what: string) =>
  about(
    z.pipe(
      z.string().check(z.regex(/^([01]\d|2[0-3]):(00|15|30|45)$/)),
      z.transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3))),
    ),
    { description: what, 'x-example': '22:00', 'x-expected': 'a time of day such as 22:00 or 06:15' },
  );

const tariff = z.strictObject({
  currency: about(z.string().check(z.regex(/^[A-Z]{3}$/)), {
    description: 'ISO 4217 code.',
    'x-example': 'EUR',
    'x-expected': 'three capitals such as EUR',
  }),
  price: about(z.number().check(z.gte(0), z.lte(1000)), {
    description: 'Price of a kWh outside of all windows.',
    'x-example': 0.21,
  }),
  timezone: about(z.exactOptional(z.string().check(z.maxLength(64), z.refine(isTimeZone))), {
    description: 'Time zone of the windows; default: UTC.',
    'x-example': 'Europe/Berlin',
    'x-expected': 'a name of the IANA database such as Europe/Berlin',
  }),
  windows: about(
    z._default(
      z
        .array(
          z.strictObject({
            from: clockTime('Begin of the window.'),
            to: clockTime('End, not included; before its begin: over midnight.'),
            days: about(
              z.exactOptional(
                z.array(z.int().check(z.gte(1), z.lte(7))).check(z.minLength(1), z.maxLength(7)),
              ),
              {
                description: 'Days on which it begins, 1 Monday to 7 Sunday; default: all.',
                'x-example': [6, 7],
                'x-expected': 'a list of numbers from 1 to 7',
              },
            ),
            price: about(z.number().check(z.gte(0), z.lte(1000)), {
              description: 'Price of a kWh in it.',
              'x-example': 0.16,
            }),
          }),
        )
        .check(z.maxLength(64)),
      [],
    ),
    {
      description: 'Times of day with another price; the first that fits holds.',
      'x-example': [{ from: '22:00', to: '06:00', price: 0.16 }],
      'x-expected': 'a list of at most 64 windows',
    },
  ),
});

/** The section `site` of the configuration. */
export const siteSection = section('The building.', {
  pue: about(z.exactOptional(atLeastOne()), {
    description:
      'Power usage effectiveness: energy of the site over energy of its hosts, a mean over a year.',
    'x-example': 1.4,
  }),
  pue_metric: about(z.exactOptional(pueMetric), {
    description:
      'PUE that an exporter of the building measures; read over and over, it goes before the others.',
    'x-example': { url: 'http://127.0.0.1:9100/metrics', metric: 'site_pue_ratio', interval: '1m' },
    'x-expected': 'a mapping of url, metric, labels and interval',
  }),
  pue_periods: about(
    z._default(
      z
        .array(dated({ value: about(atLeastOne(), { description: 'PUE in that time.', 'x-example': 1.32 }) }))
        .check(z.maxLength(400), z.refine(areDisjoint)),
      [],
    ),
    {
      description: 'PUE by time, from and to as dates (UTC); outside of them site.pue holds.',
      'x-example': [{ from: '2026-01-01', to: '2027-01-01', value: 1.32 }],
      'x-expected': 'a list of mappings of from, to and value whose times do not overlap',
    },
  ),
  wue: about(z.exactOptional(z.number().check(z.gte(0), z.lte(100))), {
    description: 'Water usage effectiveness: litres of water per kWh of the hosts, a mean over a year.',
    'x-example': 1.8,
  }),
  erf: about(z.exactOptional(fraction(0, 1)), {
    description:
      'Energy reuse factor: share of the energy that is used again elsewhere. Told, and applied to nothing.',
    'x-example': 0.1,
  }),
  tariff: about(z.exactOptional(tariff), {
    description: 'Price of a kWh, so that money stands beside kWh; windows: other prices by local time.',
    'x-example': {
      currency: 'EUR',
      price: 0.21,
      timezone: 'Europe/Berlin',
      windows: [{ from: '22:00', to: '06:00', price: 0.16 }],
    },
    'x-expected': 'a mapping of currency, price, timezone and windows',
  }),
  tenancy: about(z._default(z.enum(TENANCIES), 'owned'), {
    description:
      'Who owns and controls the site; decides the scope. owned, leased_controlled: Scope 2; colocated: servers ' +
      'Scope 2, building 3.8; leased: 3.8; cloud: 3.1. Hours keep the one that they were booked under.',
  }),
  tenancy_periods: tenancyPeriods('site.tenancy'),
});
