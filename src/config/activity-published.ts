import * as z from 'zod/mini';
import { IDENTITIES } from '../carbon/statement-claims.ts';
import { document, list, named, oneOf, optional, text } from './activity-fields.ts';
import { about } from './fields.ts';
import { mass, publishedQuantity } from './quantity.ts';

const figure = z.union([
  z.strictObject({
    value: publishedQuantity('The published value.', '62000 t'),
    rounded: optional(publishedQuantity('Step that it was rounded to.', '1000 t')),
    document,
  }),
  z.strictObject({ minus: z.tuple([text('A figure.'), text('The figure taken from it.')]) }),
  z.strictObject({ divide: z.tuple([text('A figure.'), text('The figure that it is divided by.')]) }),
]);

/** Fields of the activity file for what the entity published, and for checking it. */
export const publishedFields = {
  reported: list(
    { name: named('What it is.'), emissions: mass('As published.'), document },
    'Published totals that are not worked out here.',
  ),
  figures: about(z._default(z.record(z.string().check(z.regex(/^[a-z0-9][a-z0-9_]{0,63}$/)), figure), {}), {
    description: 'Published figures by a name, for claims.',
  }),
  claims: list(
    {
      name: text('Name.'),
      says: optional(text("In the publication's words.")),
      identity: oneOf(
        IDENTITIES,
        'change: of / to - 1; share: of / to; quantity: of; bound: of is a share of an unknown part of to.',
      ),
      of: text('A figure.'),
      to: optional(text('A figure.')),
      stated: optional(publishedQuantity('What the publication states.', '110 %')),
      sense: about(z._default(z.enum(['equal', 'above']), 'equal'), { description: 'above: "more than".' }),
      unpublished: optional(text('What would be needed and was not published.')),
      against: about(z._default(z.array(text('A figure.')).check(z.maxLength(20)), []), {
        description: 'Figures that the result is held against.',
      }),
      note: optional(text('What to know about it.')),
    },
    'Claims and the identities that they have to fulfil.',
  ),
};
