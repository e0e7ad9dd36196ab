import { type Seconds, seconds } from '../units.ts';

/** Seconds in each unit that a duration may be written in. */
const UNITS = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** One number and one unit: `5s`, `1.5h`, `250ms`. */
export const DURATION = /^\d{1,9}(\.\d{1,3})?(ms|s|m|h|d)$/;

/** Reads `5s`, `15m`, `2h`; undefined where the text is no duration. */
export const parseDuration = (text: string): Seconds | undefined => {
  if (!DURATION.test(text)) return undefined;
  const unit = /[a-z]+$/.exec(text)?.[0] as keyof typeof UNITS;
  return seconds(Number(text.slice(0, -unit.length)) * UNITS[unit]);
};
