import * as z from 'zod/mini';
import { type Found, found, unreadable } from '../model/found.ts';
import type { HostPaths, OpenSource, SampleDraft, Source } from '../model/source.ts';
import { SourceError } from '../model/source-error.ts';
import { findNvml } from './nvml-find.ts';
import { NvmlLink } from './nvml-link.ts';
import type { NvmlBoard, NvmlFailure, NvmlMessage } from './nvml-message.ts';
import type { GroupHierarchy } from './process-group.ts';

const NAME = 'nvml';
/** No answer for this many intervals: the driver fails. */
const PATIENCE = 3;
/**
 * Seconds until the first answer: without persistence mode the driver starts the boards then, some seconds for each. One
 * that takes longer is waited for further; the source is looked for again meanwhile.
 */
const FIRST_PATIENCE = 30;

const HANGS =
  'Look for "NVRM" and "Xid" in dmesg; a driver that stays so needs a restart of the host. Until then --no-source.nvml.';

export const nvmlOptions = z.object({
  interval: z
    ._default(z.number().check(z.gte(0.1), z.lte(60)), 1)
    .check(z.describe('seconds between two rounds over all boards')),
  library: z
    .optional(z.string().check(z.minLength(1), z.maxLength(4096)))
    .check(z.describe("path of the driver's library; default: looked for in the usual places")),
});
export type NvmlOptions = z.infer<typeof nvmlOptions>;

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
    : unreadable(`no GPU can be read: ${textOf(listed.failures)}`, first.fix);
};

const REPORT = 'If it does not pass, report it with the log and the version of the driver.';

const hangs = (link: NvmlLink): string =>
  `the NVIDIA driver does not answer (for ${link.silence().toFixed(0)} s)`;

const textOf = (failures: readonly NvmlFailure[]): string =>
  failures.map(({ board, why }) => `${board}: ${why}`).join('; ');

/** Boards that are read by a thread: hands over what that has read, and says where it fails. */
class OpenNvml implements OpenSource {
  readonly #link: NvmlLink;
  readonly #interval: number;
  #waiting: readonly NvmlMessage[];
  #boards: readonly NvmlBoard[] = [];
  /** Boards that are there and cannot be metered. */
  #unmetered: readonly NvmlFailure[] = [];
  #failures: readonly NvmlFailure[] = [];

  constructor(link: NvmlLink, interval: number, messages: readonly NvmlMessage[]) {
    this.#link = link;
    this.#interval = interval;
    this.#waiting = messages;
    for (const message of messages) if (message.kind === 'boards') this.#list(message);
  }

  #list({ boards, failures }: NvmlMessage & { kind: 'boards' }): void {
    this.#boards = boards;
    this.#unmetered = failures.filter(({ lost }) => lost === undefined);
    this.#failures = failures.filter(({ lost }) => lost !== undefined);
  }

  get quality(): 'measured' | 'derived' {
    return this.#boards.every(({ meter }) => meter.quality === 'measured') ? 'measured' : 'derived';
  }

  get detail(): string {
    const counts = new Map<string, number>();
    for (const { board } of this.#boards) counts.set(board.model, (counts.get(board.model) ?? 0) + 1);
    const models = [...counts].map(([model, count]) => (count === 1 ? model : `${count} x ${model}`));
    const driver = this.#boards[0]?.board.driver;
    const integrated = this.#boards.filter(({ meter }) => meter.reads.as === 'power').length;
    return [
      ...models,
      ...(driver === undefined ? [] : [`driver ${driver}`]),
      ...(integrated > 0 ? [`${integrated} without an energy counter: power is integrated`] : []),
      ...(this.#unmetered.length > 0 ? [textOf(this.#unmetered)] : []),
    ].join(', ');
  }

  read(draft: SampleDraft): void {
    const messages = [...this.#waiting, ...this.#link.take()];
    this.#waiting = [];
    let failed: NvmlMessage | undefined;
    const boards = new Map<string, NvmlBoard>();
    const list = (): void => {
      const lost = new Set(this.#failures.map((failure) => failure.lost));
      for (const each of this.#boards) if (!lost.has(each.meter.id)) boards.set(each.meter.id, each);
    };
    list();
    for (const message of messages) {
      if (message.kind === 'failed') failed = message;
      else if (message.kind === 'boards') this.#list(message);
      else {
        this.#failures = message.failures;
        draft.readings.push(...message.readings);
        draft.gpus ??= [];
        draft.gpus.push(...message.gpus);
      }
      // A board that was lost since the last tick is described once more, for the readings that it gave before.
      list();
    }
    draft.gpuBoards ??= [];
    for (const { board, meter } of boards.values()) {
      draft.meters.push(meter);
      draft.gpuBoards.push(board);
    }
    this.#complain(failed);
  }

  #complain(failed: NvmlMessage | undefined): void {
    if (failed?.kind === 'failed') throw new SourceError('gone', failed.why, { fix: failed.fix });
    if (this.#link.ended !== undefined) throw new SourceError('retry', this.#link.ended, { fix: REPORT });
    if (this.#link.silence() > PATIENCE * this.#interval)
      throw new SourceError('retry', hangs(this.#link), { fix: HANGS });
    const [first] = this.#failures;
    if (first !== undefined) throw new SourceError('retry', textOf(this.#failures), { fix: first.fix });
  }

  close(): void {
    this.#link.close();
  }
}
