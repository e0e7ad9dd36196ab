import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildId } from './build-id.ts';
import { frozen } from './config/canonical.ts';
import type { ConfigInput, LoadedConfig } from './config/load.ts';
import { exampleOf } from './config/meaning.ts';
import type { Config } from './config/schema.ts';
import type { LoadedWebFile } from './config/web-file.ts';
import type { Answer, InputOf, OutputOf, Question, Readable } from './reading-process.ts';

/**
 * The process goes when nobody has asked for this long. A start asks some times within tens of milliseconds: for the
 * configuration, then for what that names.
 */
const LINGER_MS = 1000;

/**
 * Half of what the service may take in all (MemoryMax of the unit): a file that takes more to check is refused. The
 * densest of the largest size, 1 MiB of empty lists, would take 450 MB.
 */
const MOST_MEGABYTES = 128;

/**
 * Reading takes 0.4 s of a processor; a busy host on which the service comes last (CPUWeight of the unit) takes some
 * seconds. After that it is a file system, a pipe or a device that does not answer. Below the 90 s that systemd
 * gives a start, so that the reason is told.
 */
const LONGEST_MS = 60_000;

/** An upgrade puts new files in place while the old program still runs: what they read may have another shape. */
const REPLACED =
  'was not read: the program on disk was replaced since this one started; restart it (systemctl restart negawatt)';

/** The process that reads did not answer. The message says why and what to do. */
export class ReaderEnded extends Error {}

const notStarted = ({ message }: Error): ReaderEnded =>
  new ReaderEnded(
    `no process could be started to read it (${message}): raise the limit of tasks (TasksMax of the service, ulimit -u)`,
  );

const tooLong = (): ReaderEnded =>
  new ReaderEnded(
    `was not read within ${LONGEST_MS / 1000} s: is it, or a file that it names, a pipe or on a file system that does not answer?`,
  );

/** V8 aborts a program whose heap is full; a kernel that is short of memory kills it. */
const endedBy = (code: number | null, signal: NodeJS.Signals | null): ReaderEnded =>
  signal === 'SIGABRT' || signal === 'SIGTRAP' || code === 134
    ? new ReaderEnded(`takes more than ${MOST_MEGABYTES} MB to read: make it smaller or less deeply nested`)
    : new ReaderEnded(`the process that reads it ended (${signal ?? `status ${code}`})`);

const NOT_BESIDE = 'reading-process.js is not beside the program: install negawatt again';

/** The bundled program: beside the bundle; for the sources themselves in dist/, where the build puts it. */
const script = (): string | undefined =>
  ['./reading-process.js', '../dist/reading-process.js']
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path));

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (why: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** The process, from its first question until it ends. */
class Reader {
  readonly #child: ChildProcess;
  /** Told once when it takes no more questions. */
  readonly #onEnd: () => void;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(program: string, onEnd: () => void) {
    this.#onEnd = onEnd;
    this.#child = fork(program, {
      // Without the options of this process: what it loads before its own code is not for another.
      execArgv: [`--max-old-space-size=${MOST_MEGABYTES}`],
      // As it is: dates, sets and missing values stay what they are.
      serialization: 'advanced',
      // The input is that of whoever asks, as `--config.file /dev/stdin` means it. What V8 prints when the heap is full is
      // for nobody: the answer says it.
      stdio: ['inherit', 'ignore', 'ignore', 'ipc'],
    });
    this.#child.on('message', (answer: Answer) => this.#take(answer));
    this.#child.once('error', (error) => this.#fail(notStarted(error)));
    this.#child.once('exit', (code, signal) => this.#fail(endedBy(code, signal)));
  }

  ask(what: Readable, input: unknown): Promise<unknown> {
    clearTimeout(this.#timer);
    const id = this.#asked++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#giveUp(id), LONGEST_MS).unref();
      this.#waiting.set(id, { resolve, reject, timer });
      // Until it has answered, and no longer, it keeps the program alive.
      this.#child.ref();
      this.#child.channel?.ref();
      this.#child.send({ id, asker: buildId, what, input } satisfies Question, (error) => {
        // One that ended says why itself.
        if (error !== null && this.#child.exitCode === null) this.#child.kill('SIGKILL');
      });
    });
  }

  #take(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    clearTimeout(waiting?.timer);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) {
      this.#child.unref();
      this.#child.channel?.unref();
      this.#timer = setTimeout(() => this.#end(), LINGER_MS).unref();
    }
    if ('otherBuild' in answer) waiting?.reject(new ReaderEnded(REPLACED));
    else if ('failed' in answer) waiting?.reject(new Error(answer.failed));
    else waiting?.resolve(answer.value);
  }

  /** What holds it up holds up whatever else it was asked for: that is told by its end. Who asks next gets another. */
  #giveUp(id: number): void {
    this.#onEnd();
    this.#waiting.get(id)?.reject(tooLong());
    this.#child.kill('SIGKILL');
  }

  /** Keeps the program no longer. What was not answered never is. */
  letGo(): void {
    clearTimeout(this.#timer);
    for (const { timer } of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
    this.#child.kill('SIGKILL');
    this.#child.unref();
    this.#child.channel?.unref();
  }

  #end(): void {
    this.#onEnd();
    this.#child.disconnect();
  }

  /** It ended, perhaps with questions that it never answered. */
  #fail(why: ReaderEnded): void {
    clearTimeout(this.#timer);
    this.#onEnd();
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(why);
    }
    this.#waiting.clear();
  }
}

let reader: Reader | undefined;

const readerForAll = (): Reader => {
  if (reader !== undefined) return reader;
  const program = script();
  if (program === undefined) throw new ReaderEnded(NOT_BESIDE);
  try {
    const made = new Reader(program, () => {
      if (reader === made) reader = undefined;
    });
    reader = made;
    return made;
  } catch (error) {
    throw error instanceof Error ? notStarted(error) : error;
  }
};

/**
 * Reads and checks in a process that ends when all is read: schemas, what checks by them and whole tables are megabytes
 * that the agent needs at its start and at a reload alone, and a thread leaves 2 MB behind. Rejects with the words of
 * what could not be read.
 */
export const readApart = async <K extends Readable>(what: K, input: InputOf<K>): Promise<OutputOf<K>> =>
  (await readerForAll().ask(what, input)) as OutputOf<K>;

/** At the end of the program: what is still being read is for nobody any more. */
export const stopReading = (): void => reader?.letGo();

const asProblem = (file: string | undefined) => (error: unknown) => {
  if (!(error instanceof ReaderEnded)) throw error;
  return { ok: false as const, problems: [{ place: file ?? '', what: error.message }] };
};

/** A configuration that was read; `example` is `EXAMPLE ZONE DE` while CO2e rests on an example. */
export type ReadConfig =
  | (Extract<LoadedConfig, { ok: true }> & { readonly example: string | undefined })
  | Extract<LoadedConfig, { ok: false }>;

/** Reads the configuration apart, as `loadConfig` does here. A reader that ends is a problem of the file. */
export const readConfig = async (input: Omit<ConfigInput, 'hash'>): Promise<ReadConfig> => {
  const loaded = await readApart('config', input).catch(asProblem(input.file));
  if (!loaded.ok) return loaded;
  const config = frozen(loaded.config) as Config;
  return { ...loaded, config, example: exampleOf(config) };
};

/** Reads a web-config file apart, as `loadWebFile` does here. A reader that ends is a problem of the file. */
export const readWebFile = async (file: string): Promise<LoadedWebFile> =>
  readApart('webFile', file).catch((error: unknown) => ({ ...asProblem(file)(error), files: [file] }));
