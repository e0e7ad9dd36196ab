import type { Snapshot } from '../snapshot.ts';
import { createGrid, type LabGrid, type LabGridOptions } from './grid.ts';
import { createLabHost, type LabHost, type LabHostInput, type LabHostSpec } from './host.ts';
import { LONGEST_TICK } from './meters.ts';
import { ROLES } from './roles.ts';

export interface LabFleetOptions {
  readonly seed: string;
  readonly hosts: readonly LabHostSpec[];
  /** Seconds since 1970 UTC; whole multiples of the step. */
  readonly from: number;
  readonly to: number;
  /** When its weather and its oldest hosts began, where they are looked at later; left out: `from`. */
  readonly began?: number;
  /** Seconds between two scrapes; divides an hour, or is one. */
  readonly step: number;
  readonly version: string;
  readonly greener?: LabGridOptions['greener'];
  readonly armsAt?: LabHostInput['armsAt'];
}

export interface LabScrape {
  readonly host: LabHost;
  /** Undefined while the host is off. */
  readonly snapshot: Snapshot | undefined;
}

export interface LabFleet {
  readonly hosts: readonly LabHost[];
  readonly grid: LabGrid;
  /** Every scrape in order of time, each host once at a time; the hosts' clocks go on with it. */
  scrapes(): Generator<{ readonly at: number; readonly all: readonly LabScrape[] }>;
}

/** What is known of a board at an instant holds for two minutes (`LONGEST_UNSEEN`): hosts with boards are read more often. */
const BOARD_TICK = 100;

/**
 * Length of a tick: the step, or a whole part of it, so that no board is out of sight and no register can turn twice.
 * Steps of above half of a register's turn are for histories alone: there the registers are wide, and boards are metered
 * but nobody knows how busy they were.
 */
const tickOf = (spec: LabHostSpec, step: number): number => {
  const most = ROLES[spec.role].gpu === undefined ? Math.max(step, 1) : BOARD_TICK;
  return step > LONGEST_TICK || step <= most ? step : step / Math.ceil(step / most);
};

/** Simulated hosts with the agent's engine on each, on one clock that only the caller moves. */
export const createLabFleet = (options: LabFleetOptions): LabFleet => {
  const { seed, from, to, step, version, greener, armsAt, began = from } = options;
  const grid = createGrid({ seed, since: began, ...(greener === undefined ? {} : { greener }) });
  const made = options.hosts.map((spec) => {
    const tick = tickOf(spec, step);
    const more = armsAt === undefined ? {} : { armsAt };
    const since = Math.max(from, spec.from ?? from);
    const born = Math.max(began, spec.from ?? from);
    const host = createLabHost({ spec, seed, born, since, tick, step, grid, version, ...more });
    return { since, tick, host };
  });
  return {
    grid,
    hosts: made.map(({ host }) => host),
    *scrapes() {
      for (let at = from; at <= to; at += step) {
        const there = made.filter(({ since }) => since <= at);
        const all = there.map(({ host, tick, since }): LabScrape => {
          for (let early = at - step + tick; at > since && early < at; early += tick) host.tickAt(early);
          return { host, snapshot: host.tickAt(at) };
        });
        yield { at, all };
      }
    },
  };
};
