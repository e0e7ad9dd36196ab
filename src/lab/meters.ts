import type { GpuBoard } from '../model/gpu.ts';
import type { LoadCurve, Meter } from '../model/meter.ts';
import { joules, ratio, seconds, watts } from '../units.ts';
import { uuid } from './names.ts';
import type { LabRole } from './roles.ts';

/** Ranges of the registers of a server package and of its DRAM (see the fixtures of the sources), J. */
const PACKAGE_RANGE = 262_143.32885;
const DRAM_RANGE = 65_712.999613;
/** Ceilings: above what the simulated parts can draw, and low enough that a tick cannot hide two turns. */
const PACKAGE_CEILING = 420;
const DRAM_CEILING = 105;
/** Longest tick with registers as they are: half of the time in which one at its ceiling turns once. */
export const LONGEST_TICK = Math.floor(
  Math.min(PACKAGE_RANGE / PACKAGE_CEILING, DRAM_RANGE / DRAM_CEILING) / 2,
);

/** Wide enough for a day at the ceiling: for ticks that are longer than a register of 32 bits allows. */
const WIDE_RANGE = 2 ** 48 / 1e6;

/** Where registers turn to 0, J, for ticks of this length. */
export const rangesFor = (tick: number): { readonly socket: number; readonly dram: number } =>
  tick <= LONGEST_TICK
    ? { socket: PACKAGE_RANGE, dram: DRAM_RANGE }
    : { socket: WIDE_RANGE, dram: WIDE_RANGE };

export const BMC = 'redfish-energy';
export const boardId = (host: string, board: number): string => `GPU-${uuid(`${host} board ${board}`)}`;
const pciAddress = (board: number): string => `0000:${(0x1b + 0x20 * board).toString(16)}:00.0`;

/** The curve of a guest, which sees no meter. */
const curveOf = ({ cpuModel, socket, dram, board }: LabRole): LoadCurve => {
  const idle = socket.idle + dram.idle + board;
  const full = socket.full + dram.full + board;
  return {
    name: `${cpuModel}, simulated`,
    citation: 'simulated',
    points: [
      { load: ratio(0), power: watts(idle) },
      { load: ratio(1), power: watts(full) },
    ],
    errorBand: ratio(0.3),
  };
};

/** Meters of a host as the sources for RAPL, NVML, Redfish and the model describe theirs. */
export const metersOf = (host: string, role: LabRole, tick: number): readonly Meter[] => {
  if (role.meters === 'model')
    return [
      {
        ...{ id: 'model', source: 'model', domain: 'platform', label: 'load curve' },
        reads: { as: 'curve', curve: curveOf(role) },
        quality: 'estimated',
        ceiling: watts(20_000),
        interval: seconds(0),
      },
    ];
  const ranges = rangesFor(tick);
  const rapl = (id: string, domain: 'package' | 'dram', socket: number): Meter => ({
    ...{ id, source: 'rapl', domain, label: `${domain} ${socket}`, socket, quality: 'measured' },
    reads: { as: 'energy', range: joules(domain === 'dram' ? ranges.dram : ranges.socket) },
    ceiling: watts(domain === 'dram' ? DRAM_CEILING : PACKAGE_CEILING),
    interval: seconds(0),
  });
  const sockets = Array.from({ length: role.sockets }, (_, socket) => socket);
  return [
    ...sockets.map((socket) => rapl(`package-${socket}`, 'package', socket)),
    ...sockets.map((socket) => rapl(`dram-${socket}`, 'dram', socket)),
    ...Array.from(
      { length: role.gpu?.count ?? 0 },
      (_, board): Meter => ({
        ...{ id: boardId(host, board), source: 'nvml', domain: 'gpu', quality: 'measured' },
        label: role.gpu?.model ?? '',
        reads: { as: 'energy' },
        ceiling: watts(2000),
        interval: seconds(0.1),
        device: pciAddress(board),
      }),
    ),
    ...(role.bmc === 'none'
      ? []
      : [
          {
            ...({ id: BMC, source: 'redfish', domain: 'platform_in', label: 'supplies, counter' } as const),
            reads: { as: 'energy' } as const,
            quality: 'measured' as const,
            ceiling: watts(20_000),
            interval: seconds(60),
          },
        ]),
  ];
};

export const boardsOf = (host: string, { gpu }: LabRole): readonly GpuBoard[] =>
  Array.from({ length: gpu?.count ?? 0 }, (_, board) => ({
    meter: boardId(host, board),
    vendor: 'nvidia',
    model: gpu?.model ?? '',
    driver: '570.86.15',
    pciAddress: pciAddress(board),
    powerLimit: watts(700),
  }));
