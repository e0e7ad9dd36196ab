import { editDistance } from '../model/nearest.ts';
import type { ZoneEntry } from '../model/zone.ts';

/** Share of a word that may differ for it to count as the same word misspelt. */
const MISSPELT = 0.34;
/** Cost of a word that only begins like the other: `CAL` for `California`. */
const BEGINS_ALIKE = 0.2;
/** What the words of a name cost more than the name: `Mongolia` is Mongolia before it is Inner Mongolia. */
const IN_PART = 0.02;
/** From this on a zone is not near. */
const LIMIT = 0.4;
/** Zones this much further off than the nearest are not worth a line. */
const GAP = 0.2;

const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/** Share of letters that differ: 0 for the same text, 1 for nothing in common. */
const difference = (a: string, b: string): number =>
  a === b ? 0 : editDistance(a, b) / Math.max(a.length, b.length, 1);

const wordCost = (word: string, other: string): number => {
  if (word === other) return 0;
  if (word.length >= 3 && other.startsWith(word)) return BEGINS_ALIKE;
  const apart = difference(word, other);
  return apart <= MISSPELT ? apart : 1;
};

/** Mean cost of the input's words against the best word of the zone each, long words weighing more. */
const wordsCost = (input: readonly string[], entry: readonly string[]): number => {
  const letters = input.reduce((total, word) => total + word.length, 0);
  const cost = input.reduce(
    (total, word) => total + word.length * Math.min(1, ...entry.map((other) => wordCost(word, other))),
    0,
  );
  return letters === 0 ? 1 : cost / letters;
};

/** The subregions are inside the United States, which neither their code nor their name says. */
const countryWords = (zone: string): readonly string[] => (zone.startsWith('EGRID:') ? ['us'] : []);

/** `uk` for United Kingdom: a short form that shares no word with the name. */
const initialsOf = (name: string): readonly string[] => {
  const words = wordsOf(name);
  const spelt = words.length > 1 && words.every((word) => word.length > 3);
  return spelt ? [words.map((word) => word.charAt(0)).join('')] : [];
};

const costOf = (input: string, entry: ZoneEntry): number => {
  const whole = [entry.zone, ...entry.names].map((text) => difference(input, text.toLowerCase()));
  const words = [...wordsOf(entry.zone), ...countryWords(entry.zone), ...entry.names.flatMap(wordsOf)];
  const short = entry.names.flatMap(initialsOf);
  return Math.min(...whole, IN_PART + wordsCost(wordsOf(input), [...words, ...short]));
};

/**
 * The zones that an unknown input may stand for, nearest first, by code, name and the words of both. A zone without
 * a factor for Scope 2 is named only if it is nearer than every zone that has one.
 */
export const nearZones = (input: string, index: readonly ZoneEntry[], max: number): readonly ZoneEntry[] => {
  const meant = input.slice(0, 80).toLowerCase();
  const near = index
    .map((entry) => ({ entry, cost: costOf(meant, entry) }))
    .filter(({ cost }) => cost < LIMIT)
    .sort((a, b) => a.cost - b.cost);
  const best = near[0]?.cost ?? 0;
  const bestUsable = near.find(({ entry }) => entry.usable)?.cost ?? Number.POSITIVE_INFINITY;
  return near
    .filter(({ entry, cost }) => cost <= best + GAP && (entry.usable || cost < bestUsable))
    .slice(0, max)
    .map(({ entry }) => entry);
};
