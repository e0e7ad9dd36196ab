/** What the simulated hosts are for. Figures are round numbers of ordinary machines, chosen by us: nothing is measured. */
export type RoleName = 'web' | 'database' | 'batch' | 'training' | 'guest';

/** Something that runs on a host and has a control group of its own. */
export interface LabWorkload {
  readonly name: string;
  /** `pod`: a container of Kubernetes; `unit`: a service of systemd; `job`: a step of Slurm, another one every few hours. */
  readonly as: 'pod' | 'unit' | 'job';
  readonly namespace?: string;
  /** Of the processor time that the host uses. */
  readonly share: number;
  /** Of the memory of the host. */
  readonly memory: number;
  /** Processors that are kept for it. */
  readonly requests?: number;
  /** Boards that it computes on, by their numbers. */
  readonly boards?: readonly number[];
  /** Whether the work of the host is counted for it. */
  readonly works?: true;
}

export interface LabRole {
  readonly name: RoleName;
  readonly cpuModel: string;
  readonly sockets: number;
  readonly coresPerSocket: number;
  readonly memoryGib: number;
  /** Power of one package without and with all load, W; the same of the memory beside it. */
  readonly socket: { readonly idle: number; readonly full: number };
  readonly dram: { readonly idle: number; readonly full: number };
  /** Board, fans and disks, W. */
  readonly board: number;
  readonly gpu?: {
    readonly model: string;
    readonly count: number;
    /** The last board is divided into instances. */
    readonly divided: boolean;
    readonly idle: number;
    readonly full: number;
  };
  /** Which meters it has beside those of the processors and boards. */
  readonly bmc: 'energy' | 'none';
  /** What is read: `model` is a guest that sees no meter. */
  readonly meters: 'counters' | 'model';
  readonly unit: string;
  /** Pieces of work of a second at full load. */
  readonly workRate: number;
  /** Share of the processors that is busy whatever is asked of it. */
  readonly background: number;
  /** How demand goes over day and week. */
  readonly rhythm: {
    readonly mean: number;
    readonly day: number;
    readonly weekend: number;
    readonly noise: number;
  };
  readonly workloads: readonly LabWorkload[];
}

const XEON = 'Intel(R) Xeon(R) Gold 6338 CPU @ 2.00GHz';
const AGENT: LabWorkload = { name: 'negawatt.service', as: 'unit', share: 0.01, memory: 0.001 };

export const ROLES: Readonly<Record<RoleName, LabRole>> = {
  web: {
    name: 'web',
    cpuModel: XEON,
    ...{ sockets: 2, coresPerSocket: 32, memoryGib: 256, board: 60 },
    socket: { idle: 45, full: 190 },
    dram: { idle: 6, full: 18 },
    bmc: 'energy',
    meters: 'counters',
    unit: 'requests',
    workRate: 2000,
    background: 0.06,
    rhythm: { mean: 0.45, day: 0.45, weekend: 0.75, noise: 0.1 },
    workloads: [
      { name: 'frontend', as: 'pod', namespace: 'shop', share: 0.6, memory: 0.2, requests: 40, works: true },
      { name: 'cart', as: 'pod', namespace: 'shop', share: 0.25, memory: 0.15, requests: 24 },
      { name: 'search', as: 'pod', namespace: 'shop', share: 0.12, memory: 0.2, requests: 16 },
      AGENT,
    ],
  },
  database: {
    name: 'database',
    cpuModel: XEON,
    ...{ sockets: 2, coresPerSocket: 32, memoryGib: 1024, board: 90 },
    socket: { idle: 45, full: 190 },
    dram: { idle: 20, full: 45 },
    bmc: 'energy',
    meters: 'counters',
    unit: 'transactions',
    workRate: 12_000,
    background: 0.1,
    rhythm: { mean: 0.4, day: 0.35, weekend: 0.8, noise: 0.1 },
    workloads: [
      { name: 'postgresql.service', as: 'unit', share: 0.85, memory: 0.7, works: true },
      { name: 'backup.service', as: 'unit', share: 0.1, memory: 0.02 },
      AGENT,
    ],
  },
  batch: {
    name: 'batch',
    cpuModel: XEON,
    ...{ sockets: 2, coresPerSocket: 32, memoryGib: 512, board: 60 },
    socket: { idle: 45, full: 190 },
    dram: { idle: 10, full: 28 },
    bmc: 'none',
    meters: 'counters',
    unit: 'jobs',
    workRate: 0.05,
    background: 0.02,
    rhythm: { mean: 0.6, day: -0.25, weekend: 0.9, noise: 0.2 },
    workloads: [
      { name: 'render', as: 'job', share: 0.7, memory: 0.4, requests: 48, works: true },
      { name: 'encode', as: 'job', share: 0.25, memory: 0.2, requests: 16 },
      AGENT,
    ],
  },
  training: {
    name: 'training',
    cpuModel: XEON,
    ...{ sockets: 2, coresPerSocket: 32, memoryGib: 1024, board: 250 },
    socket: { idle: 50, full: 190 },
    dram: { idle: 20, full: 45 },
    gpu: { model: 'NVIDIA H100 80GB HBM3', count: 4, divided: true, idle: 70, full: 680 },
    bmc: 'energy',
    meters: 'counters',
    unit: 'training_samples',
    workRate: 4000,
    background: 0.05,
    rhythm: { mean: 0.7, day: 0.05, weekend: 0.95, noise: 0.15 },
    workloads: [
      {
        name: 'trainer',
        as: 'pod',
        namespace: 'research',
        share: 0.7,
        memory: 0.4,
        requests: 64,
        boards: [0, 1],
        works: true,
      },
      {
        name: 'serving',
        as: 'pod',
        namespace: 'research',
        share: 0.2,
        memory: 0.1,
        requests: 16,
        boards: [2],
      },
      {
        name: 'notebook',
        as: 'pod',
        namespace: 'research',
        share: 0.06,
        memory: 0.05,
        requests: 8,
        boards: [3],
      },
      AGENT,
    ],
  },
  guest: {
    name: 'guest',
    cpuModel: 'AMD EPYC 7763 64-Core Processor',
    ...{ sockets: 1, coresPerSocket: 8, memoryGib: 64, board: 10 },
    socket: { idle: 20, full: 60 },
    dram: { idle: 2, full: 5 },
    bmc: 'none',
    meters: 'model',
    unit: 'requests',
    workRate: 300,
    background: 0.05,
    rhythm: { mean: 0.4, day: 0.4, weekend: 0.8, noise: 0.1 },
    workloads: [{ name: 'app.service', as: 'unit', share: 0.9, memory: 0.5, works: true }, AGENT],
  },
};

/** Power of what a host draws at its inlet over what its parts draw: a supply of the better kind. */
export const SUPPLY_EFFICIENCY = 0.94;
