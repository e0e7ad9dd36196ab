import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Watts, watts } from '../units.ts';

export type IpmiCommand = 'ipmitool' | 'ipmi-dcmi' | 'ipmiutil';

/** A program that asks the BMC for its DCMI power reading, and how to read what it prints. */
export interface IpmiTool {
  readonly name: IpmiCommand;
  readonly parameters: readonly string[];
  /** The power now. Average, minimum and maximum cover seconds to weeks and are never taken. */
  readonly power: RegExp;
  readonly state: RegExp;
  /** What the state line says where the BMC measures. */
  readonly active: RegExp;
}

/** Lines as the programs print them, blanks and case vary (power reference 2.7). */
export const IPMI_TOOLS: readonly IpmiTool[] = [
  {
    name: 'ipmitool',
    parameters: ['dcmi', 'power', 'reading'],
    power: /^\s*instantaneous power reading\s*:\s*(\d{1,9})\s*watts?\b/im,
    state: /^\s*power reading state is\s*:\s*(.+?)\s*$/im,
    active: /^activated$/i,
  },
  {
    name: 'ipmi-dcmi',
    parameters: ['--get-system-power-statistics'],
    power: /^\s*current power\s*:\s*(\d{1,9})\s*watts?\b/im,
    state: /^\s*power measurement\s*:\s*(.+?)\s*$/im,
    active: /^active$/i,
  },
  {
    name: 'ipmiutil',
    parameters: ['dcmi', 'power'],
    power: /^\s*current power\s*:\s*(\d{1,9})\s*watts?\b/im,
    state: /^\s*power reading state is\s*:\s*(.+?)\s*$/im,
    active: /^active$/i,
  },
];

/** Where distributions install them. PATH is not asked: the agent may run as root. */
const FOLDERS = ['usr/bin', 'usr/sbin', 'bin', 'sbin', 'usr/local/bin', 'usr/local/sbin'];
/** Writable by all: anybody could put a program of theirs in its place. */
const OTHERS_WRITE = 0o002;

export interface FoundTool {
  readonly tool: IpmiTool;
  /** Absolute. */
  readonly path: string;
}

/** The first of the programs that is installed below the host's root. Never rejects. */
export const findTool = async (
  rootfs: string,
  wanted: IpmiCommand | 'auto',
): Promise<FoundTool | undefined> => {
  for (const tool of IPMI_TOOLS) {
    if (wanted !== 'auto' && wanted !== tool.name) continue;
    for (const folder of FOLDERS) {
      const path = join(rootfs, folder, tool.name);
      if (await isProgram(path)) return { tool, path };
    }
  }
  return undefined;
};

const isProgram = async (path: string): Promise<boolean> => {
  try {
    const file = await stat(path);
    await access(path, constants.X_OK);
    return file.isFile() && (file.mode & OTHERS_WRITE) === 0;
  } catch {
    return false;
  }
};

/**
 * What a program said.
 *
 * - `power`: the current value, 0 included. - `off`: the BMC does not measure, or does not know DCMI.
 * - `denied`: this user may not ask. - `nonsense`: none of these; `text` is its first line.
 */
export type IpmiAnswer =
  | { readonly says: 'power'; readonly power: Watts }
  | { readonly says: 'off'; readonly text: string }
  | { readonly says: 'denied'; readonly text: string }
  | { readonly says: 'nonsense'; readonly text: string };

/** Completion code C1, invalid command (IPMI 2.0, table 5-2), in the words of the three programs. */
const UNKNOWN_COMMAND =
  /invalid command|command invalid|\b(0x)?c1h?\b|\b193\b|dcmi[^\n]*not (supported|present)/i;
const DENIED = /permission denied|operation not permitted|not permitted|must be (run as )?root|superuser/i;

/** Reads what a program printed. Pure. */
export const readAnswer = (tool: IpmiTool, out: string, err: string): IpmiAnswer => {
  const state = tool.state.exec(out)?.[1];
  if (state !== undefined && !tool.active.test(state)) return { says: 'off', text: state };
  const power = tool.power.exec(out)?.[1];
  if (power !== undefined) return { says: 'power', power: watts(Number(power)) };
  const text = firstLine(err) ?? firstLine(out) ?? 'nothing';
  if (DENIED.test(err)) return { says: 'denied', text };
  const unknown = [err, out].find((part) => UNKNOWN_COMMAND.test(part));
  if (unknown !== undefined) return { says: 'off', text: firstLine(unknown, UNKNOWN_COMMAND) ?? text };
  return { says: 'nonsense', text };
};

const firstLine = (text: string, like = /\S/): string | undefined =>
  text
    .split('\n')
    .find((line) => like.test(line))
    ?.trim();
