import { access, constants, link, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { absent, type Found, found } from '../model/found.ts';
import type { CurveFile } from './curve-file.ts';
import { errnoOf } from './failure.ts';

const HEADER =
  '# Load curve of one host, measured by `negawatt calibrate`. Hosts and guests of the same type use it with\n' +
  '# sources.model.curve_file. Its error band is of that host under that load: another host, and other work, differ\n' +
  '# by more.\n';

const TAKEN = 'Name another file with --output, or replace it with --force.';

/** Whether a file may be made there, found out before an hour of measuring. Never throws. */
export const mayWriteCurve = async (path: string, replace: boolean): Promise<Found<string>> => {
  if (!['.yaml', '.yml', '.json'].includes(extname(path).toLowerCase()))
    return absent(
      `${path}: a hardware file ends in .yaml, .yml or .json`,
      'Name another file with --output.',
    );
  try {
    await access(dirname(path), constants.W_OK);
  } catch (cause) {
    return absent(
      `no file can be made in ${dirname(path)} (${errnoOf(cause)})`,
      'Name another file with --output.',
    );
  }
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  return exists && !replace ? absent(`${path} is there already`, TAKEN) : found(path);
};

/**
 * Writes a hardware file as a whole or not at all, over an existing one only where `replace` is set.
 *
 * @throws the error of the file system, as Node makes it.
 */
export const writeCurve = async (path: string, file: CurveFile, replace: boolean): Promise<Found<string>> => {
  const text = await textOf(path, file);
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    const handle = await open(draft, 'wx', 0o644);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // A link, unlike a renaming, fails where another file came to stand there meanwhile.
    if (replace) await rename(draft, path);
    else await link(draft, path);
    return found(path);
  } catch (cause) {
    if (errnoOf(cause) === 'EEXIST') return absent(`${path} is there already`, TAKEN);
    throw cause;
  } finally {
    await rm(draft, { force: true });
  }
};

const textOf = async (path: string, file: CurveFile): Promise<string> => {
  if (extname(path).toLowerCase() === '.json') return `${JSON.stringify(file, null, 2)}\n`;
  const { Document, isMap, visit } = (await import('yaml')).default;
  const document = new Document(file);
  visit(document, {
    // A point on a line: the file is read by people.
    Seq: (_, list) => {
      for (const item of list.items) if (isMap(item)) item.flow = true;
    },
  });
  return HEADER + document.toString({ lineWidth: 110, flowCollectionPadding: false });
};
