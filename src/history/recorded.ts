import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type HistoryAbout,
  type HistoryChunk,
  type HistoryEngine,
  HistoryError,
  type HistoryRequest,
  type HostEntry,
  type TimeWindow,
} from '../model/history.ts';
import {
  type ChunkFrame,
  hostHeader,
  hostLines,
  hostsFrom,
  scopeFrom,
  scopeHeader,
  scopeLines,
} from './recorded-columns.ts';

/** A read that was kept: its chunks' columns are in two files, their frames here. */
interface KeptRead {
  readonly request: HistoryRequest;
  readonly files: readonly [hosts: string, scope: string];
  readonly perHostWork: number;
  readonly chunks: readonly KeptChunk[];
}

type KeptChunk = ChunkFrame & Pick<HistoryChunk, 'factors'> & { readonly hosts: readonly string[] };

/** What the columns do not say, in `history.json`. */
interface Kept {
  readonly about: HistoryAbout;
  readonly reads: readonly KeptRead[];
  readonly lists: readonly { readonly asked: string; readonly hosts: readonly HostEntry[] }[];
  readonly spans: readonly { readonly asked: string; readonly span: TimeWindow | null }[];
}

const INDEX = 'history.json';
const askedOf = (...parts: readonly unknown[]): string => JSON.stringify(parts);

const widthsOf = ({ work, drivers, guards }: HistoryRequest) => ({
  work: work.length,
  drivers: drivers.length,
  guards: guards.length,
});

export interface Recording {
  readonly engine: HistoryEngine;
  /** Writes the index; SHA-256 by file name of everything that was kept. */
  finish(): Readonly<Record<string, string>>;
}

/**
 * An engine that keeps in a directory, which must be empty or not be there, whatever is read through it, so that the
 * same figures can be made again without the engine. Throws HistoryError where the directory cannot be used.
 */
export const recordHistory = (engine: HistoryEngine, directory: string): Recording => {
  refuseUnlessEmpty(directory);
  const reads: KeptRead[] = [];
  const lists: Kept['lists'][number][] = [];
  const spans: Kept['spans'][number][] = [];
  const hashes: Record<string, string> = {};

  async function* read(request: HistoryRequest, signal?: AbortSignal): AsyncIterable<HistoryChunk> {
    const asked = askedOf(request);
    const isKept = reads.some((one) => askedOf(one.request) === asked);
    if (isKept) {
      yield* engine.read(request, signal);
      return;
    }
    const number = String(reads.length + 1).padStart(2, '0');
    const files = [`hosts-${number}.csv`, `scope-${number}.csv`] as const;
    const chunks: KeptChunk[] = [];
    let perHostWork = 0;
    const kept = { request, files, perHostWork, chunks };
    reads.push(kept);
    const [hosts, scope] = files.map((name) => openSync(join(directory, name), 'wx', 0o640));
    const digests = files.map(() => createHash('sha256'));
    const write = (at: 0 | 1, text: string): void => {
      // All of it: `writeSync` stops without an error where the disk is full.
      writeFileSync((at === 0 ? hosts : scope) ?? -1, text);
      digests[at]?.update(text);
    };
    try {
      write(1, scopeHeader(widthsOf(request)));
      for await (const chunk of engine.read(request, signal)) {
        if (chunks.length === 0) {
          perHostWork = chunk.hosts[0]?.work.length ?? 0;
          kept.perHostWork = perHostWork;
          write(0, hostHeader({ ...widthsOf(request), work: perHostWork }));
        }
        const { from, step, length, factors } = chunk;
        const names = chunk.hosts.map(({ host }) => host);
        chunks.push({ from, step, length, hosts: names, ...(factors === undefined ? {} : { factors }) });
        write(0, hostLines(chunk));
        write(1, scopeLines(chunk));
        yield chunk;
      }
    } finally {
      for (const file of [hosts, scope])
        if (file !== undefined) {
          try {
            // A baseline is frozen over it: after a power cut it has to be there as well.
            fsyncSync(file);
          } finally {
            closeSync(file);
          }
        }
      for (const [at, name] of files.entries()) hashes[name] = digests[at]?.digest('hex') ?? '';
    }
  }

  return {
    engine: {
      about: engine.about,
      read,
      list: async (selector, window, signal) => {
        const hosts = await engine.list(selector, window, signal);
        lists.push({ asked: askedOf(selector, window), hosts });
        return hosts;
      },
      span: async (selector, signal) => {
        const span = await engine.span(selector, signal);
        spans.push({ asked: askedOf(selector), span: span ?? null });
        return span;
      },
      close: () => engine.close(),
    },
    finish: () => {
      const kept: Kept = { about: engine.about, reads, lists, spans };
      const text = `${JSON.stringify(kept, null, 1)}\n`;
      writeFileSync(join(directory, INDEX), text, { mode: 0o640, flag: 'wx', flush: true });
      return { ...hashes, [INDEX]: createHash('sha256').update(text).digest('hex') };
    },
  };
};

