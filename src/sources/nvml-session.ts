import type { GpuReading } from '../model/gpu.ts';
import type { Reading } from '../model/meter.ts';
import { BoardReader } from './nvml-board.ts';
import { describeBoard, failure, textFrom } from './nvml-describe.ts';
import { nvmlError } from './nvml-errors.ts';
import { SUCCESS } from './nvml-layout.ts';
import type { Nvml } from './nvml-library.ts';
import type { NvmlFailure, NvmlMessage, NvmlSetup } from './nvml-message.ts';
import { ProcessGroups } from './process-group.ts';

/** Rounds between two looks at which boards there are and what they refuse: a minute at the default interval. */
const RELIST_EVERY = 60;
/** Boards of a host that are read at most; the largest servers hold 16. */
const MOST = 64;

const count = new Uint32Array(1);
const handle = new BigUint64Array(1);

/** A use of the library from its start to its end: finds the boards and reads all of them in rounds. */
export class NvmlSession {
  readonly #api: Nvml;
  readonly #setup: NvmlSetup;
  readonly #groups: ProcessGroups;
  #readers: readonly BoardReader[] = [];
  #listed: readonly NvmlFailure[] = [];
  #told = '';
  #rounds = 0;
  #lost = false;
  #started = false;

  constructor(api: Nvml, setup: NvmlSetup) {
    this.#api = api;
    this.#setup = setup;
    this.#groups = new ProcessGroups(setup.procfs, setup.hierarchy);
  }

  /** Reads all boards once. Messages in the order in which they are to be taken; none where nothing changed. */
  round(): readonly NvmlMessage[] {
    const messages: NvmlMessage[] = [];
    if (this.#rounds % RELIST_EVERY === 0) {
      const failed = this.#list();
      if (failed !== undefined) return [failed];
      const boards: NvmlMessage = {
        kind: 'boards',
        boards: this.#readers.map(({ described: { board, meter } }) => ({ board, meter })),
        failures: this.#listed,
      };
      const text = JSON.stringify(boards);
      if (text !== this.#told) messages.push(boards);
      this.#told = text;
    }
    this.#rounds += 1;
    messages.push(this.#read());
    return messages;
  }

  #read(): NvmlMessage {
    const readings: Reading[] = [];
    const gpus: GpuReading[] = [];
    const failures = this.#listed.filter(({ lost }) => lost !== undefined);
    for (const reader of this.#readers) {
      const reading = reader.read(readings, this.#groups);
      if (reading !== undefined) gpus.push(reading);
      const code = reader.lost ?? reader.failed;
      const { index, meter } = reader.described;
      if (code !== undefined) failures.push(failure(`GPU ${index} (${meter.id})`, code, meter.id));
    }
    this.#groups.next();
    if (failures.some(({ lost }) => lost !== undefined)) this.#lost = true;
    return { kind: 'round', readings, gpus, failures };
  }

  /** Finds the boards. A lost one comes back only to a library that is started anew. */
  #list(): NvmlMessage | undefined {
    const api = this.#api;
    if (this.#lost) this.close();
    this.#lost = false;
    if (!this.#started) {
      const code = api.init?.();
      if (code !== SUCCESS) return refused('nvmlInit_v2', code);
      this.#started = true;
      this.#readers = [];
    }
    const counted = api.count?.(count);
    if (counted !== SUCCESS) return refused('nvmlDeviceGetCount_v2', counted);
    const driver = textFrom((out, size) => api.driverVersion?.(out, size) ?? 1);
    const before = new Map(this.#readers.map((reader) => [reader.described.device, reader]));
    const readers: BoardReader[] = [];
    const failures: NvmlFailure[] = [];
    for (let index = 0; index < Math.min(MOST, count[0] ?? 0); index++) {
      const code = api.deviceAt?.(index, handle) ?? 1;
      const device = handle[0] ?? 0n;
      const version = typeof driver === 'string' ? driver : undefined;
      const found =
        code === SUCCESS
          ? describeBoard(api, device, index, version, this.#setup.interval)
          : failure(`GPU ${index}`, code, `GPU ${index}`);
      if (!('device' in found)) {
        if (found.lost !== undefined) this.#lost = true;
        failures.push(found);
        continue;
      }
      const known = before.get(device);
      const same = known !== undefined && known.described.meter.id === found.meter.id;
      const reader = same ? known : new BoardReader(api, found);
      if (same) reader.forgive();
      readers.push(reader);
    }
    this.#readers = readers;
    this.#listed = failures;
    return undefined;
  }

  /** Lets go of the driver: a board that somebody holds open can be neither reset nor unloaded. */
  close(): void {
    if (this.#started) this.#api.shutdown?.();
    this.#started = false;
    this.#groups.close();
  }
}

const refused = (call: string, code: number | undefined): NvmlMessage => {
  if (code === undefined)
    return { kind: 'failed', why: `the library has no function ${call}`, fix: 'Update the NVIDIA driver.' };
  const { why, fix } = nvmlError(code);
  return { kind: 'failed', why: `${why} (${call}: ${code})`, fix };
};
