import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { HistoryError } from '../model/history.ts';

/** A row of a few figures; a longer line is another kind of file. */
const LONGEST_LINE = 65_536;

/**
 * Lines of a text file in UTF-8, packed by gzip or not, without their ends, numbered from 1; a byte order mark is passed
 * over. Holds one piece of the file at a time. @param onBytes is given the bytes of the file as they are. @throws HistoryError
 */
export async function* linesOf(
  path: string,
  { onBytes, signal }: { readonly onBytes?: (bytes: Buffer) => void; readonly signal?: AbortSignal } = {},
): AsyncGenerator<readonly string[]> {
  // Fatal: a file in another encoding would give host names that nobody has. It passes over a mark by itself.
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  try {
    for await (const bytes of bytesOf(path, onBytes, signal)) {
      const text = rest + decoder.decode(bytes, { stream: true });
      const lines = text.split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > LONGEST_LINE)
        throw new HistoryError(
          `${path} has a line of more than ${LONGEST_LINE} characters`,
          'Give it a row a line, with a line feed at the end of each.',
        );
      yield lines.map(withoutReturn);
    }
    rest += decoder.decode();
  } catch (cause) {
    throw explained(path, cause);
  }
  if (rest !== '') yield [withoutReturn(rest)];
}

/** The first bytes of a file packed by gzip (RFC 1952). */
const GZIP = [0x1f, 0x8b] as const;

const isPacked = async (path: string): Promise<boolean> => {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === GZIP[0] && buffer[1] === GZIP[1];
  } finally {
    await file.close();
  }
};

/** Bytes of a file, unpacked. */
async function* bytesOf(
  path: string,
  onBytes: ((bytes: Buffer) => void) | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  const options = signal === undefined ? {} : { signal };
  const seen = async function* (): AsyncGenerator<Buffer> {
    for await (const bytes of createReadStream(path, { highWaterMark: 262_144, ...options })) {
      onBytes?.(bytes as Buffer);
      yield bytes as Buffer;
    }
  };
  if (!(await isPacked(path))) {
    yield* seen();
    return;
  }
  const unzip = createGunzip();
  // What fails on the way in ends what comes out with the same error.
  pipeline(seen, unzip, options).catch(() => {});
  yield* unzip as AsyncIterable<Buffer>;
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);

const explained = (path: string, cause: unknown): unknown => {
  if (cause instanceof HistoryError) return cause;
  if (cause instanceof TypeError)
    return new HistoryError(
      `${path} is not text in UTF-8`,
      'Save it as CSV in UTF-8, packed by gzip or not at all.',
      {
        cause,
      },
    );
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  if (code.startsWith('Z_'))
    return new HistoryError(
      `${path} begins as gzip, and cannot be unpacked whole: ${cause instanceof Error ? cause.message : code}`,
      'Pack it anew, or copy it again: it may have been cut off.',
      { cause },
    );
  return new HistoryError(
    `${path} cannot be read: ${code}`,
    'Name a file that is there, and let the user that runs this read it.',
    { cause },
  );
};

const CELL = /"((?:[^"]|"")*)"|[^,]*/y;

/** Cells of a line (RFC 4180), not over lines. Undefined where a quote is not closed, or text stands behind it. */
export const cellsOf = (line: string): readonly string[] | undefined => {
  // Most files have no quotes at all.
  if (!line.includes('"')) return line.split(',').map((cell) => cell.trim());
  const cells: string[] = [];
  for (let at = 0; at <= line.length; at += 1) {
    CELL.lastIndex = at;
    const [whole = '', quoted] = CELL.exec(line) ?? [];
    if (quoted === undefined && whole.includes('"')) return undefined;
    cells.push(quoted === undefined ? whole.trim() : quoted.replaceAll('""', '"'));
    at += whole.length;
    if (at < line.length && line[at] !== ',') return undefined;
  }
  return cells;
};
