/** Lets `burst` pass at once and one more in each `interval`, for as long as it is asked. */
export interface TokenBucket {
  /** Whether one may pass; if so it is taken. */
  take(): boolean;
  /** Gives one back that was not needed. */
  give(): void;
  /** Seconds until one may pass; 0 where one may pass now. */
  wait(): number;
}

/** @param interval seconds. @param now monotonic seconds. */
export const tokenBucket = (
  { burst, interval }: { readonly burst: number; readonly interval: number },
  now: () => number,
): TokenBucket => {
  let tokens = burst;
  let at = now();
  const refill = (): void => {
    const later = now();
    tokens = Math.min(burst, tokens + (later - at) / interval);
    at = later;
  };
  return {
    take: () => {
      refill();
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
    give: () => {
      tokens = Math.min(burst, tokens + 1);
    },
    wait: () => {
      refill();
      return tokens >= 1 ? 0 : (1 - tokens) * interval;
    },
  };
};
