import type { HistoryEngine, openComparing, TimeWindow, WorkTerm } from '../src/index.ts';
import { CommandError, USAGE } from './exit.ts';
import type { HistoryFlags } from './history.ts';
import { parseInstant, parseRange } from './time-range.ts';

/** Options of the command line, as commander names them. */
export interface CompareOptions extends HistoryFlags {
  readonly at?: string;
  readonly before?: string;
  readonly after?: string;
  readonly a?: string;
  readonly b?: string;
  readonly over?: string;
  readonly measure?: string;
  readonly hosts?: string;
  readonly work?: readonly string[];
  readonly factor?: number;
  readonly tz?: string;
  readonly details?: boolean;
  readonly evidence?: string;
  readonly exitCode?: boolean;
  readonly draftPlan?: boolean;
}

export type Comparing = Awaited<ReturnType<typeof openComparing>>;

interface SidesAsked {
  readonly engine: HistoryEngine;
  readonly options: CompareOptions;
  /** Seconds since 1970 UTC. */
  readonly now: number;
}

const parts = (text: string): readonly string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);

/** Names, or labels where each part has a `=`. */
const selectorOf = (text: string | undefined) => {
  if (text === undefined) return {};
  const all = parts(text);
  if (!all.every((part) => part.includes('='))) return { hosts: all };
  return {
    match: Object.fromEntries(all.map((part) => part.split(/=(.*)/s).slice(0, 2) as [string, string])),
  };
};

/** `requests`, or `requests=QUERY` for an engine that can be queried; else what a file counts by itself. */
const workOf = ({ work }: CompareOptions, { about }: HistoryEngine): readonly WorkTerm[] => {
  if (work === undefined || work.length === 0) return (about.units ?? []).map((unit) => ({ unit }));
  return work.map((text) => {
    const at = text.indexOf('=');
    return at < 0 ? { unit: text } : { unit: text.slice(0, at), query: text.slice(at + 1) };
  });
};

const HOUR = 3600;
const whole = ({ from, to }: TimeWindow): TimeWindow => ({
  from: Math.floor(from / HOUR) * HOUR,
  to: Math.ceil(to / HOUR) * HOUR,
});

/** Who is compared with whom, over what, and the work that is counted. Throws CommandError where it was not said. */
export const sidesOf = async (comparing: Comparing, { engine, options, now }: SidesAsked) => {
  const { at, before, after, a, b, over, tz = 'UTC', hosts } = options;
  const work = workOf(options, engine);
  const listed = async (selector: ReturnType<typeof selectorOf>, window: TimeWindow) => {
    const found = (await engine.list(selector, window)).map(({ host }) => host);
    if (found.length > 0) return found;
    throw new CommandError(
      `no host with energy is known from ${new Date(window.from * 1000).toISOString()} to ${new Date(window.to * 1000).toISOString()} in ${engine.about.where}: choose other dates or hosts`,
    );
  };
  if (a !== undefined || b !== undefined) {
    if (a === undefined || b === undefined || over === undefined)
      throw new CommandError('name both pools and the time: --a SELECTOR --b SELECTOR --over FROM/TO', USAGE);
    const window = whole(parseRange(over, tz));
    const side = async (label: string) => ({ label, window, hosts: await listed(selectorOf(label), window) });
    return { before: await side(a), after: await side(b), work };
  }
  const [first, second] = await windowsOf(comparing, { engine, at, before, after, tz, now, hosts });
  const all = await listed(selectorOf(hosts), { from: first.from, to: second.to });
  return {
    before: { label: 'before', window: first, hosts: all },
    after: { label: 'after', window: second, hosts: all },
    work,
  };
};

const windowsOf = async (
  comparing: Comparing,
  asked: {
    readonly engine: HistoryEngine;
    readonly at: string | undefined;
    readonly before: string | undefined;
    readonly after: string | undefined;
    readonly tz: string;
    readonly now: number;
    readonly hosts: string | undefined;
  },
): Promise<readonly [TimeWindow, TimeWindow]> => {
  const { engine, at, before, after, tz, now, hosts } = asked;
  if (before !== undefined && after !== undefined)
    return [whole(parseRange(before, tz)), whole(parseRange(after, tz))];
  if (at === undefined)
    throw new CommandError(
      'say what to compare: --at DATE, --before FROM/TO with --after FROM/TO, --a and --b with --over, or --measure NAME',
      USAGE,
    );
  const change = Math.floor(parseInstant(at, tz) / HOUR) * HOUR;
  const span = await engine.span(selectorOf(hosts));
  if (span === undefined || change <= span.from || change >= Math.min(span.to, now))
    throw new CommandError(
      span === undefined
        ? `no energy of these hosts is known in ${engine.about.where}`
        : `${at} is outside of what is known of these hosts, ${minuteOf(span.from)} to ${minuteOf(span.to)} UTC; ${
            engine.about.engine === 'local'
              ? 'name a date between, or where more is known: --prometheus URL or --csv FILE'
              : 'name a date between'
          }`,
    );
  return comparing.weeksAround(change, { from: span.from, to: Math.min(span.to, now) });
};

/** `2026-11-27 02:00`. @param at seconds since 1970 UTC. */
const minuteOf = (at: number): string => new Date(at * 1000).toISOString().slice(0, 16).replace('T', ' ');
