import type { OpenSource, SampleDraft } from '../model/source.ts';
import { SourceError } from '../model/source-error.ts';
import type { NvmlLink } from './nvml-link.ts';
import type { NvmlBoard, NvmlFailure, NvmlMessage } from './nvml-message.ts';

/** No answer for this many intervals: the driver fails. */
export const PATIENCE = 3;

export const HANGS =
  'Look for "NVRM" and "Xid" in dmesg; a driver that stays so needs a restart of the host. Until then --no-source.nvml.';
export const REPORT = 'If it does not pass, report it with the log and the version of the driver.';

export const hangs = (link: NvmlLink): string =>
  `the NVIDIA driver does not answer (for ${link.silence().toFixed(0)} s)`;

export const failuresText = (failures: readonly NvmlFailure[]): string =>
  failures.map(({ board, why }) => `${board}: ${why}`).join('; ');

/** Boards that are read by a thread: hands over what that has read, and says where it fails. */
export class OpenNvml implements OpenSource {
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
      ...(this.#unmetered.length > 0 ? [failuresText(this.#unmetered)] : []),
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
    if (first !== undefined) throw new SourceError('retry', failuresText(this.#failures), { fix: first.fix });
  }

  close(): void {
    this.#link.close();
  }
}
