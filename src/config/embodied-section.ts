import * as z from 'zod/mini';
import { about, flag, optionalDay, section, text } from './fields.ts';

/** A footprint from a document of the operator's own. */
const ownFootprint = {
  kg: about(z.number().check(z.gt(0), z.lte(100_000)), {
    description: 'Emissions of making it, kg CO2e.',
    'x-example': 1313,
  }),
  source: about(text(200), {
    description: 'The document that states it, and its publisher.',
    'x-example': 'Dell product carbon footprint R740, January 2019',
    'x-expected': 'text of 1 to 200 letters',
  }),
  boundary: about(z.exactOptional(z.enum(['manufacturing', 'cradle-to-gate', 'unstated'])), {
    description: 'Life cycle stages that it counts, use never among them; left out: unstated.',
    'x-example': 'manufacturing',
  }),
};

/** The section `embodied` of the configuration. */
export const embodiedSection = section(
  'What making the hardware emitted, spread over its lifetime: beside Scope 2, never in it.',
  {
    enabled: flag(true, 'Whether embodied emissions are counted.'),
    lifetime_years: about(z._default(z.number().check(z.gte(1), z.lte(20)), 5), {
      description: 'Years that they are spread over, of 365 days; printed with every figure.',
    }),
    purchased: optionalDay(
      'First day of service. Set, nothing is counted before it or after the end of the lifetime.',
    ),
    host: about(
      z.exactOptional(
        z.strictObject({
          ...ownFootprint,
          includes_gpus: about(z.exactOptional(z.boolean()), {
            description:
              'Whether its GPUs are inside this figure; then they are not added. Left out: they are not.',
            'x-example': true,
          }),
        }),
      ),
      {
        description:
          'Footprint of this host from its manufacturer, for the configuration that was bought: better than any ' +
          'figure that the agent can choose. For a guest: that of the physical host times the share it holds.',
      },
    ),
    gpus: about(z._default(z.record(text(128), z.strictObject(ownFootprint)), {}), {
      description: 'Footprints by GPU model, as the driver says it (negawatt_host_info shows it).',
      'x-example': {
        'NVIDIA H100 80GB HBM3': { kg: 164, source: 'NVIDIA HGX H100 PCF summary, divided by 8' },
      },
      'x-expected': 'a mapping of GPU models to kg, source and boundary',
    }),
  },
);
