import type { Weight, Workload } from '../model/workload.ts';

/** Parts of the host and of its GPUs that are kept for a row; 0..1. */
export interface ReservedShare {
  readonly workload: Workload;
  readonly host: number;
  readonly gpu: number;
}

/** Law: the rows' shares and what is left sum to 1, for the host and for its GPUs. */
export interface ReservedShares {
  readonly rows: readonly ReservedShare[];
  /** What nobody reserved; `gpu` is 1 too where there is no GPU. */
  readonly unallocated: { readonly host: number; readonly gpu: number };
}

export interface ReservedInput {
  /** Processors kept for each row, and those of the host; undefined where they could not be read. */
  readonly processors: readonly Weight[];
  readonly ofProcessors: number | undefined;
  /** GPUs kept for each row, and those of the host. */
  readonly gpus: readonly Weight[];
  readonly ofGpus: number;
}

/**
 * Shares of the hardware by what is kept for each row, not by what it used: capacity that stands ready was built for
 * whom it is kept (ISO/IEC 21031, resource share). Reservations beyond what there is share all of it. Pure.
 */
export const reservedShares = (input: ReservedInput): ReservedShares => {
  const rows = new Map<Workload, { host: number; gpu: number }>();
  const give = (weights: readonly Weight[], whole: number, part: 'host' | 'gpu'): number => {
    const total = weights.reduce((sum, { amount }) => sum + amount, 0);
    const divisor = Math.max(whole, total);
    if (!(divisor > 0)) return 1;
    for (const { workload, amount } of weights) {
      const held = rows.get(workload) ?? { host: 0, gpu: 0 };
      held[part] += amount / divisor;
      rows.set(workload, held);
    }
    return Math.max(0, 1 - total / divisor);
  };
  const host = input.ofProcessors === undefined ? 1 : give(input.processors, input.ofProcessors, 'host');
  const gpu = give(input.gpus, input.ofGpus, 'gpu');
  return {
    rows: [...rows].map(([workload, share]) => ({ workload, ...share })),
    unallocated: { host, gpu },
  };
};
