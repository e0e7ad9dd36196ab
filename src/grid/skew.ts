import type { GridResponse } from './client.ts';

/** Clocks that NTP keeps differ by far less; an hour of a provider then starts at another time here. */
const MOST_SKEW_MS = 60_000;

/** What to tell of the two clocks, where they differ. */
export const skewNotes = ({ skew = 0 }: Pick<GridResponse, 'skew'>): readonly string[] => {
  if (Math.abs(skew) <= MOST_SKEW_MS) return [];
  // In steps, so that the same fault is the same note.
  const minutes = Math.max(1, Math.round(Math.abs(skew) / 60_000));
  const direction = skew > 0 ? 'ahead of' : 'behind';
  return [`the clock of the provider is some ${minutes} min ${direction} this host's: set both by NTP`];
};
