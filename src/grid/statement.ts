import * as z from 'zod/mini';
import type { GridSeries } from '../model/grid.ts';
import { fromKilogramsPerMWh, fromPoundsPerMWh, type GramsPerKWh, gramsPerKWh, seconds } from '../units.ts';
import { code } from './provider-options.ts';

/** Units that an intensity is told in; each is converted once, where it comes in. */
const CONVERSIONS: Readonly<Record<IntensityUnit, (value: number) => GramsPerKWh>> = {
  'g/kWh': gramsPerKWh,
  'kg/MWh': fromKilogramsPerMWh,
  'lb/MWh': fromPoundsPerMWh,
};
const UNITS = ['g/kWh', 'kg/MWh', 'lb/MWh'] as const;
export type IntensityUnit = (typeof UNITS)[number];

export const toGramsPerKWh = (value: number, unit: IntensityUnit): GramsPerKWh => CONVERSIONS[unit](value);
export const isUnit = (text: string): text is IntensityUnit => Object.hasOwn(CONVERSIONS, text);

const words = (what: string) => z.string().check(z.regex(/\S/), z.maxLength(300), z.describe(what));

/** What a file or an address of the operator's own cannot say of itself, and every figure must carry. */
export const statement = {
  zone: code('zone that the values are of'),
  signal: z
    ._default(z.enum(['average', 'marginal']), 'average')
    .check(
      z.describe('average: emissions over energy; marginal: of one kWh more, for scheduling and in no total'),
    ),
  basis: z
    .enum(['direct', 'lifecycle', 'marginal'])
    .check(
      z.describe('direct: what the stacks emit; lifecycle: never in Scope 2; marginal beside that signal'),
    ),
  gases: z.enum(['CO2', 'CO2e']).check(z.describe('what is counted')),
  gwp: z
    .optional(z.enum(['none', 'unstated', 'SAR', 'TAR', 'AR4', 'AR5', 'AR6']))
    .check(z.describe('assessment report of the warming potentials; default: none for CO2, else unstated')),
  boundary: z
    ._default(z.enum(['production', 'consumption', 'unstated']), 'unstated')
    .check(z.describe('whether what is generated in the zone is counted, or what is used there')),
  unit: z._default(z.enum(UNITS), 'g/kWh').check(z.describe('unit of the values')),
  interval: z
    .number()
    .check(z.gte(60), z.lte(31 * 86_400), z.describe('time that one value covers, seconds')),
  edition: z
    ._default(z.string().check(z.maxLength(100)), '')
    .check(z.describe('version of the method, where there is one')),
  source: words('the document or service that states the values, and its publisher'),
  licence: words('the licence or permission under which the values are used'),
} as const;

const whole = z.object(statement);
export type Statement = z.output<typeof whole>;

/** What a statement must be beyond its single keys. */
export const statementFlaw = ({ signal, basis, gases, gwp }: Statement): string | undefined => {
  if ((signal === 'marginal') !== (basis === 'marginal'))
    return 'basis marginal exactly where signal is marginal';
  if (gwp !== undefined && (gases === 'CO2') !== (gwp === 'none'))
    return 'gwp none exactly where gases is CO2';
  return undefined;
};

export const stated = (provider: string, statement: Statement): GridSeries => {
  const { zone, signal, basis, gases, gwp, boundary, edition, source, licence, interval } = statement;
  return {
    ...{ provider, zone, signal, basis, gases, boundary, edition, source, licence },
    gwp: gwp ?? (gases === 'CO2' ? 'none' : 'unstated'),
    interval: seconds(interval),
  };
};
