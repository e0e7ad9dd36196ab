import { readFile } from 'node:fs/promises';
import { absent, type Found, found, unreadable } from '../model/found.ts';
import { parseYaml } from './yaml.ts';

/** A measure of a file: its name and where that stands, `file:line:column`. */
export interface NamedMeasure {
  readonly name: string;
  readonly place: string;
}

/** As all files of a configuration. */
const LARGEST = 2 ** 20;

/** Names of the measures of a file, whatever else it says: of another agent, or of the service that watches a fleet. */
export const measureNamesIn = async (file: string): Promise<Found<readonly NamedMeasure[]>> => {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    return absent(`${file} cannot be read: ${(cause as Error).message}`, 'Name a file that is there.');
  }
  if (text.length > LARGEST)
    return unreadable(`${file} is larger than ${LARGEST} bytes`, 'Name a configuration.');
  const read = await parseYaml(text);
  if (!read.ok) {
    const [first] = read.problems;
    return unreadable(`${file}:${first?.place}: ${first?.what}`, 'Check that file by itself first.');
  }
  const { value, locate } = read.parsed;
  const measures = (value as { readonly measures?: unknown } | null)?.measures;
  if (!Array.isArray(measures)) return found([]);
  return found(
    measures.flatMap((one, at): readonly NamedMeasure[] => {
      const name = (one as { readonly name?: unknown } | null)?.name;
      return typeof name === 'string' ? [{ name, place: `${file}:${locate(['measures', at, 'name'])}` }] : [];
    }),
  );
};
