import { readFile, stat } from 'node:fs/promises';
import * as z from 'zod/mini';
import { type Found, found, unreadable } from '../model/found.ts';
import { CURVE_FORMAT } from './curve-format.ts';
import { errnoOf } from './failure.ts';
import { printable } from './text.ts';

/** A file of a dozen points has a few kilobytes; a larger one is a mistake. */
const MOST_BYTES = 256 * 1024;

const text = z.string().check(z.minLength(1), z.maxLength(1000));
const share = z.number().check(z.gte(0), z.lte(1));
const power = z.number().check(z.gte(0), z.lte(20_000));

const point = z.strictObject({
  load: share,
  watts: power,
  /** Outside of what was measured. */
  extrapolated: z.optional(z.boolean()),
});

const usable = (points: readonly { readonly load: number; readonly watts: number }[]): boolean =>
  points.length >= 2 &&
  points[0]?.load === 0 &&
  points.at(-1)?.load === 1 &&
  points.every(({ load, watts }, i) => {
    const before = points[i - 1];
    return before === undefined || (load > before.load && watts >= before.watts);
  });

/** A load curve that was measured on one host, as `negawatt calibrate` writes it. */
export const curveFileSchema = z.strictObject({
  format: z.literal(CURVE_FORMAT, { error: `must be ${CURVE_FORMAT}: this version reads no other` }),
  /** Name of the curve, for screens and labels. */
  name: text,
  /** Host that it was measured on. */
  host: text,
  cpu_model: text,
  /** Hardware threads of that host: a guest gets its share by them. */
  threads: z.int().check(z.gte(1), z.lte(65_536)),
  /** The meter that it was measured against, in words. */
  meter: text,
  /** What that meter covers: the whole host before or behind its supply, or the processors and memory alone. */
  covers: z.enum(['wall', 'platform_in', 'platform', 'platform_out', 'psys', 'components']),
  /** Day and time of the measurement, ISO 8601, UTC. */
  date: z.string().check(
    z.regex(/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z)?$/, {
      error: 'must be a date such as 2026-05-31, or 2026-05-31T10:00:00Z',
    }),
  ),
  points: z.array(point).check(
    z.maxLength(1001),
    z.refine(usable, {
      error: 'must rise in load from 0 to 1, at least two points, with watts that never fall',
    }),
  ),
  /** Half-width of the error band as a share of the value, and what it is a quantile of. */
  error_band: share,
  error_band_quantile: share,
  r_squared: z.number().check(z.lte(1)),
  pairs: z.int().check(z.gte(1)),
  measured_from: share,
  measured_to: share,
  /** What kept the processors busy, and for how long at each step. */
  burner: text,
  step_seconds: z.number().check(z.gt(0)),
  method: text,
  negawatt: text,
});

export type CurveFile = z.infer<typeof curveFileSchema>;

const FIX = 'Write it anew with `negawatt calibrate`, or correct it by hand at that place.';

const bad = (path: string, what: string, fix = FIX): Found<never> =>
  unreadable(`${printable(path)}${what}`, fix);

/** Reads a file that `negawatt calibrate` wrote, YAML or JSON. Every problem is told with its line. Never throws. */
export const readCurveFile = async (path: string): Promise<Found<CurveFile>> => {
  let content: string;
  try {
    const seen = await stat(path);
    // A pipe or a device might never end.
    if (!seen.isFile()) return bad(path, ' is no file', 'Check sources.model.curve_file.');
    if (seen.size > MOST_BYTES)
      return bad(path, ` is larger than ${MOST_BYTES} bytes: is it the right file?`);
    content = await readFile(path, 'utf8');
  } catch (cause) {
    const why = errnoOf(cause) || printable(String(cause), 200);
    return bad(
      path,
      `: cannot be read (${why})`,
      'Check sources.model.curve_file and the permissions of that file.',
    );
  }
  return parseCurve(path, content);
};

const parseCurve = async (path: string, content: string): Promise<Found<CurveFile>> => {
  // YAML reads JSON too, and tells where things stand. Loaded for such a file alone.
  const { isNode, LineCounter, parseDocument } = (await import('yaml')).default;
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const fault = document.errors[0] ?? document.warnings[0];
  if (fault !== undefined) {
    const { line, col } = lines.linePos(fault.pos[0]);
    return bad(path, `:${line}:${col}: ${printable(fault.message, 200)}`);
  }
  const checked = curveFileSchema.safeParse(document.toJS({ maxAliasCount: 0 }));
  if (checked.success) return found(checked.data);
  const told = checked.error.issues.map((issue) => {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : [];
    const at = [...issue.path, ...keys.slice(0, 1)];
    let node: unknown;
    for (let depth = at.length; node === undefined && depth >= 0; depth--) {
      node = document.getIn(at.slice(0, depth), true);
    }
    const line = isNode(node) && node.range ? `:${lines.linePos(node.range[0]).line}` : '';
    const name = at.map(String).join('.') || 'the file';
    const seen = document.getIn(at);
    return `${line}: ${name} ${wordsOf(issue, seen)}`;
  });
  return bad(path, told.slice(0, 5).join(`; ${printable(path)}`));
};

/** What zod says where no rule has words of its own. */
const WORDLESS = 'Invalid input';

const wordsOf = (issue: z.core.$ZodIssue, seen: unknown): string => {
  if (issue.code === 'unrecognized_keys') return 'is no key of such a file';
  if (seen === undefined) return 'is missing';
  if (issue.message !== WORDLESS && !issue.message.startsWith('Invalid ')) return issue.message;
  const shown = typeof seen === 'object' ? 'of the wrong shape' : printable(JSON.stringify(seen), 40);
  return `is ${shown}, which is not allowed here`;
};
