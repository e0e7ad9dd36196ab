import { cpus, freemem, totalmem } from 'node:os';
import { counted } from '../model/counted.ts';
import { found } from '../model/found.ts';
import type { OpenSource, Source } from '../model/source.ts';
import { bytes, seconds } from '../units.ts';

/**
 * CPU time and memory as Node's own interface gives them, for systems without procfs. Node counts interrupts with
 * `irq`, knows neither stolen nor I/O waiting time, and sums over processors that are online (os.cpus()).
 */
export const osSource = (): Source => ({
  name: 'os',
  summary: 'CPU time and memory from the operating system, where there is no procfs',
  open: async (_paths, clock) => {
    const count = cpus().length;
    if (count === 0) {
      return {
        found: false,
        reason: 'the operating system tells no CPU times (os.cpus() is empty)',
        fix: 'run negawatt on Linux, or give this process the right to read CPU times',
      };
    }
    const open: OpenSource = {
      detail: `${counted(count, 'processor')}, from the operating system (${process.platform})`,
      read: (draft) => {
        const times = cpus().map((cpu) => cpu.times);
        const sum = (mode: keyof (typeof times)[number]): number =>
          times.reduce((all, one) => all + one[mode], 0) / 1000;
        draft.cpu = {
          at: clock.monotonic(),
          processors: times.length,
          modes: {
            user: seconds(sum('user')),
            nice: seconds(sum('nice')),
            system: seconds(sum('sys')),
            idle: seconds(sum('idle')),
            iowait: seconds(0),
            interrupt: seconds(sum('irq')),
            softirq: seconds(0),
            steal: seconds(0),
          },
        };
        draft.memory = { total: bytes(totalmem()), available: bytes(freemem()) };
      },
      close: () => {},
    };
    return found(open);
  },
});
