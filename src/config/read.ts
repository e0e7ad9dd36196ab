import { open } from 'node:fs/promises';
import { firstOf, type Problem } from './problem.ts';
import { type ParsedYaml, parseYaml } from './yaml.ts';

/** More than any configuration needs; a larger file is a mistake. */
const MAX_BYTES = 1024 * 1024;

type ReadResult =
  | { readonly ok: true; readonly parsed: ParsedYaml }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const failed = (place: string, what: string): ReadResult => ({ ok: false, problems: [{ place, what }] });

/** Reads and parses a file of at most 1 MiB of UTF-8. Never throws. @param flag what names the file. */
export const readYaml = async (file: string, flag = '--config.file'): Promise<ReadResult> => {
  let bytes: Buffer;
  try {
    bytes = await readAtMost(file, MAX_BYTES + 1);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return failed(file, `cannot be read (${why}); check the path and its permissions, or leave out ${flag}`);
  }
  if (bytes.length > MAX_BYTES) return failed(file, `is larger than 1 MiB; is it the right file?`);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return failed(file, 'is not UTF-8 text; save it as UTF-8');
  }
  const result = await parseYaml(text);
  if (result.ok) return result;
  return {
    ok: false,
    problems: firstOf(result.problems.map(({ place, what }) => ({ place: `${file}:${place}`, what }))),
  };
};

/** Not `readFile`: a device or a pipe has no size, and must not fill the memory. */
const readAtMost = async (file: string, most: number): Promise<Buffer> => {
  const handle = await open(file, 'r');
  try {
    const parts: Buffer[] = [];
    let length = 0;
    while (length < most) {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(Math.min(65_536, most - length)));
      if (bytesRead === 0) break;
      parts.push(buffer.subarray(0, bytesRead));
      length += bytesRead;
    }
    return Buffer.concat(parts);
  } finally {
    await handle.close();
  }
};
