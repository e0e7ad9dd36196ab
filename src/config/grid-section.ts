import * as z from 'zod/mini';
import { FACTOR_RANGE } from '../carbon/guard.ts';
import { INSTRUMENT_KINDS, overCovered } from '../carbon/instruments.ts';
import { ratio } from '../units.ts';
import { about, dated, fraction, intensity, path, section, text } from './fields.ts';
import { gridProviders } from './grid-providers.ts';

/** A factor from a document of the operator's own, with all that a figure must carry. */
const ownFactor = (description: string) =>
  about(
    z.exactOptional(
      z.strictObject({
        factor: about(intensity(FACTOR_RANGE.least, FACTOR_RANGE.most), {
          description: 'Emission factor, g/kWh.',
          'x-example': 42,
        }),
        document: about(text(200), {
          description: 'The document that states it, and its publisher.',
          'x-example': 'Supplier disclosure 2025, Stadtwerke Example',
          'x-expected': 'text of 1 to 200 letters',
        }),
        year: about(z.int().check(z.gte(1990), z.lte(2100)), {
          description: 'Year that the factor is of.',
          'x-example': 2025,
        }),
        gases: about(z.enum(['CO2', 'CO2e']), {
          description: 'What the factor counts.',
          'x-example': 'CO2e',
        }),
      }),
    ),
    { description },
  );

const zone = (description: string) =>
  about(z.exactOptional(text(64)), {
    description,
    'x-example': 'DE',
    'x-expected': 'a zone code such as DE, CN-GD or EGRID:CAMX, or a cloud region such as aws:eu-central-1',
  });

/** One instrument of the market-based method. */
const instrument = dated({
  name: about(z.string().check(z.regex(/^[a-z0-9][a-z0-9._-]{0,63}$/)), {
    description: 'Name of your own, part of the id of its factor.',
    'x-example': 'wind-2026',
    'x-expected': 'small letters, digits, . _ -',
  }),
  kind: about(z.enum(INSTRUMENT_KINDS), { description: 'What was bought.' }),
  share: about(
    z.pipe(
      z.number().check(z.gt(0), z.lte(1)),
      z.transform((value) => ratio(value)),
    ),
    {
      description: 'Share of the load that it covers.',
      'x-example': 0.6,
    },
  ),
  factor: about(intensity(FACTOR_RANGE.least, FACTOR_RANGE.most), {
    description: 'Emission factor, g/kWh.',
    'x-example': 0,
  }),
  gases: about(z._default(z.enum(['CO2', 'CO2e']), 'CO2e'), { description: 'What the factor counts.' }),
  document: about(text(200), {
    description: 'Numbers of the certificates and their cancellation, or the contract.',
    'x-example': 'GO 6431-..., cancelled 2027-02-01',
    'x-expected': 'text of 1 to 200 letters',
  }),
});

/** The section `grid` of the configuration. */
export const gridSection = section(
  'From joules to CO2e. Without a zone there is energy and no CO2e: nothing is guessed.',
  {
    zone: zone('Zone of the grid that this host draws from.'),
    example_zone: zone(
      'Zone that stands in until grid.zone is set; everything computed with it is an EXAMPLE.',
    ),
    files: about(z._default(z.array(path('a path of a factor table')), []), {
      description: 'Factor tables of your own, JSON or YAML; see config/factors/README.md.',
      'x-example': ['/etc/negawatt/factors.yaml'],
      'x-expected': 'a list of paths',
    }),
    providers: gridProviders(),
    location: ownFactor('Location-based factor of your own: the average of the grid.'),
    market: ownFactor('Market-based factor of your own: what the contract with the supplier states.'),
    fallback: about(z._default(z.enum(['none', 'country']), 'none'), {
      description:
        'Whether a state or province without a factor may take that of its country, marked as such.',
    }),
    instruments: about(
      z._default(
        z.array(instrument).check(
          z.maxLength(64),
          z.refine((all) => overCovered(all) === undefined),
        ),
        [],
      ),
      {
        description:
          'What was bought for a share of the load over a period (market-based): certificates, ppa, supplier, on_site. ' +
          'The rest takes the residual mix.',
        'x-example': [
          {
            name: 'wind-2026',
            kind: 'certificates',
            from: '2026-01-01',
            to: '2027-01-01',
            share: 0.6,
            factor: 0,
            document: 'GO 6431-..., cancelled 2027-02-01',
          },
        ],
        'x-expected': 'a list of at most 64 instruments whose shares never sum to more than 1',
      },
    ),
    restate: about(z._default(z.array(z.int().check(z.gte(1990), z.lte(2100))).check(z.maxLength(32)), []), {
      description:
        'Years that take their factors from the tables anew. Without it a year stays with those that it began with, ' +
        'whatever newer tables hold, so that before and after are counted alike. The statement of such a year leaves ' +
        'aside what was booked by the hour, with losses, fuel supply and tenancy.',
      'x-example': [2026],
      'x-expected': 'a list of years',
    }),
    loss: about(z.exactOptional(fraction(0, 0.5)), {
      description:
        'Share of the generated energy that is lost on the way to the site; Scope 3, category 3 (part transmission).',
      'x-example': 0.042,
    }),
    upstream: about(z.exactOptional(intensity(0, FACTOR_RANGE.most)), {
      description: 'Emissions of fuel supply, g per kWh used; Scope 3, category 3 (part upstream).',
      'x-example': 52,
    }),
    adders: about(z._default(z.enum(['none', 'official']), 'none'), {
      description:
        'Where loss and upstream are not set: nothing, or official figures of the zone from config/factors/grid-upstream.json.',
    }),
  },
);
