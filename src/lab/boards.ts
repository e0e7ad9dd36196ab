import type { GpuInstance, GpuReading } from '../model/gpu.ts';
import { bytes, celsius, hertz, ratio, type Seconds, watts } from '../units.ts';
import { boardId } from './meters.ts';
import { uuid } from './names.ts';
import type { LabRole } from './roles.ts';
import type { LabTruth } from './truth.ts';

const GIB = 2 ** 30;
const MEMORY = 80 * GIB;
/** Hottest that a board gets before its clocks are held down, and the load from which that happens here. */
const HOT = 0.97;

interface BoardInput {
  readonly host: string;
  readonly role: LabRole;
  readonly at: Seconds;
  readonly truth: LabTruth;
  /** Path of the control group of each workload of the role. */
  readonly paths: readonly string[];
}

/** A board in two: one instance computes, the other one is kept and does little. */
const instancesOf = (host: string, board: number, use: number): readonly GpuInstance[] =>
  (
    [
      ['3g.40gb', 3, use],
      ['1g.10gb', 1, use / 4],
    ] as const
  ).map(([profile, slices, busy], at) => ({
    id: `MIG-${uuid(`${host} board ${board} instance ${at}`)}`,
    kind: 'mig',
    ...{ profile, slices },
    utilization: ratio(busy),
    memoryUsed: bytes(busy * 10 * GIB),
    memoryTotal: bytes(slices * 10 * GIB),
  }));

/** What NVML says of the boards of a host at one instant. */
export const boardReadings = ({ host, role, at, truth, paths }: BoardInput): readonly GpuReading[] =>
  truth.boards.map((power, board) => {
    const use = truth.boardBusy[board] ?? 0;
    const user = role.workloads.findIndex(({ boards }) => boards?.includes(board));
    const divided = role.gpu?.divided === true && board === truth.boards.length - 1;
    const instances = divided ? instancesOf(host, board, use) : undefined;
    const held = user < 0 ? 0 : (0.3 + 0.6 * use) * (divided ? 30 * GIB : MEMORY);
    return {
      meter: boardId(host, board),
      at,
      ...(divided ? {} : { utilization: ratio(use) }),
      power: watts(power),
      memoryUsed: bytes(GIB + held),
      memoryTotal: bytes(MEMORY),
      temperature: celsius(Math.round(32 + 45 * use)),
      clock: hertz(use > HOT ? 1.6e9 : 1.98e9),
      memoryClock: hertz(2.619e9),
      throttled: use > HOT ? ['sw_thermal_slowdown'] : [],
      ...(instances === undefined ? {} : { slices: 7, instances, memoryAllocated: bytes(40 * GIB) }),
      processes:
        user < 0
          ? []
          : [
              {
                pid: 1000 + board,
                group: paths[user] ?? '/',
                memory: bytes(held),
                ...(instances === undefined
                  ? { utilization: ratio(use) }
                  : { instance: instances[0]?.id ?? '' }),
              },
            ],
    };
  });
