import { type Found, found, unreadable } from '../model/found.ts';
import type { HostPaths, OpenSource, Source } from '../model/source.ts';
import { findNvml } from './nvml-find.ts';
import { NvmlLink } from './nvml-link.ts';
import { failuresText, HANGS, hangs, OpenNvml, PATIENCE, REPORT } from './nvml-open.ts';
import type { NvmlOptions } from './nvml-options.ts';
import type { GroupHierarchy } from './process-group.ts';

const NAME = 'nvml';
/**
 * Seconds until the first answer: without persistence mode the driver starts the boards then, some seconds for each. One
 * that takes longer is waited for further; the source is looked for again meanwhile.
 */
const FIRST_PATIENCE = 30;

/** What a test may set otherwise. */
export interface NvmlSeams {
  /** Script of the thread. */
  readonly script?: URL;
  /** Seconds until the first answer. */
  readonly patience?: number;
}

/** NVIDIA GPUs through the driver's own library, in a thread of its own. */
export const nvmlSource = (
  options: NvmlOptions,
  hierarchy: GroupHierarchy = 'auto',
  { script, patience = FIRST_PATIENCE }: NvmlSeams = {},
): Source => {
  // For the life of the source: a thread that the driver holds outlives the opening that started it.
  let held: NvmlLink | undefined;
  return {
    name: NAME,
    rare: true,
    summary: 'NVIDIA GPUs: energy, use, memory, processes and MIG instances (NVML, libnvidia-ml.so.1)',
    open: async (paths) => {
      const library = findNvml(paths.rootfs, options.library);
      if (!library.found) return library;
      if (held?.closed === true && !held.gone && held.silence() > PATIENCE * options.interval)
        return unreadable(hangs(held), HANGS);
      if (held === undefined || held.closed)
        held = startLink(paths, library.value, options.interval, hierarchy, script);
      return opened(held, options.interval, patience);
    },
  };
};

const startLink = (
  { procfs }: HostPaths,
  library: string,
  interval: number,
  hierarchy: GroupHierarchy,
  script: URL | undefined,
): NvmlLink => new NvmlLink({ library, interval, procfs, hierarchy }, script);

const opened = async (link: NvmlLink, interval: number, patience: number): Promise<Found<OpenSource>> => {
  await link.first(patience);
  const messages = link.take();
  const failed = messages.find(({ kind }) => kind === 'failed');
  const listed = messages.find(({ kind }) => kind === 'boards');
  if (listed?.kind === 'boards' && listed.boards.length > 0)
    return found(new OpenNvml(link, interval, messages));
  if (messages.length === 0 && link.ended === undefined) return unreadable(hangs(link), HANGS);
  link.close();
  if (failed?.kind === 'failed') return unreadable(failed.why, failed.fix);
  if (link.ended !== undefined) return unreadable(link.ended, REPORT);
  if (listed?.kind !== 'boards') return unreadable(hangs(link), HANGS);
  const [first] = listed.failures;
  return first === undefined
    ? { found: false, reason: 'the NVIDIA driver lists no GPU', fix: '' }
    : unreadable(`no GPU can be read: ${failuresText(listed.failures)}`, first.fix);
};
