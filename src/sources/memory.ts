import { found } from '../model/found.ts';
import type { MemoryUse } from '../model/host.ts';
import type { Source } from '../model/source.ts';
import { fromKibibytes } from '../units.ts';
import { afterKey, lineEnd, skipBlanks, unsignedAt } from './bytes.ts';
import { absentAfter, GIVE_PROCFS, malformed } from './failure.ts';
import { KeptFile, landing } from './reader.ts';

const TOTAL = Buffer.from('MemTotal:');
/** An estimate of what can be had without swapping (Linux 3.14 and later; proc(5)). */
const AVAILABLE = Buffer.from('MemAvailable:');

/** @param path for the message alone. Throws SourceError `retry` where either line is missing or holds no number. */
export const parseMemory = (content: Buffer, path: string): MemoryUse => {
  const kibibytes = (key: Buffer): number => {
    const at = afterKey(content, content.length, key);
    const end = at < 0 ? 0 : lineEnd(content, at, content.length);
    const value = at < 0 ? -1 : unsignedAt(content, skipBlanks(content, at, end), end);
    if (value < 0) throw malformed(path, content, `a line "${key.toString()} NUMBER kB"`);
    return value;
  };
  return { total: fromKibibytes(kibibytes(TOTAL)), available: fromKibibytes(kibibytes(AVAILABLE)) };
};

/** Memory of the host, from /proc/meminfo. */
export const memorySource = (): Source => ({
  name: 'memory',
  summary: 'total and available memory, from /proc/meminfo',
  open: async (paths) => {
    const path = `${paths.procfs}/meminfo`;
    const file = new KeptFile(path);
    const reading = (): MemoryUse => parseMemory(landing.bytes.subarray(0, file.read()), path);
    try {
      const detail = `${(reading().total / 1024 ** 3).toFixed(1)} GiB`;
      return found({
        detail,
        read: (draft) => {
          draft.memory = reading();
        },
        close: () => file.close(),
      });
    } catch (cause) {
      file.close();
      return absentAfter(cause, GIVE_PROCFS);
    }
  },
});
