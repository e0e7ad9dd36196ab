/** Damage to files of pages, as disks, memory and file systems do it, the same for a seed. */
import type { Pick } from './mutate.ts';

/** Of SQLite's files, and the block of most file systems. */
export const PAGE = 4096;
/** What a disk writes at once. */
const SECTOR = 512;

const one = <T>(of: readonly T[], pick: Pick): T => of[pick(of.length)] as T;

const flipped = (input: Buffer, pick: Pick): Buffer => {
  const copy = Buffer.from(input);
  for (let times = 1 + pick(3); times > 0; times -= 1) {
    const at = pick(copy.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << pick(8));
  }
  return copy;
};

/** A range of whole sectors or of any bytes becomes zeros, or what lay on the disk before. */
const overwritten = (input: Buffer, pick: Pick): Buffer => {
  const copy = Buffer.from(input);
  const unit = one([1, SECTOR, PAGE], pick);
  const from = pick(Math.ceil(copy.length / unit)) * unit;
  const until = Math.min(copy.length, from + (1 + pick(unit === 1 ? 64 : 4)) * unit);
  if (pick(2) === 0) copy.fill(0, from, until);
  else for (let at = from; at < until; at += 1) copy[at] = pick(256);
  return copy;
};

const swapped = (input: Buffer, pick: Pick): Buffer => {
  const copy = Buffer.from(input);
  const pages = Math.floor(copy.length / PAGE);
  const [a, b] = [pick(pages) * PAGE, pick(pages) * PAGE];
  input.copy(copy, a, b, b + PAGE);
  // The other half of the time a page was written to the wrong place, and the right one is as it was.
  if (pick(2) === 0) input.copy(copy, b, a, a + PAGE);
  return copy;
};

/** An older or another file's page in the place of one. */
const mixed = (input: Buffer, other: Buffer, pick: Pick): Buffer => {
  const copy = Buffer.from(input);
  const at = pick(Math.floor(copy.length / PAGE)) * PAGE;
  if (at < other.length) other.copy(copy, at, at, Math.min(other.length, at + PAGE));
  return copy;
};

/** @param others of which a page may stand in the place of one. */
export const damagedPages = (input: Buffer, others: readonly Buffer[], pick: Pick): Buffer => {
  if (input.length === 0) return input;
  let bad = input;
  for (let times = 1 + pick(2); times > 0; times -= 1) {
    const how = pick(6);
    if (bad.length < PAGE || how < 2) bad = bad.length === 0 ? bad : flipped(bad, pick);
    else if (how === 2) bad = overwritten(bad, pick);
    else if (how === 3) bad = swapped(bad, pick);
    else if (how === 4) bad = mixed(bad, one(others, pick), pick);
    else bad = bad.subarray(0, pick(2) === 0 ? pick(bad.length) : pick(bad.length / PAGE) * PAGE);
  }
  return bad;
};
