import { SourceError } from '../model/source-error.ts';

/** No line of a metrics page is near it; what has none so long is no text. */
const LONGEST_LINE = 64 * 1024;

/** Cuts chunks into lines; holds no more than the line that is not finished. A character of a line is a byte. */
export interface Lines {
  write(chunk: Buffer): void;
  /** The rest is a line too. */
  end(): void;
}

/** @param onLine without the line break. Throws SourceError where a line is too long, and whatever `onLine` throws. */
export const lines = (onLine: (line: string) => void): Lines => {
  let rest = '';
  const emit = (line: string): void => onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
  const checked = (line: string): string => {
    if (line.length <= LONGEST_LINE) return line;
    throw new SourceError(
      'retry',
      `a line of more than ${LONGEST_LINE / 1024} KiB: this is no text of metrics`,
    );
  };
  return {
    write: (chunk) => {
      // Bytes as they are: a character of UTF-8 may be cut by the end of a chunk.
      const text = rest + chunk.toString('latin1');
      let from = 0;
      for (let to = text.indexOf('\n'); to >= 0; to = text.indexOf('\n', from)) {
        emit(checked(text.slice(from, to)));
        from = to + 1;
      }
      rest = checked(text.slice(from));
    },
    end: () => {
      if (rest !== '') emit(rest);
      rest = '';
    },
  };
};
