import { existsSync } from 'node:fs';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { leaveWithoutThread } from './nvml-exit.ts';
import { type NvmlMessage, type NvmlSetup, SHARED } from './nvml-message.ts';
import type { WorkerInput } from './nvml-worker.ts';
import { printable } from './text.ts';

/** A thread that reads a few boards needs a few MB; one that needs more has a fault, and ends alone. */
const LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 48, stackSizeMb: 1 } as const;
/** Longest wait between two starts of a thread that ends by itself, in seconds. */
const LONGEST_PAUSE = 60;
/** A thread that lived for so many intervals was no failed start. */
const SETTLED = 60;
/** Milliseconds until a thread that was told to end is ended. */
const GRACE_MS = 1000;

/** The bundled thread: beside the bundle; for the sources themselves in dist/, where the build puts it. */
export const workerScript = (): URL =>
  ['./nvml-worker.js', '../../dist/nvml-worker.js']
    .map((path) => new URL(path, import.meta.url))
    .find((url) => existsSync(url)) ?? new URL('./nvml-worker.js', import.meta.url);

/**
 * A thread that reads the driver, seen from its owner. What it says waits in a port until it is taken, so the owner's
 * loop is not woken in between; whether the driver answers is a word in shared memory. A thread that ends by itself is
 * started again, each time after a longer pause.
 */
export class NvmlLink {
  readonly #setup: NvmlSetup;
  readonly #script: URL;
  #worker: Worker | undefined;
  #port: MessagePort | undefined;
  #shared = new BigInt64Array(new SharedArrayBuffer(SHARED.words * 8));
  #forget = (): void => {};
  #timer: NodeJS.Timeout | undefined;
  #ends = 0;
  #startedAt = 0n;
  #ended: string | undefined;
  #closed = false;
  readonly #first: Promise<void>;
  #answered = (): void => {};

  constructor(setup: NvmlSetup, script: URL = workerScript()) {
    this.#setup = setup;
    this.#script = script;
    this.#first = new Promise((resolve) => {
      this.#answered = resolve;
    });
    this.#start();
  }

  /** Resolves at the first answer, whatever it is, or after `seconds`. */
  async first(seconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, seconds * 1000).unref();
    });
    await Promise.race([this.#first, late]);
    clearTimeout(timer);
  }

  /** All that arrived since the last call, in order. Never waits. */
  take(): readonly NvmlMessage[] {
    const messages: NvmlMessage[] = [];
    for (;;) {
      const next = this.#port === undefined ? undefined : receiveMessageOnPort(this.#port);
      if (next === undefined) break;
      messages.push(next.message as NvmlMessage);
    }
    if (messages.length > 0) Atomics.sub(this.#shared, SHARED.waiting, BigInt(messages.length));
    return messages;
  }

  /** Why the thread ended by itself; undefined while it runs. */
  get ended(): string | undefined {
    return this.#ended;
  }

  /** Seconds since the driver last answered. */
  silence(): number {
    const answered = Atomics.load(this.#shared, SHARED.answered);
    return Number(process.hrtime.bigint() - (answered > 0n ? answered : this.#startedAt)) / 1e9;
  }

  /** Whether it was told to end. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Whether the thread is gone for good. One that a call to the driver holds stays until that returns. */
  get gone(): boolean {
    return this.#worker === undefined;
  }

  /** Tells the thread to end and does not wait for it. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    const worker = this.#worker;
    this.#port?.postMessage('end');
    if (worker !== undefined) setTimeout(() => void worker.terminate(), GRACE_MS).unref();
  }

  #start(): void {
    const { port1, port2 } = new MessageChannel();
    const shared = new BigInt64Array(new SharedArrayBuffer(SHARED.words * 8));
    const workerData: WorkerInput = { setup: this.#setup, port: port2, shared };
    const worker = new Worker(this.#script, {
      workerData,
      transferList: [port2],
      name: 'nvml',
      resourceLimits: LIMITS,
    });
    worker.unref();
    this.#worker = worker;
    this.#port = port1;
    this.#shared = shared;
    this.#startedAt = process.hrtime.bigint();
    this.#forget = leaveWithoutThread(shared);
    let why = '';
    worker.once('message', () => {
      this.#ended = undefined;
      this.#answered();
    });
    worker.once('error', (error: unknown) => {
      why = printable(error instanceof Error ? error.message : String(error), 200);
    });
    worker.once('exit', (code) => this.#onExit(why || `status ${code}`));
  }

  #onExit(why: string): void {
    this.#forget();
    this.#port?.close();
    this.#port = undefined;
    this.#worker = undefined;
    if (this.#closed) return;
    const { interval } = this.#setup;
    const lived = Number(process.hrtime.bigint() - this.#startedAt) / 1e9;
    this.#ends = lived > SETTLED * interval ? 1 : this.#ends + 1;
    const pause = Math.min(LONGEST_PAUSE, interval * 2 ** Math.min(this.#ends, 10));
    this.#ended = `the thread that reads the NVIDIA driver ended (${why}); it is started again after ${pause.toFixed(0)} s`;
    this.#answered();
    this.#timer = setTimeout(() => this.#start(), pause * 1000);
    this.#timer.unref();
  }
}
