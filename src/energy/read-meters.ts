import type { Meter, Reading } from '../model/meter.ts';
import { type Seconds, scale } from '../units.ts';
import { advanceCounter, type CounterState, isFrozen } from './counter.ts';
import { integratePower, type PowerState } from './integrate.ts';
import type { MeterEvent, MeterSpan } from './span.ts';

/** Last trusted reading of each meter, by meter id. */
export interface MetersState {
  readonly counters: ReadonlyMap<string, CounterState>;
  readonly powers: ReadonlyMap<string, PowerState>;
  readonly frozen: ReadonlySet<string>;
}

export const initialMeters: MetersState = { counters: new Map(), powers: new Map(), frozen: new Set() };

export interface MeterReport {
  readonly spans: readonly MeterSpan[];
  readonly lastAt: Seconds | undefined;
}

export interface MetersStep {
  readonly state: MetersState;
  readonly reports: ReadonlyMap<string, MeterReport>;
  readonly events: readonly { readonly meter: string; readonly event: MeterEvent }[];
}

/** A running host never draws nothing: 0 W from such a meter is a missing reading (power reference 2.7). */
const NEVER_ZERO: ReadonlySet<string> = new Set(['wall', 'platform_in', 'platform', 'platform_out']);

/**
 * Readings of one tick to spans of energy, meter by meter. Pure.
 *
 * @param hostBusy whether the host worked enough for every real counter to move.
 */
export const readMeters = (
  state: MetersState,
  meters: readonly Meter[],
  readings: readonly Reading[],
  hostBusy: boolean,
): MetersStep => {
  const counters = new Map(state.counters);
  const powers = new Map(state.powers);
  const frozen = new Set(state.frozen);
  const reports = new Map<string, MeterReport>();
  const events: { meter: string; event: MeterEvent }[] = [];
  const byId = new Map(meters.map((meter) => [meter.id, meter]));
  for (const reading of readings) {
    const meter = byId.get(reading.meter);
    if (meter === undefined) continue;
    const report = reports.get(meter.id) ?? { spans: [], lastAt: undefined };
    const step = advance(meter, reading, counters, powers);
    if (step.event !== undefined) events.push({ meter: meter.id, event: step.event });
    const spans = step.span === undefined ? report.spans : [...report.spans, corrected(step.span, meter)];
    reports.set(meter.id, { spans, lastAt: reading.at });
  }
  for (const meter of meters) {
    const counter = counters.get(meter.id);
    if (counter === undefined) continue;
    if (counter.unchangedReads === 0) frozen.delete(meter.id);
    else if (!frozen.has(meter.id) && isFrozen(counter, hostBusy)) {
      frozen.add(meter.id);
      events.push({ meter: meter.id, event: 'frozen' });
    }
  }
  return { state: { counters, powers, frozen }, reports, events };
};

const corrected = (span: MeterSpan, { factor }: Meter): MeterSpan =>
  factor === undefined ? span : { ...span, energy: scale(span.energy, factor) };

const advance = (
  meter: Meter,
  reading: Reading,
  counters: Map<string, CounterState>,
  powers: Map<string, PowerState>,
): { readonly span?: MeterSpan; readonly event?: MeterEvent } => {
  if ('microjoules' in reading) {
    const range = meter.reads.as === 'energy' ? meter.reads.range : undefined;
    const step = advanceCounter(counters.get(meter.id), { ...reading, range, ceiling: meter.ceiling });
    if (step.state !== undefined) counters.set(meter.id, step.state);
    return step;
  }
  const { interval, ceiling } = meter;
  const zeroIsMissing = NEVER_ZERO.has(meter.domain);
  const step = integratePower(powers.get(meter.id), { ...reading, interval, ceiling, zeroIsMissing });
  if (step.state !== undefined) powers.set(meter.id, step.state);
  return step;
};
