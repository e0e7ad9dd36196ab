import { constants } from 'node:fs';
import { open, rename, unlink } from 'node:fs/promises';

/** Readable by the owner's group alone: energy by workload is a side channel (ops reference, section 6). */
const FILE_MODE = 0o640;

/**
 * Replaces a file as a whole: who reads it sees the old text or the new one, also after a power cut, and a full disk
 * leaves the old one. The text goes into `PATH.tmp` first, which is made anew each time: what lies there, a link too, is
 * removed and never written through.
 *
 * @param mode rights of the file; default: its owner writes, the group reads.
 * @throws the error of the file system, after it has removed what it began.
 */
export const replaceFile = async (path: string, text: string, mode: number = FILE_MODE): Promise<void> => {
  const draft = `${path}.tmp`;
  await unlink(draft).catch(() => {});
  try {
    const file = await open(
      draft,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      mode,
    );
    try {
      // The umask of a service may take the group's right, which is what it is written for.
      await file.chmod(mode);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (cause) {
    await unlink(draft).catch(() => {});
    throw cause;
  }
};
