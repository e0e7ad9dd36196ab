import type { GramsCO2e, Seconds } from '../units.ts';

/**
 * How a figure of embodied emissions was come by, best first: the operator's own figure; the manufacturer's sheet of
 * this model, with what this host has beyond the sheet's configuration; a sum of components; a constant.
 */
export type EmbodiedMethod = 'own' | 'manufacturer' | 'components' | 'default';

/** Life cycle stages that a figure counts; use is never among them. */
export type EmbodiedBoundary = 'manufacturing' | 'cradle-to-gate' | 'unstated';

/**
 * - `stated`: the operator vouches for it. - `published`: as its manufacturer published it for this configuration.
 * - `estimated`: from published figures of something alike. - `placeholder`: a round number that stands for all.
 */
export type EmbodiedQuality = 'stated' | 'published' | 'estimated' | 'placeholder';

/** Emissions of making one thing, over its whole life, with all that a figure must carry. */
export interface EmbodiedFigure {
  /** What it is of: the product of the host, the model of a GPU. */
  readonly item: string;
  readonly grams: GramsCO2e;
  readonly method: EmbodiedMethod;
  readonly quality: EmbodiedQuality;
  readonly boundary: EmbodiedBoundary;
  /** Publication or document, one line. */
  readonly source: string;
  readonly licence: string;
  /** Whether GPUs are inside it: then they are not counted beside it. */
  readonly includesGpus?: boolean;
  /** What was added to a published figure or stands behind it; one line. */
  readonly detail?: string;
}

/** One published figure, per item or per GB. */
export interface EmbodiedConstant {
  readonly grams: GramsCO2e;
  readonly boundary: EmbodiedBoundary;
  readonly source: string;
  readonly licence: string;
}

/** Figures of the parts that a host is summed from. */
export interface ComponentConstants {
  /** A server with one processor, `baseMemoryGb` and no disk. */
  readonly base: EmbodiedConstant;
  readonly baseMemoryGb: number;
  /** Each further processor. */
  readonly processor: EmbodiedConstant;
  /** Each GB of memory above the base. */
  readonly memoryGb: EmbodiedConstant;
  readonly rotatingDisk: EmbodiedConstant;
  readonly solidDisk: EmbodiedConstant;
  /** A GPU of any model. */
  readonly gpu: EmbodiedConstant;
}

/** A manufacturer's footprint of one server, with the configuration that it was made for. */
export interface ServerSheet extends EmbodiedConstant {
  readonly vendor: string;
  readonly model: string;
  readonly processors: number;
  readonly memoryGb: number;
  readonly rotatingDisks: number;
  readonly solidDisks: number;
  /** GPUs inside the figure. */
  readonly gpus: number;
  /** Year, or year and month, of the sheet. */
  readonly date: string;
}

/** A figure for GPUs under the names that their driver gives them. */
export interface GpuFigure extends EmbodiedConstant {
  readonly names: readonly string[];
  readonly quality: EmbodiedQuality;
}

export interface EmbodiedTables {
  readonly components: ComponentConstants;
  readonly gpus: readonly GpuFigure[];
  /** Empty where their file was taken away. */
  readonly sheets: readonly ServerSheet[];
}

/** A figure that the operator states, from a document. */
export interface OwnEmbodied {
  readonly kg: number;
  readonly source: string;
  /** Left out: unstated. */
  readonly boundary?: EmbodiedBoundary | undefined;
}

/** Model of a GPU that is metered and that no driver describes, until one does. */
export const UNKNOWN_GPU = 'unknown GPU';

/** What holds for a host: chosen from the inventory, the tables and the configuration. */
export interface EmbodiedPolicy {
  /** Absent for a guest, whose hardware is that of its host. */
  readonly host:
    | { readonly found: true; readonly value: EmbodiedFigure }
    | { readonly found: false; readonly reason: string; readonly fix: string };
  /** Own figures by model, as the driver says it. */
  readonly ownGpus: ReadonlyMap<string, OwnEmbodied>;
  readonly tables: EmbodiedTables;
  readonly lifetime: Seconds;
  /** Start of service, milliseconds since 1970 UTC; undefined: not told, then nothing ends. */
  readonly purchased: number | undefined;
}
