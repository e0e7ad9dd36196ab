import { absent, type Found } from '../model/found.ts';
import { SourceError, type SourceErrorKind } from '../model/source-error.ts';
import { printable } from './text.ts';

/** A path as the kernel gave it: names need not be UTF-8. */
export type FilePath = string | Buffer;

/** What an errno means for a reading (errno(3)); what is not listed may pass and is asked again. */
const KINDS: Readonly<Record<string, SourceErrorKind>> = {
  ENOENT: 'gone',
  ENODEV: 'gone',
  ENXIO: 'gone',
  ESRCH: 'gone',
  ENOTDIR: 'gone',
  EACCES: 'fatal',
  EPERM: 'fatal',
  EISDIR: 'fatal',
  ELOOP: 'fatal',
  ENAMETOOLONG: 'fatal',
  EOPNOTSUPP: 'fatal',
};

const NO_ACCESS = 'Run negawatt as root, or give its user read access to this path.';
const FIXES: Readonly<Record<string, string>> = {
  EACCES: NO_ACCESS,
  EPERM: NO_ACCESS,
  EMFILE: 'Raise the limit of open files: LimitNOFILE= in the unit, or ulimit -n.',
  ENFILE: 'The whole host is out of open files: raise fs.file-max.',
};

/** The symbolic errno of what a Node file call threw, or '' where it is something else. */
export const errnoOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';

/** A file call that failed, as a SourceError of the kind that its errno implies. */
export const failedRead = (path: FilePath, cause: unknown, fix?: string): SourceError => {
  if (cause instanceof SourceError) return cause;
  const code = errnoOf(cause);
  const why = code || printable(String(cause), 200);
  return new SourceError(KINDS[code] ?? 'retry', `cannot read ${printable(path)}: ${why}`, {
    cause,
    fix: fix ?? FIXES[code] ?? '',
  });
};

/** Content that is not what the kernel documents: read again at the next tick, shown with its first bytes. */
export const malformed = (path: FilePath, content: Buffer, expected: string): SourceError => {
  const seen =
    content.length === 0 ? 'an empty file' : `"${printable(content.toString('utf8', 0, 40).trim())}"`;
  const size = content.length > 40 ? ` (${content.length} bytes)` : '';
  return new SourceError('retry', `${printable(path)}: expected ${expected}, found ${seen}${size}`, {
    fix: `If it stays so, look at ${printable(path)} on the host and report its content with the kernel version.`,
  });
};

/** What `open` answers after a failure. @param fix the next step where the failure itself names none. */
export const absentAfter = (cause: unknown, fix: string): Found<never> =>
  cause instanceof SourceError
    ? absent(cause.message, cause.fix || fix)
    : absent(printable(String(cause), 400), fix);

/** The next step where a file of procfs is missing or strange. */
export const GIVE_PROCFS = "Give the host's procfs with --path.procfs.";
