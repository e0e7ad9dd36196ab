import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { frozen } from './config/canonical.ts';
import type { ConfigInput, LoadedConfig } from './config/load.ts';
import { exampleOf } from './config/meaning.ts';
import type { Config } from './config/schema.ts';
import type { Answer, InputOf, OutputOf, Question, Readable } from './reading-thread.ts';

/**
 * The thread goes when nobody has asked for this long. A start asks twice, some tens of milliseconds apart: for the
 * configuration, then for the tables that it names.
 */
const LINGER_MS = 1000;

/** The bundled thread: beside the bundle; for the sources themselves in dist/, where the build puts it. */
const script = (): URL =>
  ['./reading-thread.js', '../dist/reading-thread.js']
    .map((path) => new URL(path, import.meta.url))
    .find((url) => existsSync(url)) ?? new URL('./reading-thread.js', import.meta.url);

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (why: Error) => void;
}

/** A thread from its first question until it ends. */
class Thread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(onEnd: (thread: Thread) => void) {
    // Without the options of this process: what it loads before its own code is not for a thread.
    this.#worker = new Worker(script(), { name: 'reading', execArgv: [] });
    let why = '';
    this.#worker.on('message', (answer: Answer) => this.#take(answer));
    this.#worker.once('error', (error: unknown) => {
      why = error instanceof Error ? error.message : String(error);
    });
    this.#worker.once('exit', (code) => {
      onEnd(this);
      clearTimeout(this.#timer);
      const error = new Error(`the thread that reads the configuration ended (${why || `status ${code}`})`);
      for (const { reject } of this.#waiting.values()) reject(error);
    });
    this.#linger = () => {
      this.#timer = setTimeout(() => {
        onEnd(this);
        this.#worker.postMessage('end');
      }, LINGER_MS).unref();
    };
  }

  readonly #linger: () => void;

  ask(what: Readable, input: unknown): Promise<unknown> {
    clearTimeout(this.#timer);
    // Until it has answered, and no longer, it keeps the program alive.
    this.#worker.ref();
    const id = this.#asked++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, what, input } satisfies Question);
    });
  }

  #take(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) {
      this.#worker.unref();
      this.#linger();
    }
    if ('failed' in answer) waiting?.reject(new Error(answer.failed));
    else waiting?.resolve(answer.value);
  }
}

let thread: Thread | undefined;

/**
 * Reads and checks in a thread that ends when all is read: the schemas, what checks by them and the tables as a whole are
 * 5 MB that the agent needs at its start and at a reload alone. Rejects with the words of what could not be read.
 */
export const readApart = async <K extends Readable>(what: K, input: InputOf<K>): Promise<OutputOf<K>> => {
  thread ??= new Thread((ended) => {
    if (thread === ended) thread = undefined;
  });
  return (await thread.ask(what, input)) as OutputOf<K>;
};

/** A configuration that was read; `example` is `EXAMPLE ZONE DE` while CO2e rests on an example. */
export type ReadConfig =
  | (Extract<LoadedConfig, { ok: true }> & { readonly example: string | undefined })
  | Extract<LoadedConfig, { ok: false }>;

/** Reads the configuration apart, as `loadConfig` does here. Rejects only where the thread ends by itself. */
export const readConfig = async (input: Omit<ConfigInput, 'hash'>): Promise<ReadConfig> => {
  const loaded = await readApart('config', input);
  if (!loaded.ok) return loaded;
  const config = frozen(loaded.config) as Config;
  return { ...loaded, config, example: exampleOf(config) };
};
