import { uptime as systemUptime } from 'node:os';
import type { HostPaths } from '../model/source.ts';
import { type Seconds, seconds } from '../units.ts';
import { KeptFile, landing } from './reader.ts';

/** Which boot this is and how long it has lasted. */
export interface Boot {
  /** Random per boot (random(4)); `unknown` where procfs does not tell. */
  readonly bootId: string;
  /** Since boot, suspend included (CLOCK_BOOTTIME). */
  readonly uptime: Seconds;
}

/** Reads it at every tick through kept descriptors. Never throws: both have a fallback. */
export interface BootReader {
  read(): Boot;
  close(): void;
}

const BOOT_ID = /^[0-9a-f-]{8,64}$/i;
const UPTIME = /^\d{1,12}(\.\d{1,9})? /;

const content = (file: KeptFile): string => {
  try {
    return landing.bytes.toString('latin1', 0, Math.min(file.read(), 128));
  } catch {
    return '';
  }
};

export const openBoot = (paths: Pick<HostPaths, 'procfs'>): BootReader => {
  const idFile = new KeptFile(`${paths.procfs}/sys/kernel/random/boot_id`);
  const uptimeFile = new KeptFile(`${paths.procfs}/uptime`);
  return {
    read: () => {
      const id = content(idFile).trim();
      const lasted = content(uptimeFile);
      return {
        bootId: BOOT_ID.test(id) ? id : 'unknown',
        uptime: seconds(UPTIME.test(lasted) ? Number.parseFloat(lasted) : systemUptime()),
      };
    },
    close: () => {
      idFile.close();
      uptimeFile.close();
    },
  };
};

/** One reading, for commands that run once. */
export const readBoot = (paths: Pick<HostPaths, 'procfs'>): Boot => {
  const reader = openBoot(paths);
  try {
    return reader.read();
  } finally {
    reader.close();
  }
};
