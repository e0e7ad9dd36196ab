import type { LibraryHandle } from 'koffi';

/** A pointer to one device, as the library hands it out. */
export type Device = bigint;
type Out = Uint8Array | Uint32Array | BigUint64Array | null;

/** A function that writes what it is asked for into `out` and returns a code. */
export type Query = (device: Device, out: Out) => number;
type NumberedQuery = (device: Device, which: number, out: Out) => number;
type TextQuery = (device: Device, out: Out, size: number) => number;
type ListQuery = (device: Device, count: Out, out: Out) => number;
type VgpuQuery = (vgpu: number, out: Out) => number;

/**
 * The functions that negawatt calls. A driver that is too old for one has no such symbol: it is undefined, and what it
 * would tell is absent.
 */
export interface Nvml {
  readonly init: (() => number) | undefined;
  readonly shutdown: (() => number) | undefined;
  readonly driverVersion: ((out: Out, size: number) => number) | undefined;
  readonly count: ((out: Out) => number) | undefined;
  readonly deviceAt: ((index: number, out: Out) => number) | undefined;
  readonly uuid: TextQuery | undefined;
  readonly name: TextQuery | undefined;
  readonly pci: Query | undefined;
  readonly energy: Query | undefined;
  readonly power: Query | undefined;
  readonly powerLimit: Query | undefined;
  readonly fields: NumberedQuery | undefined;
  readonly utilization: Query | undefined;
  readonly memory: Query | undefined;
  readonly memoryV2: Query | undefined;
  readonly temperature: NumberedQuery | undefined;
  readonly clock: NumberedQuery | undefined;
  readonly reasons: Query | undefined;
  readonly compute: ListQuery | undefined;
  readonly graphics: ListQuery | undefined;
  readonly mps: ListQuery | undefined;
  readonly valueSamples:
    | ((device: Device, which: number, since: bigint, type: Out, count: Out, out: Out) => number)
    | undefined;
  readonly samples: ((device: Device, out: Out, count: Out, since: bigint) => number) | undefined;
  readonly migMode: ((device: Device, current: Out, pending: Out) => number) | undefined;
  readonly migMost: Query | undefined;
  readonly migAt: NumberedQuery | undefined;
  readonly gpuInstance: Query | undefined;
  readonly computeInstance: Query | undefined;
  readonly attributes: Query | undefined;
  readonly vgpus: ListQuery | undefined;
  readonly vgpuSamples:
    | ((device: Device, since: bigint, type: Out, count: Out, out: Out) => number)
    | undefined;
  readonly vgpuUuid: ((vgpu: number, out: Out, size: number) => number) | undefined;
  readonly vgpuUsed: VgpuQuery | undefined;
  readonly vgpuType: VgpuQuery | undefined;
  readonly vgpuTypeName: ((type: number, out: Out, size: Out) => number) | undefined;
  readonly vgpuTypeMemory: VgpuQuery | undefined;
}

const DEVICE = 'void *';
const OUT = 'void *';

/** Loads koffi and the driver's library. Throws an Error that says why it cannot be loaded. */
export const loadNvml = async (path: string): Promise<Nvml> => {
  const { load } = await import('koffi');
  return functionsOf(load(path));
};

const functionsOf = (library: LibraryHandle): Nvml => {
  const find = <T>(names: string | readonly string[], ...parameters: string[]): T | undefined => {
    for (const name of [names].flat()) {
      try {
        return library.func(name, 'int', parameters) as unknown as T;
      } catch {
        // An older driver: the next name, or none.
      }
    }
    return undefined;
  };
  const query = (...names: string[]): Query | undefined => find(names, DEVICE, OUT);
  const list = (...names: string[]): ListQuery | undefined => find(names, DEVICE, OUT, OUT);
  const numbered = (name: string): NumberedQuery | undefined => find(name, DEVICE, 'int', OUT);
  const words = (name: string): TextQuery | undefined => find(name, DEVICE, OUT, 'uint32');
  const ofVgpu = (name: string): VgpuQuery | undefined => find(name, 'uint32', OUT);
  return {
    init: find('nvmlInit_v2'),
    shutdown: find('nvmlShutdown'),
    driverVersion: find('nvmlSystemGetDriverVersion', OUT, 'uint32'),
    count: find('nvmlDeviceGetCount_v2', OUT),
    deviceAt: find('nvmlDeviceGetHandleByIndex_v2', 'uint32', OUT),
    uuid: words('nvmlDeviceGetUUID'),
    name: words('nvmlDeviceGetName'),
    pci: query('nvmlDeviceGetPciInfo_v3'),
    energy: query('nvmlDeviceGetTotalEnergyConsumption'),
    power: query('nvmlDeviceGetPowerUsage'),
    powerLimit: query('nvmlDeviceGetEnforcedPowerLimit'),
    fields: numbered('nvmlDeviceGetFieldValues'),
    utilization: query('nvmlDeviceGetUtilizationRates'),
    memory: query('nvmlDeviceGetMemoryInfo'),
    memoryV2: query('nvmlDeviceGetMemoryInfo_v2'),
    temperature: numbered('nvmlDeviceGetTemperature'),
    clock: numbered('nvmlDeviceGetClockInfo'),
    // Renamed in the 535 series; both are there since.
    reasons: query('nvmlDeviceGetCurrentClocksEventReasons', 'nvmlDeviceGetCurrentClocksThrottleReasons'),
    // Versions 2 and 3 write the same structure.
    compute: list('nvmlDeviceGetComputeRunningProcesses_v3', 'nvmlDeviceGetComputeRunningProcesses_v2'),
    graphics: list('nvmlDeviceGetGraphicsRunningProcesses_v3', 'nvmlDeviceGetGraphicsRunningProcesses_v2'),
    mps: list('nvmlDeviceGetMPSComputeRunningProcesses_v3', 'nvmlDeviceGetMPSComputeRunningProcesses_v2'),
    valueSamples: find('nvmlDeviceGetSamples', DEVICE, 'int', 'uint64', OUT, OUT, OUT),
    samples: find('nvmlDeviceGetProcessUtilization', DEVICE, OUT, OUT, 'uint64'),
    migMode: find('nvmlDeviceGetMigMode', DEVICE, OUT, OUT),
    migMost: query('nvmlDeviceGetMaxMigDeviceCount'),
    migAt: numbered('nvmlDeviceGetMigDeviceHandleByIndex'),
    gpuInstance: query('nvmlDeviceGetGpuInstanceId'),
    computeInstance: query('nvmlDeviceGetComputeInstanceId'),
    attributes: query('nvmlDeviceGetAttributes_v2'),
    vgpus: list('nvmlDeviceGetActiveVgpus'),
    vgpuSamples: find('nvmlDeviceGetVgpuUtilization', DEVICE, 'uint64', OUT, OUT, OUT),
    vgpuUuid: find('nvmlVgpuInstanceGetUUID', 'uint32', OUT, 'uint32'),
    vgpuUsed: ofVgpu('nvmlVgpuInstanceGetFbUsage'),
    vgpuType: ofVgpu('nvmlVgpuInstanceGetType'),
    vgpuTypeName: find('nvmlVgpuTypeGetName', 'uint32', OUT, OUT),
    vgpuTypeMemory: ofVgpu('nvmlVgpuTypeGetFramebufferSize'),
  };
};
