declare const NEGAWATT_VERSION: string | undefined;

/** Version of the build; `development` where the sources run without one. */
export const version: string = typeof NEGAWATT_VERSION === 'string' ? NEGAWATT_VERSION : 'development';
