/** One of the ranges of an `Accept` or `Accept-Encoding` header (RFC 9110, section 12.5). */
interface Range {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** From 0, not at all, to 1; what is no weight counts as 0. */
  readonly weight: number;
}

const rangesOf = (header: string | undefined): readonly Range[] =>
  (header ?? '')
    .toLowerCase()
    .split(',')
    .map((part) => {
      const [name = '', ...pairs] = part.split(';').map((text) => text.trim());
      const parameters = new Map(
        pairs.map((pair) => {
          const [key = '', value = ''] = pair.split('=').map((text) => text.trim());
          return [key, value.replace(/^"(.*)"$/, '$1')] as const;
        }),
      );
      const weight = Number(parameters.get('q') ?? 1);
      return { name, parameters, weight: weight >= 0 && weight <= 1 ? weight : 0 };
    })
    .filter(({ name }) => name !== '');

/** Whether a client takes gzip: named, or by `*`, and not with q=0. */
export const acceptsGzip = (header: string | undefined): boolean => {
  const weights = new Map(rangesOf(header).map(({ name, weight }) => [name, weight]));
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0;
};

/**
 * Whether a scraper would rather have OpenMetrics 1.0 than text format 0.0.4. Who has no preference gets text, which
 * everybody reads; so does who takes neither, as a body says more than a status 406.
 */
export const prefersOpenMetrics = (header: string | undefined): boolean => {
  const ranges = rangesOf(header);
  const open = matchOf(ranges, 'application', 'openmetrics-text', '1.0.0');
  const text = matchOf(ranges, 'text', 'plain', '0.0.4');
  if (open.weight !== text.weight) return open.weight > text.weight;
  return open.weight > 0 && open.precision > text.precision;
};

/** The range that says most about a media type: with the version, without it, by its first word, by `*`. */
const matchOf = (
  ranges: readonly Range[],
  type: string,
  subtype: string,
  version: string,
): { readonly weight: number; readonly precision: number } => {
  const precisionOf = ({ name, parameters }: Range): number => {
    if (name === `${type}/${subtype}`) {
      const asked = parameters.get('version');
      return asked === undefined ? 3 : asked === version ? 4 : 0;
    }
    return name === `${type}/*` ? 2 : name === '*/*' ? 1 : 0;
  };
  let best = { weight: 0, precision: 0 };
  for (const range of ranges) {
    const precision = precisionOf(range);
    if (precision > best.precision) best = { weight: range.weight, precision };
  }
  return best;
};
