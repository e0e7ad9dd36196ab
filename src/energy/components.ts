import type { Meter } from '../model/meter.ts';
import type { Resource } from '../model/workload.ts';
import {
  atMost,
  energyOf,
  type Joules,
  joules,
  type Seconds,
  seconds,
  subtract,
  sum,
  type Watts,
} from '../units.ts';
import type { Placed } from './containment.ts';
import type { HostBooking, HostSource } from './host-total.ts';
import type { MeterReport } from './read-meters.ts';
import { after } from './span.ts';

/** Energy of one disjoint part of the host that arrived at this tick. */
export interface ComponentSpan {
  readonly id: string;
  readonly resource: Resource;
  readonly meter: Meter | undefined;
  readonly from: Seconds;
  readonly to: Seconds;
  /** What workloads share: one part of the host total. */
  readonly energy: Joules;
  /** What its meter counted, whoever booked the host meanwhile. */
  readonly metered: Joules;
}

/** Id of what the host meter counts beyond its metered components: board, fans, supply loss, unmetered parts. */
export const REST = 'rest';

export interface RestState {
  /** Component energy booked since the host meter last reported. */
  readonly parts: Joules;
  /** By how much parts have exceeded the whole so far; made up for before any rest is booked. */
  readonly excess: Joules;
}

export const initialRest: RestState = { parts: joules(0), excess: joules(0) };

/** Sums that were added in another order differ by rounding: that is no rest and no excess. */
const ROUNDING = 1e-9;

/**
 * The disjoint parts of this tick's energy, and what the host total has beyond them. Pure.
 *
 * Law, at every booking of the host: parts + remainders = host total + excess. The remainder is the rest of the host
 * under a host meter, the curve's own share under a curve (it estimates the whole host, measured parts included), and
 * nothing under the components, but for what a switch to them leaves over. Excess returns to 0 when the whole covers
 * its parts again.
 *
 * @param before what booked the host until this tick, and until when.
 */
export const componentsOf = (
  state: RestState,
  placed: readonly Placed[],
  reports: ReadonlyMap<string, MeterReport>,
  booking: HostBooking | undefined,
  before: { readonly source?: HostSource; readonly bookedUntil: Seconds },
): { readonly state: RestState; readonly spans: readonly ComponentSpan[] } => {
  // What a meter tells late of a time that the curve stood in for is in the rows already, as the curve's.
  const stoodIn = before.source === 'model' && booking?.source === 'components';
  const spans: ComponentSpan[] = [];
  for (const { meter, role, resource } of placed) {
    if (role !== 'component' || resource === undefined) continue;
    const own = reports.get(meter.id)?.spans ?? [];
    const [first, last] = [own[0], own.at(-1)];
    if (first === undefined || last === undefined) continue;
    const counted = stoodIn ? own.flatMap((span) => after(span, before.bookedUntil) ?? []) : own;
    spans.push({
      id: meter.id,
      resource,
      meter,
      from: counted[0]?.from ?? last.to,
      to: last.to,
      energy: sum(counted.map((span) => span.energy)),
      metered: sum(own.map((span) => span.energy)),
    });
  }
  const parts = sum([state.parts, ...spans.map((span) => span.energy)]);
  if (booking === undefined) return { state: { ...state, parts }, spans };
  const model = booking.source === 'model' ? placed.find(({ role }) => role === 'model')?.meter : undefined;
  const difference = booking.energy - parts - state.excess;
  const balance = Math.abs(difference) <= ROUNDING * booking.energy ? 0 : difference;
  if (booking.source !== 'components' || balance > 0) {
    const energy = joules(Math.max(0, balance));
    const [from, to] = timeOfRest(booking, model);
    spans.push({
      id: model?.id ?? REST,
      resource: model?.domain === 'package' ? 'cpu' : 'other',
      meter: model,
      from,
      to,
      energy,
      metered: energy,
    });
  }
  return { state: { parts: joules(0), excess: joules(Math.max(0, -balance)) }, spans };
};

/** A curve's share is of the curve's own time, not of that of the boards beside it; what a switch left over is of none. */
const timeOfRest = (booking: HostBooking, model: Meter | undefined): readonly [Seconds, Seconds] => {
  const { source, from, to, told } = booking;
  if (source === 'components') return [to, to];
  if (source !== 'model' || model === undefined) return [from, to];
  const own = told[model.id];
  return own === undefined ? [to, to] : [own.from, own.to];
};

/** Floor and rest of an amount of energy: `fixed` is at most the energy itself. */
export const splitAtFloor = (
  energy: Joules,
  floor: Watts,
  duration: Seconds,
): { readonly fixed: Joules; readonly dynamic: Joules } => {
  const fixed = atMost(energyOf(floor, seconds(Math.max(0, duration))), energy);
  return { fixed, dynamic: subtract(energy, fixed) };
};
