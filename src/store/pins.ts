import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { absent, type Found, found, unreadable } from '../model/found.ts';
import type { AdderPins, FactorPins } from '../model/pins.ts';
import { writeWhole } from './files.ts';
import { isPlausibleRow, isPlausibleUpstream } from './pins-row.ts';

const FILE = 'factor-pins.json';
const ADDERS = 'adder-pins.json';
const FORMAT = 1;
/** Decades of one zone are some KiB. */
const LARGEST = 4 * 2 ** 20;

/**
 * Reads which factor rows were used for which year. Absent: none yet. Unreadable: they are there and cannot be used; the
 * years take their factors from the tables again, which the operator has to know.
 */
export const readPins = (dir: string): Found<FactorPins> => readRows(dir, FILE, isPlausibleRow);

/** Likewise of losses and fuel supply, in a file of their own: releases that know none leave it as it is. */
export const readAdderPins = (dir: string): Found<AdderPins> => readRows(dir, ADDERS, isPlausibleUpstream);

/** Keeps them, whole or not at all. Throws errors of the file system. */
export const writePins = (dir: string, pins: FactorPins): void => writeRows(dir, FILE, pins);

/** Likewise. */
export const writeAdderPins = (dir: string, pins: AdderPins): void => writeRows(dir, ADDERS, pins);

const readRows = <R>(
  dir: string,
  file: string,
  isRow: (value: unknown) => value is R,
): Found<ReadonlyMap<string, readonly R[]>> => {
  const path = join(dir, file);
  try {
    const text = readFileSync(path, 'utf8');
    if (text.length > LARGEST) throw new Error(`is larger than ${LARGEST} bytes`);
    const { format, years } = JSON.parse(text) as { format?: unknown; years?: unknown };
    if (format !== FORMAT || typeof years !== 'object' || years === null)
      throw new Error('has another format');
    const entries = Object.entries(years).map(([key, rows]): readonly [string, readonly R[]] => {
      if (!Array.isArray(rows) || !rows.every(isRow)) throw new Error(`holds no factor rows for ${key}`);
      return [key, rows];
    });
    return found(new Map(entries));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return absent(`no ${path} yet`);
    const why = cause instanceof Error ? cause.message : String(cause);
    return unreadable(
      `${path}: ${why.slice(0, 200)}; factors of past years are taken from the tables anew`,
      'Restore it from a copy, or remove it and state the change in the next report.',
    );
  }
};

const writeRows = (dir: string, file: string, pins: ReadonlyMap<string, readonly unknown[]>): void => {
  const text = `${JSON.stringify({ format: FORMAT, years: Object.fromEntries(pins) }, null, 1)}\n`;
  writeWhole(join(dir, file), text);
};
