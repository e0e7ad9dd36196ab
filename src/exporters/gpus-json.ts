import { type GpuNow, gpusOf } from '../gpu-points.ts';
import type { GpuInstance } from '../model/gpu.ts';
import type { Snapshot } from '../snapshot.ts';
import type { GpuInstanceJson, GpuJson } from './host-json.ts';

/** The boards of a snapshot; undefined where no source knows any. */
export const gpusJson = ({ view, powers }: Snapshot): readonly GpuJson[] | undefined => {
  const gpus = gpusOf(view).map((gpu) => gpuJson(gpu, powers.components.get(gpu.meter)));
  return gpus.length === 0 ? undefined : gpus;
};

const gpuJson = ({ meter, board, reading }: GpuNow, power: GpuJson['powerWatts']): GpuJson =>
  told<GpuJson>({
    hwId: meter,
    vendor: board?.vendor,
    model: board?.model,
    driver: board?.driver,
    pciAddress: board?.pciAddress,
    powerWatts: power,
    powerLimitWatts: board?.powerLimit,
    utilization: reading?.utilization,
    memoryUsedBytes: reading?.memoryUsed,
    memoryTotalBytes: reading?.memoryTotal,
    temperatureCelsius: reading?.temperature,
    clockHertz: reading?.clock,
    memoryClockHertz: reading?.memoryClock,
    throttled: reading?.throttled,
    processes: reading?.processes?.filter(({ left }) => left !== true).length,
    instances: reading?.instances?.map(instanceJson),
  });

const instanceJson = ({
  id,
  kind,
  profile,
  slices,
  utilization,
  memoryUsed,
  memoryTotal,
}: GpuInstance): GpuInstanceJson =>
  told<GpuInstanceJson>({
    id,
    kind,
    profile,
    slices,
    utilization,
    memoryUsedBytes: memoryUsed,
    memoryTotalBytes: memoryTotal,
  });

/** Only the fields that were told: absent is not zero. */
const told = <T>(fields: { readonly [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
