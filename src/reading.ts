import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { buildId } from './build-id.ts';
import { frozen } from './config/canonical.ts';
import type { ConfigInput, LoadedConfig } from './config/load.ts';
import { exampleOf } from './config/meaning.ts';
import type { Config } from './config/schema.ts';
import type { Answer, Asker, InputOf, OutputOf, Question, Readable } from './reading-thread.ts';

/**
 * The thread goes when nobody has asked for this long. A start asks some times within tens of milliseconds: for the
 * configuration, then for what that names.
 */
const LINGER_MS = 1000;

/**
 * Half of what the service may take in all (MemoryMax of the unit): a file that takes more to check is refused. The
 * densest of the largest size, 1 MiB of empty lists, would take 450 MB.
 */
const MOST_MEGABYTES = 128;
const LIMITS = { maxOldGenerationSizeMb: MOST_MEGABYTES } as const;

/** An upgrade puts new files in place while the old program still runs: what they read may have another shape. */
const REPLACED =
  'was not read: the program on disk was replaced since this one started; restart it (systemctl restart negawatt)';

/** The thread did not answer. The message says why and what to do. */
export class ThreadEnded extends Error {}

const endedBy = (error: unknown, otherwise: string): ThreadEnded => {
  const { code, message } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  switch (code) {
    case 'ERR_WORKER_OUT_OF_MEMORY':
      return new ThreadEnded(
        `takes more than ${MOST_MEGABYTES} MB to read: make it smaller or less deeply nested`,
      );
    case 'ERR_WORKER_INIT_FAILED':
      return new ThreadEnded(
        `no thread could be started to read it (${message}): raise the limit of tasks (TasksMax of the service, ulimit -u)`,
      );
    case 'MODULE_NOT_FOUND':
    case 'ERR_MODULE_NOT_FOUND':
      return new ThreadEnded('reading-thread.js is not beside the program: install negawatt again');
    default:
      return new ThreadEnded(`the thread that reads it ended: ${message ?? otherwise}`);
  }
};

/** The bundled thread: beside the bundle; for the sources themselves in dist/, where the build puts it. */
const script = (): URL =>
  ['./reading-thread.js', '../dist/reading-thread.js']
    .map((path) => new URL(path, import.meta.url))
    .find((url) => existsSync(url)) ?? new URL('./reading-thread.js', import.meta.url);

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (why: Error) => void;
}

/** The thread, from its first question until it ends. */
class ReadingThread {
  readonly #worker: Worker;
  /** Told once when it takes no more questions. */
  readonly #onEnd: () => void;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
    // Without the options of this process: what it loads before its own code is not for a thread.
    this.#worker = new Worker(script(), {
      name: 'reading',
      execArgv: [],
      resourceLimits: LIMITS,
      workerData: { buildId } satisfies Asker,
    });
    this.#worker.on('message', (answer: Answer) => this.#take(answer));
    let why: unknown;
    const because = (error: unknown): void => {
      why ??= error;
    };
    this.#worker.once('error', because);
    // An answer that cannot be taken apart would leave its question waiting for ever.
    this.#worker.once('messageerror', (error) => {
      because(error);
      void this.#worker.terminate();
    });
    this.#worker.once('exit', (code) => this.#fail(endedBy(why, `status ${code}`)));
  }

  ask(what: Readable, input: unknown): Promise<unknown> {
    clearTimeout(this.#timer);
    const id = this.#asked++;
    this.#worker.postMessage({ id, what, input } satisfies Question);
    // Until it has answered, and no longer, it keeps the program alive.
    this.#worker.ref();
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  #take(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) {
      this.#worker.unref();
      this.#timer = setTimeout(() => this.#end(), LINGER_MS).unref();
    }
    if ('otherBuild' in answer) waiting?.reject(new ThreadEnded(REPLACED));
    else if ('failed' in answer) waiting?.reject(new Error(answer.failed));
    else waiting?.resolve(answer.value);
  }

  #end(): void {
    this.#onEnd();
    this.#worker.postMessage('end');
  }

  /** It ended, perhaps with questions that it never answered. */
  #fail(why: ThreadEnded): void {
    clearTimeout(this.#timer);
    this.#onEnd();
    for (const { reject } of this.#waiting.values()) reject(why);
  }
}

let thread: ReadingThread | undefined;

const threadForAll = (): ReadingThread => {
  if (thread !== undefined) return thread;
  try {
    const made = new ReadingThread(() => {
      if (thread === made) thread = undefined;
    });
    thread = made;
    return made;
  } catch (error) {
    throw endedBy(error, '');
  }
};

/**
 * Reads and checks in a thread that ends when all is read: schemas, what checks by them and whole tables are megabytes
 * that the agent needs at its start and at a reload alone. Rejects with the words of what could not be read.
 */
export const readApart = async <K extends Readable>(what: K, input: InputOf<K>): Promise<OutputOf<K>> =>
  (await threadForAll().ask(what, input)) as OutputOf<K>;

/** A configuration that was read; `example` is `EXAMPLE ZONE DE` while CO2e rests on an example. */
export type ReadConfig =
  | (Extract<LoadedConfig, { ok: true }> & { readonly example: string | undefined })
  | Extract<LoadedConfig, { ok: false }>;

/** Reads the configuration apart, as `loadConfig` does here. A thread that ends is a problem of the file. */
export const readConfig = async (input: Omit<ConfigInput, 'hash'>): Promise<ReadConfig> => {
  const loaded = await readApart('config', input).catch(
    (error: unknown): Extract<LoadedConfig, { ok: false }> => {
      if (!(error instanceof ThreadEnded)) throw error;
      return { ok: false, problems: [{ place: input.file ?? '', what: error.message }] };
    },
  );
  if (!loaded.ok) return loaded;
  const config = frozen(loaded.config) as Config;
  return { ...loaded, config, example: exampleOf(config) };
};
