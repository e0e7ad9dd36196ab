/**
 * When a provider is asked: each step of the wall clock that fits its period, a little later on each host, so that a
 * fleet never asks at one moment. What is later is the same at each step and after each start.
 */
export interface Timetable {
  /** For node-cron, with seconds, in UTC. */
  readonly expression: string;
  /** The next time after `now`, milliseconds since 1970 UTC. */
  next(now: number): number;
}

/** Seconds that divide a minute, an hour or a day, as a cron expression needs them. */
const STEPS = [
  ...[1, 2, 5, 10, 15, 30],
  ...[60, 120, 180, 240, 300, 360, 600, 720, 900, 1200, 1800],
  ...[3600, 7200, 10_800, 14_400, 21_600, 28_800, 43_200, 86_400],
] as const;

/** Share of the period over which the hosts spread (carbon reference, section 7). */
export const JITTER = 0.1;

/** A share from 0 to 1 that is the same for the same text: FNV-1a with 32 bits (RFC 9923), and a final mix. */
export const shareOf = (text: string): number => {
  let hash = 0x811c_9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x0100_0193);
  // Of texts that differ in their last letter alone FNV leaves the upper bits alike: mixed as MurmurHash3 ends.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
};

/** @param period seconds. @param share where in the spread this host lies, from 0 to 1. */
export const timetable = (period: number, share: number): Timetable => {
  const step = STEPS.findLast((one) => one <= period) ?? 1;
  const offset = Math.floor(share * JITTER * step);
  return {
    expression: expressionOf(step, offset),
    next: (now) => {
      const past = Math.floor((now / 1000 - offset) / step);
      return ((past + 1) * step + offset) * 1000;
    },
  };
};

const expressionOf = (step: number, offset: number): string => {
  const [hours, minutes, seconds] = [Math.floor(offset / 3600), Math.floor(offset / 60) % 60, offset % 60];
  if (step < 60) return `${seconds}-59/${step} * * * * *`;
  if (step < 3600) return `${seconds} ${minutes}-59/${step / 60} * * * *`;
  if (step < 86_400) return `${seconds} ${minutes} ${hours}-23/${step / 3600} * * *`;
  return `${seconds} ${minutes} ${hours} * * *`;
};
