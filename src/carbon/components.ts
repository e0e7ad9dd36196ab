import type { ComponentConstants, EmbodiedConstant, ServerSheet } from '../model/embodied.ts';
import type { Inventory } from '../model/host.ts';
import { type GramsCO2e, grams } from '../units.ts';

/** Bytes of the GB that memory is sold in (JEDEC JESD100B: 2^30). */
const GB = 2 ** 30;

/** Parts that a footprint goes by; what the host does not tell is undefined. */
export interface Parts {
  readonly processors: number | undefined;
  readonly memoryGb: number | undefined;
  readonly rotatingDisks: number | undefined;
  readonly solidDisks: number | undefined;
}

export const partsOf = ({ sockets, memory, disks }: Inventory): Parts => ({
  processors: sockets,
  memoryGb: memory === undefined ? undefined : memory / GB,
  rotatingDisks: disks?.rotating,
  solidDisks: disks?.solid,
});

/** What a host has beyond a configuration, with its footprint. What it lacks is not taken off: it was not weighed. */
export interface Beyond {
  readonly grams: GramsCO2e;
  /** `1 processor, 240 GB of memory`; empty where the host has no more. */
  readonly words: string;
}

type Configuration = Pick<ServerSheet, 'processors' | 'memoryGb' | 'rotatingDisks' | 'solidDisks'>;

/**
 * Footprint of the parts that go beyond a configuration. Pure.
 *
 * Memory of a host is what the kernel has left of what is installed, some percent less: the figure is a lower bound.
 */
export const beyond = (parts: Parts, configuration: Configuration, constants: ComponentConstants): Beyond => {
  const words: string[] = [];
  let total = 0;
  const more = (has: number | undefined, of: number, each: EmbodiedConstant, name: (n: number) => string) => {
    const extra = Math.max(0, (has ?? 0) - of);
    if (extra === 0) return;
    total += extra * each.grams;
    words.push(name(extra));
  };
  const counted = (one: string, many: string) => (n: number) => `${n} ${n === 1 ? one : many}`;
  more(parts.processors, configuration.processors, constants.processor, counted('processor', 'processors'));
  more(parts.memoryGb, configuration.memoryGb, constants.memoryGb, (n) => `${n.toFixed(0)} GB of memory`);
  more(parts.rotatingDisks, configuration.rotatingDisks, constants.rotatingDisk, counted('HDD', 'HDDs'));
  more(parts.solidDisks, configuration.solidDisks, constants.solidDisk, counted('SSD', 'SSDs'));
  return { grams: grams(total), words: words.join(', ') };
};

/** The host that the base constant stands for. */
export const baseConfiguration = ({ baseMemoryGb }: ComponentConstants): Configuration => ({
  processors: 1,
  memoryGb: baseMemoryGb,
  rotatingDisks: 0,
  solidDisks: 0,
});
