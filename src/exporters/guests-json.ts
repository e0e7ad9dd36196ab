import { GUEST_FORMAT, GUEST_RANGE, type GuestFeed } from '../model/guest-feed.ts';

/** One guest over HTTP: what its folder holds, in one answer. */
export interface GuestJson {
  readonly format: typeof GUEST_FORMAT;
  readonly id: string;
  readonly name: string;
  readonly workload: string;
  /** Text: a counter in microjoules may not fit a double. It wraps to 0 at `rangeMicrojoules`. */
  readonly energyMicrojoules: string;
  readonly rangeMicrojoules: string;
  readonly quality: GuestFeed['quality'];
  readonly source: string;
  readonly host: string;
  /** Seconds since 1970 UTC, the host's clock. */
  readonly updated: number;
  /** Seconds between two updates. */
  readonly interval: number;
}

export const guestJson = (feed: GuestFeed): GuestJson => ({
  format: GUEST_FORMAT,
  id: feed.id,
  name: feed.workload.labels.name ?? feed.workload.id,
  workload: feed.workload.id,
  energyMicrojoules: String(feed.microjoules),
  rangeMicrojoules: String(GUEST_RANGE),
  quality: feed.quality,
  source: feed.source,
  host: feed.host,
  updated: feed.updated / 1000,
  interval: feed.interval,
});
