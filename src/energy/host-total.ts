import type { Quality } from '../model/meter.ts';
import { add, type Joules, joules, powerOf, type Seconds, seconds, sum, type Watts } from '../units.ts';
import { HOST_KINDS, type HostKind } from './containment.ts';
import { after, type MeterSpan } from './span.ts';

/** Where the host total may come from, most trusted first (power reference, section 3). */
export const HOST_SOURCES = [...HOST_KINDS, 'components', 'model'] as const;
export type HostSource = HostKind | 'components' | 'model';

/** One way to know the whole host's energy at this tick. */
export interface Candidate {
  readonly source: HostSource;
  /** Whose meters these are, where several sources may offer this kind: they count the same thing and are never added. */
  readonly reader?: string;
  /** Of the same reader in another way, such as its energy counter beside its power: never added to it either. */
  readonly repeats?: boolean;
  readonly quality: Quality;
  /** Whether it counts everything in the host: components and package curves leave out board and supply. */
  readonly complete: boolean;
  /** Meters that it adds up, each with what it reported since the last tick, in order of time. */
  readonly meters: readonly {
    readonly id: string;
    readonly spans: readonly MeterSpan[];
    /** Left out while it is silent for longer than the patience: a board that hangs must not stop the host total. */
    readonly optional?: boolean;
  }[];
  /** Longest wait for the next report before the next best candidate takes over. */
  readonly patience: Seconds;
}

interface Waiting {
  readonly spans: readonly MeterSpan[];
  /** End of the newest report; the time it was first offered until there is one. */
  readonly heardAt: Seconds;
  /** It reports, but of a time that another source has booked already: it is waited for, else it could never take over. */
  readonly late?: true;
}

export interface HostTotalState {
  /** Every instant before this one is booked, or lost for good. */
  readonly bookedUntil: Seconds;
  readonly source?: HostSource;
  /** Which of the candidates of that source it is, from `nameOf`; absent in a state saved before there were several. */
  readonly candidate?: string;
  readonly reader?: string;
  /** Quality and completeness of that source. */
  readonly quality?: Quality;
  readonly complete?: boolean;
  readonly waiting: Readonly<Record<string, Waiting>>;
  /** By meter of that source; absent in a state that was saved before it was kept. */
  readonly powers?: Readonly<Record<string, ToldPower>>;
}

/** From where to where a meter tells, and of how much time between: pieces that another source booked are cut out. */
export interface MeterTime {
  readonly from: Seconds;
  readonly to: Seconds;
  readonly duration: Seconds;
}

/** Mean power that a meter told last, and until when that was. */
interface ToldPower {
  readonly power: Watts;
  readonly until: Seconds;
}

export interface HostBooking {
  readonly source: HostSource;
  readonly quality: Quality;
  readonly complete: boolean;
  readonly energy: Joules;
  readonly from: Seconds;
  readonly to: Seconds;
  /** What each meter of the source contributed. */
  readonly byMeter: Readonly<Record<string, Joules>>;
  /** Of what time each of them tells. They are not read at one instant, nor equally often: their times overlap. */
  readonly told: Readonly<Record<string, MeterTime>>;
  /**
   * Mean power: the sum of the meters', each over the time that it tells of, its last one where it told nothing now;
   * undefined where none told of any.
   */
  readonly power: Watts | undefined;
  /** Time of which nothing was booked before. */
  readonly covered: Seconds;
  /** The source differs from the one that booked before. */
  readonly changed: boolean;
}

export const initialHostTotal: HostTotalState = { bookedUntil: seconds(0), waiting: {} };

/** Spans that wait for their candidate's turn are kept this long at most: memory stays bounded. */
const LONGEST_WAIT = seconds(3600);

/** Name of a candidate: its kind, and whose it is where several may be there. */
export const nameOf = ({ source, reader, repeats }: Candidate): string =>
  `${source}${reader === undefined ? '' : `/${reader}`}${repeats === true ? '/counter' : ''}`;

const keyOf = (candidate: Candidate, meter: string): string => `${nameOf(candidate)} ${meter}`;

const isCurrent = (candidate: Candidate, state: HostTotalState): boolean =>
  candidate.source === state.source &&
  (state.candidate === undefined || state.candidate === nameOf(candidate));

/** What waits for a silent meter of the same source, as one span: it is booked as a whole, however long that takes. */
const joined = (spans: readonly MeterSpan[]): readonly MeterSpan[] => {
  const first = spans[0];
  const last = spans.at(-1);
  if (first === undefined || last === undefined || first === last) return spans;
  return [{ from: first.from, to: last.to, energy: sum(spans.map(({ energy }) => energy)) }];
};

const withSpan = (held: MeterTime | undefined, { from, to }: MeterSpan): MeterTime => ({
  from: seconds(Math.min(held?.from ?? from, from)),
  to: seconds(Math.max(held?.to ?? to, to)),
  duration: seconds((held?.duration ?? 0) + to - from),
});

