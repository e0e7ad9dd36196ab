import { createNoise, type Noise } from './noise.ts';
import { type LabRole, SUPPLY_EFFICIENCY } from './roles.ts';

/** Something that is done to hosts: from one instant on (seconds since 1970 UTC), and while it is on. */
export interface LabChange {
  readonly from: number;
  readonly until?: number;
  /** Of a test that goes on and off; left out: always on. */
  readonly isOn?: (at: number) => boolean;
  /** What each is multiplied by while it is on. */
  readonly demand?: number;
  readonly background?: number;
  /** Power without load, of processors and board. */
  readonly idle?: number;
  /** Processor time that a piece of work takes. */
  readonly perWork?: number;
  /** Power of the boards above idle. */
  readonly gpu?: number;
}

/** What a host does at one instant: the truth, which meters and counters can only follow. W, and shares from 0 to 1. */
export interface LabTruth {
  readonly busy: number;
  /** Pieces of work of a second. */
  readonly work: number;
  readonly socket: number;
  readonly dram: number;
  readonly boards: readonly number[];
  readonly boardBusy: readonly number[];
  /** At the inlet of the host. */
  readonly inlet: number;
}

export interface TruthInput {
  readonly seed: string;
  readonly role: LabRole;
  /** Growth of demand in a year, 0.2 is 20 %, from `since` on. */
  readonly growth: number;
  readonly since: number;
  readonly changes: readonly LabChange[];
}

const DAY = 86_400;
const YEAR = 365 * DAY;
/** 1970-01-01 was a Thursday: day 2 is a Saturday. */
const isWeekend = (at: number): boolean => [2, 3].includes(Math.floor(at / DAY) % 7);
const within = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/**
 * A host as it truly is, a pure function of time and seed.
 *
 * Demand follows the hour, the weekend, a growth and noise of hours and days; load is demand and what runs anyway; power
 * is that without load, what the load adds, and a little noise. Hosts of one role differ by a few per cent.
 */
export const createTruth = ({
  seed,
  role,
  growth,
  since,
  changes,
}: TruthInput): ((at: number) => LabTruth) => {
  const { rhythm, gpu } = role;
  const noise = (name: string, period: number): Noise => createNoise(`${seed} ${name}`, period);
  const [slow, fast, drift, spread] = [
    noise('days', 2 * DAY),
    noise('hours', 2700),
    noise('power', 5 * DAY),
    noise('host', YEAR * 1000),
  ];
  const boardNoise = Array.from({ length: gpu?.count ?? 0 }, (_, board) => noise(`board ${board}`, 5400));
  const own = 1 + 0.04 * spread(since);
  return (at) => {
    const on = changes.filter(
      ({ from, until = Number.POSITIVE_INFINITY, isOn }) => from <= at && at < until && isOn?.(at) !== false,
    );
    const by = (what: 'demand' | 'background' | 'idle' | 'perWork' | 'gpu'): number =>
      on.reduce((product, change) => product * (change[what] ?? 1), 1);
    const hour = (at % DAY) / 3600;
    // Busiest in the early afternoon; a negative share is work of the night.
    const daily = 1 + rhythm.day * Math.cos(((hour - 14) * Math.PI) / 12);
    const weekly = isWeekend(at) ? rhythm.weekend : 1;
    const wander = Math.exp(rhythm.noise * (0.7 * slow(at) + 0.7 * fast(at)));
    const grown = (1 + growth) ** ((at - since) / YEAR);
    const demand = rhythm.mean * daily * weekly * wander * grown * by('demand');
    const background = role.background * by('background');
    const served = within(demand, 0.01, (0.98 - background) / by('perWork'));
    const busy = within(background + served * by('perWork'), 0.005, 0.99);
    const calm = own * by('idle') * (1 + 0.02 * drift(at));
    const socket = role.socket.idle * calm + (role.socket.full - role.socket.idle) * busy;
    const dram = role.dram.idle + (role.dram.full - role.dram.idle) * busy;
    const boardBusy = boardNoise.map((wanders) => within(served * (1 + 0.15 * wanders(at)), 0, 1));
    const boards = boardBusy.map((use) =>
      gpu === undefined ? 0 : gpu.idle + (gpu.full - gpu.idle) * use * by('gpu'),
    );
    const parts = role.sockets * (socket + dram) + boards.reduce((sum, power) => sum + power, 0);
    return {
      ...{ busy, socket, dram, boards, boardBusy },
      work: role.workRate * served,
      inlet: (parts + role.board * calm + 0.04 * parts) / SUPPLY_EFFICIENCY,
    };
  };
};
