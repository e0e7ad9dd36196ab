import { percent } from '../figures.ts';
import { printable } from '../table.ts';

/** What is not known; never shown as 0. */
export const UNKNOWN = '-';

/** Watts to the hundredth, so that the digits of a column stand below one another. */
export const power = (watts: number | undefined): string => {
  if (watts === undefined) return UNKNOWN;
  return watts > 0 && watts < 0.005 ? '<0.01' : watts.toFixed(2);
};

/** Figures here are aligned by spaces: a space that does not break is shown as another sign by some terminals. */
export const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

export const share = (ratio: number | undefined): string =>
  ratio === undefined ? UNKNOWN : plain(percent(ratio));

/** Names that others chose, and all else that an agent sends. */
export const safe = (text: unknown): string => printable(String(text));
