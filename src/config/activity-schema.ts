import * as z from 'zod/mini';
import { INSTRUMENT_KINDS } from '../carbon/instruments.ts';
import { APPROACHES, SUBJECTS } from '../carbon/statement-activity.ts';
import { YEAR_KINDS } from '../model/factor.ts';
import {
  count,
  document,
  gases,
  list,
  named,
  oneOf,
  optional,
  pue,
  say,
  share,
  site,
  span,
  tenancy,
  text,
  year,
  zone,
} from './activity-fields.ts';
import { publishedFields } from './activity-published.ts';
import { about } from './fields.ts';
import { energy, fuelQuantity, intensity, litres, mass } from './quantity.ts';
import { tenancyPeriods } from './tenancy-periods.ts';

const emissionAt = z.strictObject({ year: year('Year.'), emissions: mass('Gross emissions.') });

/** What a total rests on. */
const seriesTerms = z.strictObject({
  basis: optional(text('Basis of its factors, such as direct.')),
  gases: optional(text('CO2 or CO2e.')),
  gwp: optional(text('Assessment report of the warming potentials, none for CO2 alone.')),
  signal: optional(oneOf(['average', 'marginal'], 'Whether its factors are averages of all generation.')),
  editions: optional(
    about(z.record(z.string(), z.enum(YEAR_KINDS)), {
      description: 'What the years of its factors are, by grid zone.',
    }),
  ),
});

