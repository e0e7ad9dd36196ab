/** First line of meaning in a file of a measured load curve: another number is another format. */
export const CURVE_FORMAT = 'negawatt-hardware-1';
