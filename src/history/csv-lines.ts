import { createReadStream } from 'node:fs';
import { HistoryError } from '../model/history.ts';

/** A row of a few figures; a longer line is another kind of file. */
const LONGEST_LINE = 65_536;

/**
 * Lines of a text file in UTF-8, without their ends, numbered from 1; a byte order mark is passed over. Holds one piece
 * of the file at a time. @param onBytes is given the bytes as they are. @throws HistoryError
 */
export async function* linesOf(
  path: string,
  { onBytes, signal }: { readonly onBytes?: (bytes: Buffer) => void; readonly signal?: AbortSignal } = {},
): AsyncGenerator<readonly string[]> {
  // Fatal: a file in another encoding would give host names that nobody has. It passes over a mark by itself.
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  try {
    for await (const bytes of createReadStream(path, {
      highWaterMark: 262_144,
      ...(signal === undefined ? {} : { signal }),
    })) {
      onBytes?.(bytes as Buffer);
      const text = rest + decoder.decode(bytes as Buffer, { stream: true });
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

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);

const explained = (path: string, cause: unknown): unknown => {
  if (cause instanceof HistoryError) return cause;
  if (cause instanceof TypeError)
    return new HistoryError(`${path} is not text in UTF-8`, 'Save it as CSV in UTF-8, not packed.', {
      cause,
    });
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
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
