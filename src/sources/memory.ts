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

/** Memory of processes that no file backs. */
const ANONYMOUS = Buffer.from('AnonPages:');

/** @param path for the message alone. Throws SourceError `retry` where either line is missing or holds no number. */
export const parseMemory = (content: Buffer, path: string): MemoryUse => {
  const line = (key: Buffer): number => {
    const at = afterKey(content, content.length, key);
    const end = at < 0 ? 0 : lineEnd(content, at, content.length);
    return at < 0 ? -1 : unsignedAt(content, skipBlanks(content, at, end), end);
  };
  const kibibytes = (key: Buffer): number => {
    const value = line(key);
    if (value < 0) throw malformed(path, content, `a line "${key.toString()} NUMBER kB"`);
    return value;
  };
  const anonymous = line(ANONYMOUS);
  const total = kibibytes(TOTAL);
  const available = kibibytes(AVAILABLE);
  if (available > total) throw malformed(path, content, 'less MemAvailable than MemTotal');
  return {
    total: fromKibibytes(total),
    available: fromKibibytes(available),
    ...(anonymous < 0 ? {} : { anonymous: fromKibibytes(anonymous) }),
  };
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
