import { createHash } from 'node:crypto';
import { closeSync, existsSync, ftruncateSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { absent, type Found, found, unreadable } from '../model/found.ts';
import type { MeasurePlan } from '../model/measure.ts';
import { type PlanEngine, readPlanText } from '../savings/plan-canonical.ts';
import { entryOf, isNews, type PlanEntry } from '../savings/plan-registration.ts';
import { explain } from './errors.ts';
import { makeDirectory, writeThrough } from './files.ts';

/** Readable by the owner's group alone, as all of the state. */
const FILE_MODE = 0o640;
/** Years of edits of one plan with thousands of hosts are some MiB. */
const LARGEST = 64 * 2 ** 20;
const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** Hash of a plan's text: SHA-256 in hexadecimal. */
export const planHash = (text: string): string => createHash('sha256').update(text).digest('hex');

const folderOf = (dir: string): string => join(dir, 'measures');

/** File of a measure in a state directory: a line for each state of its plan, only ever added to. */
export const planFile = (dir: string, name: string): string => {
  if (!NAME.test(name)) throw new Error(`${JSON.stringify(name)} is no name of a measure`);
  return join(folderOf(dir), `${name}.jsonl`);
};

/** A line of the file; throws where it is none, or where its text is not the one that was hashed. */
const entryIn = (line: string, name: string): PlanEntry => {
  const { at, sha256, plan, additions } = JSON.parse(line) as PlanEntry;
  if (!Number.isFinite(at) || typeof plan !== 'string' || !Array.isArray(additions))
    throw new Error('holds a line that is no plan');
  if (planHash(plan) !== sha256) throw new Error('holds a plan that is not the one that was hashed');
  if (readPlanText(plan)?.plan.name !== name) throw new Error('holds a plan of another measure');
  return { at, sha256, plan, additions };
};

/**
 * What was recorded of a measure, in order of time. Absent: nothing yet. Unreadable: the file was damaged or edited, and
 * proves nothing any more.
 */
export const readPlans = (dir: string, name: string): Found<readonly PlanEntry[]> => {
  const path = planFile(dir, name);
  try {
    if (!existsSync(path)) return absent(`no plan of ${name} was recorded in ${dir}`);
    const text = readFileSync(path, 'utf8');
    if (text.length > LARGEST) throw new Error(`is larger than ${LARGEST} bytes`);
    const lines = text.split('\n');
    // A power cut can leave the last line unfinished: it was never told to anybody.
    const whole = lines.slice(0, -1).filter((line) => line !== '');
    return found(whole.map((line) => entryIn(line, name)));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return unreadable(
      `${path} cannot be believed: it ${why.slice(0, 200)}`,
      'Restore it from a copy; without it no plan of this measure was made before its start.',
    );
  }
};

/** Adds a line, on the disk before it returns. Throws errors of the file system. */
const append = (path: string, entry: PlanEntry): void => {
  const file = openSync(path, 'a', FILE_MODE);
  try {
    const held = readFileSync(path);
    // What a power cut left unfinished was never told to anybody, and would spoil the line after it.
    const whole = held.lastIndexOf('\n') + 1;
    if (whole < held.length) ftruncateSync(file, whole);
    writeThrough(file, `${JSON.stringify(entry)}\n`);
  } finally {
    closeSync(file);
  }
};

/** What became of one plan. */
export interface Recorded {
  readonly name: string;
  /** All that is recorded now; empty where it cannot be read. */
  readonly entries: readonly PlanEntry[];
  /** Whether this call added to it. */
  readonly isNew: boolean;
  /** Why it could not be recorded, and the next step. */
  readonly problem?: { readonly reason: string; readonly fix: string };
}

/**
 * Records each plan as it stands, where that is news. The entry that stands when a start passes is the one that is frozen
 * (`frozenEntry`): so this is to be called from the first sight of a plan on, and nothing needs to be done at the very
 * second of the start. Nothing that was recorded is ever changed. Never throws.
 *
 * @param now seconds since 1970 UTC.
 */
export const recordPlans = (
  dir: string,
  plans: readonly MeasurePlan[],
  engine: PlanEngine,
  now: number,
): readonly Recorded[] =>
  plans.map((plan): Recorded => {
    const { name } = plan;
    const read = readPlans(dir, name);
    if (!read.found && read.state === 'unreadable') return { name, entries: [], isNew: false, problem: read };
    const entries = read.found ? read.value : [];
    const entry = entryOf(plan, engine, now, planHash);
    if (!isNews(entries, entry)) return { name, entries, isNew: false };
    try {
      makeDirectory(folderOf(dir));
      append(planFile(dir, name), entry);
      return { name, entries: [...entries, entry], isNew: true };
    } catch (error) {
      const { what, fix } = explain(error, dir);
      return {
        name,
        entries,
        isNew: false,
        problem: { reason: `the plan of ${name} cannot be recorded: ${what}`, fix },
      };
    }
  });
