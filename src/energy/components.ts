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
import type { HostBooking } from './host-total.ts';
import type { MeterReport } from './read-meters.ts';

/** Energy of one disjoint part of the host that arrived at this tick. */
export interface ComponentSpan {
  readonly id: string;
  readonly resource: Resource;
  readonly meter: Meter | undefined;
  readonly from: Seconds;
  readonly to: Seconds;
  readonly energy: Joules;
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

/**
 * The disjoint parts of this tick's energy, and the rest that the host meter adds. Pure.
 *
 * Law: over time, components + rest = host total + excess, and excess returns to 0 when the whole covers its parts.
 */
export const componentsOf = (
  state: RestState,
  placed: readonly Placed[],
  reports: ReadonlyMap<string, MeterReport>,
  booking: HostBooking | undefined,
): { readonly state: RestState; readonly spans: readonly ComponentSpan[] } => {
  const spans: ComponentSpan[] = [];
  for (const { meter, role, resource } of placed) {
    if (role !== 'component' || resource === undefined) continue;
    const own = reports.get(meter.id)?.spans ?? [];
    const first = own[0];
    const last = own.at(-1);
    if (first === undefined || last === undefined) continue;
    // At a switch to the components their first span may overlap what the model booked: only the remainder counts.
    const cut = booking?.source === 'components' && booking.changed;
    const energy = cut ? (booking.byMeter[meter.id] ?? joules(0)) : sum(own.map((span) => span.energy));
    spans.push({ id: meter.id, resource, meter, from: first.from, to: last.to, energy });
  }
  const parts = sum([state.parts, ...spans.map((span) => span.energy)]);
  if (booking === undefined) return { state: { ...state, parts }, spans };
  const isModel = booking.source === 'model';
  const model = isModel ? placed.find(({ role }) => role === 'model')?.meter : undefined;
  const isWhole = isModel
    ? model !== undefined && model.id in booking.byMeter
    : booking.source !== 'components';
  if (!isWhole) return { state: { ...state, parts: joules(0) }, spans };
  // A curve estimates the whole host too: what some of its parts still measure must not be counted a second time.
  const balance = booking.energy - parts - state.excess;
  spans.push({
    id: model?.id ?? REST,
    resource: model?.domain === 'package' ? 'cpu' : 'other',
    meter: model,
    from: booking.from,
    to: booking.to,
    energy: joules(Math.max(0, balance)),
  });
  return { state: { parts: joules(0), excess: joules(Math.max(0, -balance)) }, spans };
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
