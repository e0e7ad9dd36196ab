import type { PastJson, PowerJson } from '../../../src/index.ts';

type Resource = PowerJson['powerByResource'][number]['resource'];

/** From the bottom of the chart to its top. */
export const RESOURCES: readonly Resource[] = ['cpu', 'memory', 'gpu', 'other'];

/** Power at one moment: of the host, and by resource; null where nothing metered it. */
export interface Point {
  /** Seconds since 1970 UTC. */
  readonly at: number;
  readonly host: number | null;
  readonly parts: Readonly<Partial<Record<Resource, number | null>>>;
}

/** Live ticks that are held: hours at the usual interval, and never more. */
const MOST_LIVE = 2000;

export interface Series {
  /** Takes up what the agent kept; live points that it covers go. */
  remember(past: PastJson): void;
  add(power: PowerJson): void;
  /** Points from `since` on, oldest first. */
  points(since: number): readonly Point[];
}

export const openSeries = (): Series => {
  let kept: readonly Point[] = [];
  let live: Point[] = [];
  return {
    remember: (past) => {
      kept = pointsOf(past);
      const last = kept.at(-1)?.at ?? 0;
      live = live.filter(({ at }) => at > last);
    },
    add: ({ time, powerWatts, powerByResource }) => {
      const at = Date.parse(time) / 1000;
      if (at <= (live.at(-1)?.at ?? 0)) return;
      live.push({
        at,
        host: powerWatts ?? null,
        parts: Object.fromEntries(powerByResource.map(({ resource, powerWatts: own }) => [resource, own])),
      });
      if (live.length > MOST_LIVE) live = live.slice(-MOST_LIVE);
    },
    points: (since) => {
      const firstLive = live[0]?.at ?? Number.POSITIVE_INFINITY;
      return [...kept.filter(({ at }) => at < firstLive), ...live].filter(({ at }) => at >= since);
    },
  };
};

/** The middle of each step, as a mean is of all of it; steps before the first and after the last figure are left out. */
const pointsOf = ({ starts, stepSeconds, host, domains }: PastJson): readonly Point[] => {
  const points = starts.map((start, i): Point => {
    const parts: Partial<Record<Resource, number | null>> = {};
    for (const { resource = 'other', powerWatts } of domains) {
      const own = powerWatts[i] ?? null;
      if (own !== null) parts[resource] = (parts[resource] ?? 0) + own;
    }
    return { at: start + stepSeconds / 2, host: host.powerWatts[i] ?? null, parts };
  });
  const isKnown = ({ host: power }: Point): boolean => power !== null;
  const first = points.findIndex(isKnown);
  // The step that is under way is told by what is live.
  return first < 0 ? [] : points.slice(first, points.findLastIndex(isKnown) + 1);
};
