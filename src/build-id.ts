declare const NEGAWATT_BUILD: string | undefined;

/** Hash of the sources that this bundle was made from; undefined where the sources run without one. */
export const buildId: string | undefined = typeof NEGAWATT_BUILD === 'string' ? NEGAWATT_BUILD : undefined;
