import { amountAt, at, linkAt, listAt, sameLink, textAt } from './redfish-json.ts';
import { printable } from './text.ts';

/** One member of PowerControl; watts. */
export interface Control {
  /** Unique among the members, safe in a label. */
  readonly id: string;
  readonly name: string;
  /** The value now; undefined where only averages are given: they cover a time that is not this reading's. */
  readonly power: number | undefined;
  /** Whether it is this host's own: the others may overlap with it. */
  readonly own: boolean;
}

/** Members of the largest enclosures stay below this. */
const MOST = 32;

/**
 * Reads PowerControl of the older Power resource. Pure.
 *
 * This host's member is the one whose RelatedItem holds its System. A single member without any belongs to it where the
 * chassis holds no other system.
 */
export const controlsOf = (power: unknown, system: string, shared: boolean): readonly Control[] => {
  const members = listAt(power, 'PowerControl').slice(0, MOST);
  const relates = (member: unknown): boolean =>
    listAt(member, 'RelatedItem').some((item) => sameLink(linkAt(item) ?? '', system));
  const related = members.findIndex(relates);
  const own = related < 0 && members.length === 1 && !shared ? 0 : related;
  const ids = members.map((member, index) => idOf(member) ?? String(index));
  return members.map((member, index) => ({
    id: ids.indexOf(ids[index] ?? '') === index ? (ids[index] ?? '') : `${ids[index]}-${index}`,
    name: printable(textAt(member, 'Name') ?? `PowerControl ${index}`, 64),
    power: amountAt(member, 'PowerConsumedWatts'),
    own: index === own,
  }));
};

/** MemberId is text by the schema and a number in some firmware. */
const idOf = (member: unknown): string | undefined => {
  const id = at(member, 'MemberId');
  if (typeof id !== 'string' && typeof id !== 'number') return undefined;
  return String(id)
    .replaceAll(/[^\w.-]/g, '_')
    .slice(0, 32);
};
