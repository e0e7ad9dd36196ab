import { readdir } from 'node:fs/promises';
import type { HwmonFound } from './hwmon-channels.ts';

/** Whether other channels than those in use are there by now. Never rejects. */
export type ChipWatch = () => Promise<boolean>;

/**
 * Remembers which chips a folder lists, to tell later when power or energy channels came or went. It lists names, and
 * looks into the chips only where the names differ: monitors without such channels come and go unnoticed.
 *
 * @param find reads the channels; never rejects.
 */
export const watchChips = async (
  folder: string,
  find: () => Promise<HwmonFound>,
): Promise<(used: HwmonFound) => ChipWatch> => {
  const list = async (): Promise<string> => (await readdir(folder).catch(() => [])).sort().join(' ');
  let listed = await list();
  return (used) => async () => {
    const now = await list();
    if (now === listed) return false;
    listed = now;
    return filesOf(await find()) !== filesOf(used);
  };
};

const filesOf = ({ chips }: HwmonFound): string =>
  chips
    .flatMap(({ channels }) => channels.map(({ file }) => file))
    .sort()
    .join(' ');
