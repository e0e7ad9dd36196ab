import type { Reading } from '../model/meter.ts';
import type { Sample } from '../model/sample.ts';
import { bytes, ratio, seconds } from '../units.ts';
import { boardReadings } from './boards.ts';
import { createGroups } from './groups.ts';
import { BMC, boardsOf, metersOf, rangesFor } from './meters.ts';
import { uuid } from './names.ts';
import type { LabRole } from './roles.ts';
import { sourcesOf } from './source-states.ts';
import type { LabTruth } from './truth.ts';

/** Energy that was truly used, J, and work done, since the simulation began. */
export interface LabTotals {
  sockets: number;
  dram: number;
  boards: number;
  inlet: number;
  work: number;
}

export interface Machine {
  /**
   * Lets time pass up to an instant (seconds since 1970 UTC) and reads everything. Undefined while the host is off: then
   * nobody is there to read.
   */
  sampleAt(at: number): Sample | undefined;
  readonly totals: Readonly<LabTotals>;
}

export interface MachineInput {
  readonly host: string;
  readonly role: LabRole;
  /** Seconds since 1970 UTC. */
  readonly since: number;
  /** Seconds between two samples. */
  readonly tick: number;
  readonly truthAt: (at: number) => LabTruth;
  /** Spans in which the host is switched off. */
  readonly off: readonly { readonly from: number; readonly to: number }[];
  /** Spans in which its list of pods cannot be read. */
  readonly silent: readonly { readonly from: number; readonly to: number }[];
  /** Spans in which it has no meter and no load curve. */
  readonly unmetered: readonly { readonly from: number; readonly to: number }[];
}

/** The truth is taken as even for so long, seconds. */
const PIECE = 900;
/** Uptime of a host at its first sample, seconds. */
const UP_BEFORE = 86_400;
const GIB = 2 ** 30;
const isIn = (spans: MachineInput['off'], at: number): boolean =>
  spans.some(({ from, to }) => from <= at && at < to);
const micro = (amount: number): bigint => BigInt(Math.round(amount * 1e6));

