import { joules, type Seconds, seconds, sum, type Watts, watts } from '../units.ts';
import type { MeteringStep } from './metering.ts';
import type { MeterSpan } from './span.ts';

/** Mean power of each metered GPU board in its last span, by meter id. */
export type BoardPowers = ReadonlyMap<string, Watts>;

export const boardPowersAfter = (before: BoardPowers, { components }: MeteringStep): BoardPowers => {
  const powers = new Map(before);
  for (const { id, resource, energy, from, to } of components) {
    if (resource === 'gpu' && to > from) powers.set(id, watts(energy / (to - from)));
  }
  return powers;
};

/**
 * Energy of the host without its metered GPU boards, which a load curve leaves out and the model adds from their own
 * meters; undefined at a tick at which the host's meter did not report.
 */
export const spanWithoutBoards = (step: MeteringStep, boards: BoardPowers): MeterSpan | undefined => {
  const { host, components, placed } = step;
  if (host === undefined) return undefined;
  if (host.source !== 'components') {
    const { to, covered } = host;
    const drawn = sum([...boards.values()]) * covered;
    return { from: seconds(to - covered), to, energy: joules(Math.max(0, host.energy - drawn)) };
  }
  const wanted = placed.filter(({ role, resource }) => role === 'component' && resource !== 'gpu');
  const parts = components.filter(({ id }) => wanted.some(({ meter }) => meter.id === id));
  if (parts.length < wanted.length || parts.length === 0) return undefined;
  const edge = (pick: (...all: number[]) => number, side: 'from' | 'to'): Seconds =>
    seconds(pick(...parts.map((part) => part[side])));
  return {
    from: edge(Math.min, 'from'),
    to: edge(Math.max, 'to'),
    energy: sum(parts.map(({ energy }) => energy)),
  };
};