/** What each meter of a candidate draws: as it tells now, or as it told last while that is waited for. */
const powersOf = (
  chosen: Candidate,
  before: HostTotalState['powers'],
  { byMeter, told }: Pick<HostBooking, 'byMeter' | 'told'>,
  now: Seconds,
): Readonly<Record<string, ToldPower>> => {
  const powers: Record<string, ToldPower> = {};
  for (const { id } of chosen.meters) {
    const [energy, time, last] = [byMeter[id], told[id], before?.[id]];
    if (energy !== undefined && time !== undefined && time.duration > 0)
      powers[id] = { power: powerOf(energy, time.duration), until: time.to };
    else if (last !== undefined && now - last.until <= chosen.patience) powers[id] = last;
  }
  return powers;
};

/**
 * Books the host's energy from exactly one candidate. Pure. Candidates of one kind are taken in the order of the list.
 *
 * The most trusted candidate that has reported within its patience is taken, also while its first report is still
 * awaited; what it reports before `bookedUntil` was booked from another one and is cut off, pro rata. So a switch
 * happens at the end of the last booked span and no instant is counted twice. A better one that comes back and tells of
 * each interval after the next tick is waited for within its patience: what the others report meanwhile is kept.
 */
export const bookHost = (
  state: HostTotalState,
  candidates: readonly Candidate[],
  now: Seconds,
): { readonly state: HostTotalState; readonly booking?: HostBooking } => {
  const waiting: Record<string, Waiting> = {};
  for (const candidate of candidates) {
    for (const meter of candidate.meters) {
      const before = state.waiting[keyOf(candidate, meter.id)];
      const current = isCurrent(candidate, state);
      const spans = [...(before?.spans ?? []), ...meter.spans].filter(
        (span) => current || (span.to > state.bookedUntil && span.to > now - LONGEST_WAIT),
      );
      const heardAt = meter.spans.at(-1)?.to ?? before?.heardAt ?? now;
      const late = !current && spans.length === 0 && (meter.spans.length > 0 || before?.late === true);
      waiting[keyOf(candidate, meter.id)] = {
        spans: current ? joined(spans) : spans,
        heardAt,
        ...(late ? { late } : {}),
      };
    }
  }
  // Only the very first source is waited for, and one that reports late, whose time is kept for it: later on, one that
  // has not reported yet would leave a hole.
  const mayTake = (candidate: Candidate): boolean =>
    candidate.meters.every(({ id, optional }) => {
      const held = waiting[keyOf(candidate, id)];
      if (held === undefined || now - held.heardAt > candidate.patience) return optional === true;
      if (state.source === undefined || isCurrent(candidate, state)) return true;
      return held.spans.length > 0 || held.late === true;
    });
  const chosen = [...candidates]
    .sort((a, b) => HOST_SOURCES.indexOf(a.source) - HOST_SOURCES.indexOf(b.source))
    .find(mayTake);
  if (chosen === undefined) return { state: { ...state, waiting } };

  // Two ways to read one meter are one source: only the booking has to be cut where one takes over.
  const switched =
    state.source !== undefined &&
    (state.source !== chosen.source || (state.candidate !== undefined && state.reader !== chosen.reader));
  let energy = joules(0);
  const byMeter: Record<string, Joules> = {};
  const told: Record<string, MeterTime> = {};
  let from: number = Number.POSITIVE_INFINITY;
  let to: number = state.bookedUntil;
  for (const meter of chosen.meters) {
    const key = keyOf(chosen, meter.id);
    const held = waiting[key];
    if (held === undefined) continue;
    for (const span of held.spans) {
      const left = isCurrent(chosen, state) ? span : after(span, state.bookedUntil);
      if (left === undefined) continue;
      energy = add(energy, left.energy);
      byMeter[meter.id] = add(byMeter[meter.id] ?? joules(0), left.energy);
      told[meter.id] = withSpan(told[meter.id], left);
      from = Math.min(from, left.from);
      to = Math.max(to, left.to);
    }
    waiting[key] = { ...held, spans: [] };
  }
  if (from === Number.POSITIVE_INFINITY) return { state: { ...state, waiting } };
  const powers = powersOf(
    chosen,
    isCurrent(chosen, state) ? state.powers : undefined,
    { byMeter, told },
    now,
  );
  const booking: HostBooking = {
    source: chosen.source,
    quality: chosen.quality,
    complete: chosen.complete,
    energy,
    from: seconds(from),
    to: seconds(to),
    byMeter,
    told,
    power: Object.keys(powers).length === 0 ? undefined : sum(Object.values(powers).map((one) => one.power)),
    covered: seconds(to - Math.min(Math.max(from, state.bookedUntil), to)),
    changed: switched,
  };
  const { source, quality, complete, to: bookedUntil } = booking;
  const { reader } = chosen;
  const which = { candidate: nameOf(chosen), ...(reader === undefined ? {} : { reader }) };
  return { state: { bookedUntil, source, ...which, quality, complete, waiting, powers }, booking };
};