const refuseUnlessEmpty = (directory: string): void => {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o750 });
    if (readdirSync(directory).length === 0) return;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new HistoryError(
      `evidence cannot be written to ${directory} (${why})`,
      'name a directory that this user may write',
      { cause },
    );
  }
  throw new HistoryError(
    `${directory} is not empty`,
    'name a new directory: evidence is never mixed with other files',
  );
};

/** The history that `recordHistory` kept: it answers what was asked then, and nothing else. */
export const openRecorded = (directory: string): HistoryEngine => {
  const kept = indexOf(directory);
  const other = (what: string): HistoryError =>
    new HistoryError(
      `${directory} has no ${what} that was asked for`,
      'ask for the same comparison as the one that wrote it: evidence holds nothing beyond it',
    );

  async function* read(request: HistoryRequest): AsyncIterable<HistoryChunk> {
    const asked = askedOf(request);
    const one = kept.reads.find((each) => askedOf(each.request) === asked);
    if (one === undefined) throw other('history of the hosts and the time');
    const files = await Promise.all(one.files.map((name) => open(join(directory, name))));
    try {
      const [hosts, scope] = files.map((file) => file.readLines()[Symbol.asyncIterator]());
      // The headers are for people.
      await hosts?.next();
      await scope?.next();
      for (const { hosts: names, ...frame } of one.chunks) {
        const hostText = await taken(hosts, names.length * frame.length);
        const scopeText = await taken(scope, frame.length);
        yield {
          ...frame,
          hosts: hostsFrom(hostText, names, frame, one.perHostWork),
          ...scopeFrom(scopeText, frame, widthsOf(request)),
        };
      }
    } finally {
      for (const file of files) await file.close().catch(() => {});
    }
  }

  return {
    about: kept.about,
    read,
    list: async (selector, window) => {
      const asked = askedOf(selector, window);
      const one = kept.lists.find((each) => each.asked === asked);
      if (one === undefined) throw other('list of hosts');
      return one.hosts;
    },
    span: async (selector) => {
      const asked = askedOf(selector);
      const one = kept.spans.find((each) => each.asked === asked);
      if (one === undefined) throw other('span of time');
      return one.span ?? undefined;
    },
    close: async () => {},
  };
};

const taken = async (lines: AsyncIterator<string> | undefined, count: number): Promise<() => string> => {
  const held: string[] = [];
  while (held.length < count) {
    const next = await lines?.next();
    if (next === undefined || next.done === true)
      throw new HistoryError(
        'a file of the evidence ends too early',
        'restore it: its hash is in the manifest',
      );
    held.push(next.value);
  }
  let at = 0;
  return () => held[at++] ?? '';
};

const indexOf = (directory: string): Kept => {
  try {
    return JSON.parse(readFileSync(join(directory, INDEX), 'utf8')) as Kept;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new HistoryError(
      `${directory} is no evidence that can be read (${why})`,
      'name a directory that `negawatt compare --evidence` wrote',
      { cause },
    );
  }
};
