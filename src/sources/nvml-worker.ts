/** The thread that reads the NVIDIA driver: its calls are synchronous, and one that hangs holds this thread alone. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { loadNvml, type Nvml } from './nvml-library.ts';
import { type NvmlMessage, type NvmlSetup, SHARED } from './nvml-message.ts';
import { NvmlSession } from './nvml-session.ts';
import { printable } from './text.ts';

export interface WorkerInput {
  readonly setup: NvmlSetup;
  readonly port: MessagePort;
  readonly shared: BigInt64Array;
}

/** Messages kept while nobody takes them: the longest tick (60 s) over the shortest interval (100 ms). */
const MOST_WAITING = 600n;

const { setup, port, shared } = workerData as WorkerInput;

const post = (message: NvmlMessage): void => {
  Atomics.add(shared, SHARED.waiting, 1n);
  port.postMessage(message);
};

/** Says on the shared words that the driver may be at work, for the owner that wants to leave. */
const calling = <T>(call: () => T): T => {
  Atomics.store(shared, SHARED.calling, 1n);
  try {
    return call();
  } finally {
    Atomics.store(shared, SHARED.answered, process.hrtime.bigint());
    Atomics.store(shared, SHARED.calling, 0n);
    Atomics.notify(shared, SHARED.calling);
  }
};

const start = (session: NvmlSession): (() => void) => {
  const interval = setup.interval * 1000;
  let timer: NodeJS.Timeout | undefined;
  const round = (): void => {
    const due = performance.now();
    if (Atomics.load(shared, SHARED.waiting) < MOST_WAITING) {
      const messages = calling(() => session.round());
      for (const message of messages) post(message);
    } else Atomics.store(shared, SHARED.answered, process.hrtime.bigint());
    const elapsed = performance.now() - due;
    // On this thread's own clock, without drift.
    timer = setTimeout(round, interval - (elapsed % interval));
  };
  round();
  return () => {
    clearTimeout(timer);
    calling(() => session.close());
  };
};

const load = async (): Promise<Nvml | undefined> => {
  try {
    return await loadNvml(setup.library);
  } catch (cause) {
    post({
      kind: 'failed',
      why: `cannot load ${setup.library}: ${printable(cause instanceof Error ? cause.message : String(cause), 200)}`,
      fix: 'Name the library of the loaded driver with sources.nvml.library; koffi and its platform package must be installed.',
    });
    return undefined;
  }
};

let stop = (): void => {};
// The one message of the owner: the end.
port.once('message', () => {
  stop();
  port.close();
});
const api = await load();
if (api !== undefined) stop = start(new NvmlSession(api, setup));
// The first answer wakes the owner, the later ones wait until they are taken.
parentPort?.postMessage('answered');