/** The activity file of `negawatt report`. Every quantity is written with its unit. */
export const activitySchema = z.strictObject({
  year: year('Calendar year, UTC.'),
  boundary: z.strictObject({
    entity: text('Who reports.'),
    approach: oneOf(APPROACHES, 'Consolidation, chosen once.'),
    share: optional(share('Equity share of every site that `shares` does not name; for equity_share alone.')),
    hosts: optional(
      about(
        z.int().check(z.gte(1), z.lte(1e8)),
        say('Hosts inside the boundary.', 'a whole number of at least 1'),
      ),
    ),
    base: optional(year('Base year.')),
    exclusions: about(z._default(z.array(text('What is left out, and why.')).check(z.maxLength(100)), []), {
      description: 'What is left out, and why.',
    }),
    gwp: about(z._default(z.enum(['AR4', 'AR5', 'AR6']), 'AR5'), {
      description: 'Assessment report of all warming potentials.',
    }),
  }),
  shares: list(
    { site, share: share('Equity share of the site.'), document },
    'Equity shares of sites. What names a site is entered whole and multiplied once.',
  ),
  energy: list(
    {
      site,
      zone,
      quantity: energy('Energy of the span.'),
      of: about(z._default(z.enum(['it', 'facility']), 'it'), { description: 'Where the meter sits.' }),
      quality: oneOf(['measured', 'derived', 'estimated'], 'How the figure came about.'),
      ...span,
      hosts: optional(
        about(z.int().check(z.gte(0), z.lte(1e8)), say('Hosts inside it.', 'a whole number from 0')),
      ),
      hours: optional(count('Hours of the span with data; default: all.')),
      tenancy,
      pue: optional(pue),
      document,
    },
    "Energy from other meters than the agent's.",
  ),
  agent: optional(
    about(z.strictObject({ site, tenancy, tenancy_periods: tenancyPeriods('tenancy'), pue: optional(pue) }), {
      description: "Where the agent's own host stands; default: as its configuration says.",
    }),
  ),
  zones: list(
    {
      zone,
      loss: optional(
        about(z.number().check(z.gte(0), z.lt(1)), say('Share lost on the way.', 'a number from 0 to 1')),
      ),
      upstream: optional(intensity('Fuel supply, per kWh used.')),
      adders: about(z._default(z.enum(['none', 'official']), 'none'), {
        description: 'Where they are not stated: nothing, or official figures of the shipped table.',
      }),
      document: optional(document),
    },
    'Losses and fuel supply by zone, Scope 3.3.',
  ),
  fuels: list(
    {
      site,
      fuel: text('Id of the fuel, such as diesel.'),
      region: text('Whose convention: CN, GB, US, IPCC.'),
      quantity: fuelQuantity('As metered or delivered.'),
      document,
    },
    'What was burnt on site.',
  ),
  refrigerants: list(
    { site, gas: text('Such as R-134a.'), quantity: mass('Topped up.'), document },
    'What leaked: the mass that was topped up.',
  ),
  instruments: list(
    {
      name: about(
        z.string().check(z.regex(/^[a-z0-9][a-z0-9._-]{0,63}$/)),
        say('Name.', 'small letters, digits, . _ -'),
      ),
      kind: oneOf(INSTRUMENT_KINDS, 'What was bought.'),
      market: text('Zone or country of its market.'),
      quantity: energy('Energy that it covers.'),
      factor: intensity('Its rate.'),
      gases,
      ...span,
      document,
      cancellation: optional(text('When, where and for whom it was cancelled.')),
    },
    'Instruments of the market-based method. Offsets are none.',
  ),
  scope3: list(
    {
      category: about(z.int().check(z.gte(1), z.lte(15)), say('Category.', 'a whole number from 1 to 15')),
      what: named('What it is.'),
      emissions: optional(mass('Emissions as a whole.')),
      count: optional(count('How many, with `each`.')),
      each: optional(mass('Emissions of one.')),
      reason: optional(text('Why it was not estimated.')),
      gases,
      document,
    },
    'Scope 3 as entered.',
  ),
  water: list({ site, quantity: litres('Water used.'), document }, 'Water, for WUE.'),
  reused: list(
    { site, quantity: energy('Energy used again outside of the site, such as heat.'), document },
    'Energy that was used again, for ERF.',
  ),
  costs: list(
    {
      site,
      amount: count('What was paid.'),
      currency: about(
        z.string().check(z.regex(/^[A-Z]{3}$/)),
        say('ISO 4217 code.', 'three capitals such as EUR'),
      ),
      document,
    },
    'What the energy cost.',
  ),
  work: list(
    { unit: text('Such as request.'), count: count('Pieces done.'), document },
    'Useful work of the year.',
  ),
  measures: list(
    {
      name: named('Name of the measure.'),
      scope: about(
        z.string().check(z.regex(/^(1|2|3(\.\d{1,2})?|all)$/)),
        say('Scope.', '"1", "2", "3.8" and so on, or all'),
      ),
      part: optional(text('Measure that it is a part of.')),
      zone: optional(zone),
      saved: optional(energy('Energy not used, at the equipment.')),
      pue: optional(about(z.number().check(z.gte(1), z.lte(10)), say('PUE.', 'a number of at least 1'))),
      emissions: optional(mass('As stated, where no energy is known.')),
      interval: optional(z.tuple([energy('Lower end.'), energy('Upper end.')])),
      baseline: optional(text('What it is held against.')),
      method: optional(text('How it was found.')),
      evidence: optional(text('Evidence grade.')),
      verifier: optional(text('Who checked it.')),
      document,
    },
    'Reductions, each against its baseline. Never subtracted.',
  ),
  credits: list(
    {
      standard: text('Such as VCS.'),
      project: text('Its id.'),
      name: text('Its name.'),
      kind: oneOf(['avoidance', 'removal'], 'Kind of project.'),
      quantity: mass('Cancelled.'),
      vintage: optional(text('Years of the credits.')),
      serials: optional(text('Serial numbers.')),
      cancelled: optional(text('Date of the cancellation.')),
      document,
    },
    'Credits cancelled. Never subtracted.',
  ),
  targets: list(
    {
      name: text("In the entity's own words."),
      covers: about(
        z.array(z.enum(SUBJECTS)).check(z.minLength(1), z.maxLength(2)),
        say('Totals.', `a list of ${SUBJECTS.join(', ')}`),
      ),
      base: emissionAt,
      target: emissionAt,
      document,
    },
    'Targets, with a straight path.',
  ),
  previous: list(
    {
      year: year('Year.'),
      scope1: optional(mass('Scope 1.')),
      location: optional(mass('Scope 2, location-based.')),
      market: optional(mass('Scope 2, market-based.')),
      terms: optional(
        z.strictObject({
          scope1: optional(seriesTerms),
          location: optional(seriesTerms),
          market: optional(seriesTerms),
        }),
      ),
      energy: optional(
        z.array(z.strictObject({ zone, quantity: energy('Energy in Scope 2, overhead included.') })),
      ),
      document,
    },
    'Other years, to compare with.',
  ),
  ...publishedFields,
  equivalences: list(
    {
      name: text('Name.'),
      unit: text('Such as car for a year.'),
      constant: mass('Emissions of one.'),
      source: text('Who states it.'),
      year: year('Year of the constant.'),
      of: text('Id of one line of emissions, such as scope2.location.'),
    },
    'Comparisons; shown with --equivalences alone.',
  ),
});

export type ActivityFile = z.output<typeof activitySchema>;