/** One simulated host: counters that follow its truth, as the agent's sources hand them on. */
export const createMachine = (input: MachineInput): Machine => {
  const { host, role, since, tick, truthAt, off, silent, unmetered } = input;
  const meters = metersOf(host, role, tick);
  const ranges = rangesFor(tick);
  const boards = boardsOf(host, role);
  const boardIds = boards.map(({ meter }) => meter);
  const groupsAt = createGroups(host, role);
  const processors = role.sockets * role.coresPerSocket * 2;
  const totals: LabTotals = { sockets: 0, dram: 0, boards: 0, inlet: 0, work: 0 };
  /** Counters since boot; `use` by workload. */
  const fresh = () => ({
    busy: 0,
    idle: 0,
    socket: 0,
    dram: 0,
    boards: boards.map(() => 0),
    use: role.workloads.map(() => 0),
    self: 0,
  });
  let now = since;
  let bootId = uuid(`${host} boot 0`);
  let bootedAt = since - UP_BEFORE;
  let boots = 0;
  let count = fresh();
  let inlet = 0;
  let jobs = groupsAt(since);

  const pass = (from: number, to: number): void => {
    const truth = truthAt((from + to) / 2);
    const time = to - from;
    const used = truth.busy * processors * time;
    count.busy += used;
    count.idle += processors * time - used;
    count.socket += truth.socket * time;
    count.dram += truth.dram * time;
    const groups = groupsAt(to);
    role.workloads.forEach(({ as, share }, place) => {
      // A job that has just begun has used nothing yet.
      if (as === 'job' && groups !== jobs) count.use[place] = 0;
      count.use[place] = (count.use[place] ?? 0) + share * used;
    });
    jobs = groups;
    truth.boards.forEach((power, board) => {
      count.boards[board] = (count.boards[board] ?? 0) + power * time;
      totals.boards += power * time;
    });
    count.self += 0.004 * time;
    inlet += truth.inlet * time;
    totals.sockets += role.sockets * truth.socket * time;
    totals.dram += role.sockets * truth.dram * time;
    totals.inlet += truth.inlet * time;
    totals.work += truth.work * time;
  };

  const readings = (at: ReturnType<typeof seconds>): readonly Reading[] => {
    if (role.meters === 'model') return [];
    const sockets = Array.from({ length: role.sockets }, (_, socket) => socket);
    return [
      ...sockets.map((n) => ({
        meter: `package-${n}`,
        at,
        microjoules: micro((count.socket + n * 1000) % ranges.socket),
      })),
      ...sockets.map((n) => ({
        meter: `dram-${n}`,
        at,
        microjoules: micro((count.dram + n * 100) % ranges.dram),
      })),
      ...boardIds.map((meter, board) => ({
        meter,
        at,
        microjoules: micro(count.boards[board] ?? 0),
      })),
      // A BMC goes on while its host is off.
      ...(role.bmc === 'none' ? [] : [{ meter: BMC, at, microjoules: micro(inlet) }]),
    ];
  };

  return {
    totals,
    sampleAt: (to) => {
      while (now < to) {
        const next = Math.min(to, now + PIECE);
        if (isIn(off, now)) {
          bootedAt = next;
          boots += 1;
          bootId = uuid(`${host} boot ${boots}`);
          count = fresh();
        } else pass(now, next);
        now = next;
      }
      if (isIn(off, to)) return undefined;
      const at = seconds(to - bootedAt);
      const truth = truthAt(to);
      const { tree, facts, inside, paths, owners } = groupsAt(to);
      jobs = groupsAt(to);
      const { busy: share } = truth;
      const isMetered = !isIn(unmetered, to);
      const sources = sourcesOf(role, isIn(silent, to), share);
      const modes = { user: 0.75, system: 0.2, softirq: 0.05 };
      const worker = role.workloads.findIndex(({ works }) => works === true);
      const used = bytes((0.25 + 0.5 * truth.busy) * role.memoryGib * GIB);
      return {
        at,
        wall: to * 1000,
        bootId,
        uptime: at,
        ...(isMetered
          ? { meters, readings: readings(at), sources }
          : { meters: [], readings: [], sources: sources.filter(({ quality }) => quality === undefined) }),
        cpu: {
          at,
          processors,
          modes: {
            user: seconds(modes.user * count.busy),
            nice: seconds(0),
            system: seconds(modes.system * count.busy),
            idle: seconds(0.99 * count.idle),
            iowait: seconds(0.01 * count.idle),
            interrupt: seconds(0),
            softirq: seconds(modes.softirq * count.busy),
            steal: seconds(0),
          },
        },
        memory: {
          total: bytes(role.memoryGib * GIB),
          available: bytes(role.memoryGib * GIB - used),
          anonymous: bytes(0.9 * used),
        },
        ...(boards.length === 0
          ? {}
          : { gpuBoards: boards, gpus: boardReadings({ boardIds, role, at, truth, paths }) }),
        groups: {
          at,
          tree,
          cpu: inside.map((all, group) =>
            seconds(group === 0 ? count.busy : all.reduce((sum, place) => sum + (count.use[place] ?? 0), 0)),
          ),
          memory: inside.map(
            (all) =>
              all.reduce((sum, place) => sum + (role.workloads[place]?.memory ?? 0), 0) *
              role.memoryGib *
              GIB,
          ),
        },
        facts,
        work:
          worker < 0
            ? []
            : [
                {
                  // Jobs end; what all of them did is work of the host.
                  workload: role.workloads[worker]?.as === 'job' ? 'host' : (owners[worker] ?? 'host'),
                  unit: role.unit,
                  counter: 'application',
                  total: Math.floor(totals.work),
                },
              ],
        self: { cpu: seconds(count.self), memory: bytes((68 + 4 * ratio(share)) * 2 ** 20) },
      };
    },
  };
};
