import * as z from 'zod/mini';
import { METER_UNITS } from './custom-unit.ts';

/** What an own meter may count. `core`, `psys` and the like are the processor's own and not for others to state. */
const DOMAINS = [
  'wall',
  'platform_in',
  'platform',
  'platform_out',
  'package',
  'dram',
  'gpu',
  'unknown',
] as const;

/** Starting a program costs more than any reading: not oftener than this, in seconds. */
const LEAST_COMMAND_INTERVAL = 5;

const text = (most: number) => z.string().check(z.minLength(1), z.maxLength(most));
/** Bytes that end a header, or the text of a program's argument. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const PLAIN = /^[^\u0000-\u001f\u007f]*$/;
const file = () => z.string().check(z.regex(PLAIN), z.startsWith('/'), z.maxLength(4096));

/** Headers that say who asks: `config print` shows what the configuration holds, so their values belong in a file. */
const SECRET_HEADER = /^(authorization|proxy-authorization|cookie|x-api-key|x-auth-token)$/i;

const httpMeter = z.object({
  url: z
    .string()
    .check(
      z.regex(/^https?:\/\/[^\s@/]+(\/[^\s@]*)?$/),
      z.maxLength(2048),
      z.refine((url) => URL.canParse(url)),
    )
    .check(z.describe('address that is asked with GET; http or https, without a name and password')),
  headers: z
    ._default(
      z.record(
        z.string().check(
          z.regex(/^[\w-]{1,64}$/),
          z.refine((name) => !SECRET_HEADER.test(name)),
        ),
        z.string().check(z.regex(PLAIN)),
      ),
      {},
    )
    .check(z.describe('headers of the request; none that holds a secret: that belongs in token_file')),
  token_file: z
    .optional(file())
    .check(z.describe('file whose content is sent as Authorization: Bearer ...; read anew each time')),
  ca_file: z
    .optional(file())
    .check(z.describe("PEM file of the authorities to trust instead of the system's; always verified")),
});

/** Keys of one meter, but for those whose form the configuration writes otherwise. */
export const customMeterShape = {
  name: z
    .string()
    .check(z.regex(/^[a-z0-9][a-z0-9._-]{0,63}$/))
    .check(z.describe('name, unique; the meter is custom:NAME in metrics')),
  domain: z
    .enum(DOMAINS)
    .check(z.describe('what it meters; gpu: a board that nothing else meters; unknown: shown, never summed')),
  unit: z.enum(METER_UNITS).check(z.describe('unit of its number: a power, or an energy that is counted up')),
  path: z
    .optional(text(256))
    .check(z.describe('where the number stands in JSON, data.0.watts; default: it is the whole content')),
  timestamp_path: z
    .optional(text(256))
    .check(
      z.describe('where its time stands in JSON: a count since 1970 or ISO 8601; default: that of the file'),
    ),
  file: z
    .optional(file())
    .check(z.describe('file of the host that holds the value, written anew with each one')),
  command: z
    .optional(
      z.array(z.string().check(z.regex(PLAIN), z.maxLength(4096))).check(z.minLength(1), z.maxLength(64)),
    )
    .check(z.describe('program and arguments; no shell, one program at a time')),
  http: z.optional(httpMeter).check(z.describe('address that answers with the value')),
} as const;

const number = (least: number, most: number) => z.number().check(z.gte(least), z.lte(most));

const meterFields = z.object({
  ...customMeterShape,
  interval: z._default(number(1, 3600), 10).check(z.describe('seconds between two reads')),
  max_age: z
    .optional(number(1, 86_400))
    .check(z.describe('seconds after which a value is too old to count; default: three intervals')),
  timeout: z
    ._default(number(0.1, 60), 5)
    .check(z.describe('seconds after which a program is killed, a request given up')),
});
export type CustomMeter = z.infer<typeof meterFields>;

/** What is wrong with a meter beyond its single keys, or undefined. */
const flawOf = ({
  file: f,
  command,
  http,
  interval,
  path,
  timestamp_path,
}: CustomMeter): string | undefined => {
  if ([f, command, http].filter((one) => one !== undefined).length !== 1)
    return 'exactly one of file, command, http';
  if (command !== undefined && interval < LEAST_COMMAND_INTERVAL)
    return `an interval of at least ${LEAST_COMMAND_INTERVAL}s for a command`;
  if (timestamp_path !== undefined && path === undefined) return 'path where there is a timestamp_path';
  return undefined;
};

export const isWholeMeter = (meter: CustomMeter): boolean => flawOf(meter) === undefined;
export const areDistinct = (meters: readonly CustomMeter[]): boolean =>
  new Set(meters.map(({ name }) => name)).size === meters.length;
/** Each has its own timer and a place in the metrics. */
export const MOST_METERS = 64;

/** Options of the operator's own meters, `sources.custom` in the configuration. */
export const customOptions = z.object({
  meters: z
    ._default(
      z
        .array(meterFields.check(z.refine(isWholeMeter)))
        .check(z.maxLength(MOST_METERS), z.refine(areDistinct)),
      [],
    )
    .check(z.describe('meters that negawatt does not know: a PDU, a wall meter, a tool of the maker')),
});
export type CustomOptions = z.infer<typeof customOptions>;
