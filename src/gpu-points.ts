import type { Labels, MetricName, Point } from './metrics.ts';
import type { GpuBoard, GpuReading } from './model/gpu.ts';
import type { TickView } from './view.ts';

/** A board with what it said last; either may be missing. */
export interface GpuNow {
  /** Id of the board's meter. */
  readonly meter: string;
  readonly board?: GpuBoard;
  /** Absent where the board is silent, or has no driver that tells more than its power. */
  readonly reading?: GpuReading;
}

/** Every board that a source describes or that was read lately. Slow drivers keep their last reading until it is stale. */
export const gpusOf = ({ sample, attributed }: TickView): readonly GpuNow[] => {
  const boards = new Map((sample.gpuBoards ?? []).map((board) => [board.meter, board]));
  const { gpus: seen } = attributed.state.seen;
  return [...new Set([...boards.keys(), ...seen.keys()])].map((meter) => {
    const board = boards.get(meter);
    const reading = seen.get(meter)?.at(-1);
    return {
      meter,
      ...(board === undefined ? {} : { board }),
      ...(reading === undefined ? {} : { reading }),
    };
  });
};

/** Models of all boards, as `negawatt_host_info` names them: `2 x A, B`. */
export const gpuModels = ({ sample: { gpuBoards = [] } }: TickView): string => {
  const counts = new Map<string, number>();
  for (const { model } of gpuBoards) counts.set(model, (counts.get(model) ?? 0) + 1);
  return [...counts].map(([model, count]) => (count === 1 ? model : `${count} x ${model}`)).join(', ');
};

/**
 * Gauges and info of the boards, for `metrics.gpu_details`: some nine series a board. What they say over time is in the
 * counters of busy time and memory, which are always there.
 */
export const gpuPoints = (view: TickView): readonly Point[] => gpusOf(view).flatMap(pointsOfBoard);

const pointsOfBoard = ({ meter, board, reading }: GpuNow): readonly Point[] => {
  const labels = { hw_id: meter };
  return [
    ...gauge('hw_gpu_utilization_ratio', reading?.utilization, labels),
    ...gauge('hw_gpu_memory_usage_bytes', reading?.memoryUsed, labels),
    ...gauge('hw_gpu_memory_limit_bytes', reading?.memoryTotal, labels),
    ...gauge('hw_temperature_celsius', reading?.temperature, { ...labels, hw_type: 'gpu' }),
    ...gauge('negawatt_gpu_clock_hertz', reading?.clock, { ...labels, clock: 'compute' }),
    ...gauge('negawatt_gpu_clock_hertz', reading?.memoryClock, { ...labels, clock: 'memory' }),
    // A label may stand for one value alone, whatever a driver repeats.
    ...[...new Set(reading?.throttled ?? [])].flatMap((reason) =>
      gauge('negawatt_gpu_throttled', 1, { ...labels, reason }),
    ),
    ...gauge('negawatt_gpu_power_limit_watts', board?.powerLimit, labels),
    ...(board === undefined ? [] : gauge('negawatt_gpu_info', 1, { ...labels, ...infoLabels(board) })),
  ];
};

const infoLabels = ({ model, vendor, driver = '', pciAddress = '' }: GpuBoard): Labels => ({
  model,
  vendor,
  driver,
  pci_address: pciAddress,
});

/** No series where nothing was read: absent is not zero. */
const gauge = (metric: MetricName, value: number | undefined, labels: Labels): readonly Point[] =>
  value === undefined ? [] : [{ metric, labels, value }];
