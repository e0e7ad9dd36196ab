import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { guestEnergy, guestsIn } from '../attribution/guests.ts';
import { GUEST_RANGE, type GuestFeed } from '../model/guest-feed.ts';
import type { Workload } from '../model/workload.ts';
import type { Seconds } from '../units.ts';
import type { TickView } from '../view.ts';
import { countIn, GuestFolder, type LeftCount } from './guest-folder.ts';
import { guestId } from './guest-name.ts';
import { createGuestWriter } from './guest-writer.ts';

export interface GuestsOptions {
  readonly directory: string;
  readonly hostName: () => string;
  readonly interval: () => Seconds;
  /** How long the folder of a guest that ended stays. */
  readonly retention: () => Seconds;
  /** Told once when writing fails, and once with undefined when it works again. */
  readonly onProblem: (problem: string | undefined) => void;
}

/** More guests than this are not handed on: each costs two small files a tick. */
const MOST_GUESTS = 1024;

interface Guest {
  readonly folder: GuestFolder;
  /** Count of an earlier run that this one goes on from. */
  readonly left: LeftCount | undefined;
  /** Joules of this run. */
  joules: number;
  feed: GuestFeed | undefined;
  seenAt: Seconds | undefined;
}

/** Hands each guest's energy on, through a folder and as data for HTTP. The folders are also what is remembered. */
export interface Guests {
  /** Takes in one tick and writes what it changed, without waiting. */
  take(view: TickView): void;
  /** Feeds of the guests that exist or ended lately, by name. */
  feeds(): readonly GuestFeed[];
  /** Resolves when nothing is being written any more. */
  settled(): Promise<void>;
}

/**
 * Counts energy by guest from the shares of each tick, before small rows are folded into `other`: a guest's meter must
 * not stand still because it is not among the largest workloads.
 *
 * @throws the error of the file system where the directory can neither be made nor read.
 */
export const openGuests = async (options: GuestsOptions): Promise<Guests> => {
  const { directory } = options;
  await mkdir(directory, { recursive: true, mode: 0o750 });
  const guests = new Map<string, Guest>();
  const enter = (id: string, left?: LeftCount): Guest => {
    const folder = new GuestFolder(join(directory, id));
    const guest: Guest = { folder, left, joules: 0, feed: undefined, seenAt: undefined };
    guests.set(id, guest);
    return guest;
  };
  for (const { name } of (await readdir(directory, { withFileTypes: true })).filter((one) =>
    one.isDirectory(),
  )) {
    const left = await countIn(join(directory, name));
    if (left !== undefined) enter(name, left);
  }
  const writer = createGuestWriter(
    () => [...guests.values()].flatMap(({ folder, feed }) => (feed === undefined ? [] : { folder, feed })),
    options.onProblem,
  );
  return {
    take: (view) => {
      const { at } = view.sample;
      // What a guest used last comes when it is gone already: both lists count.
      const energy = guestEnergy(view.attributed.detail().shares);
      const present = [...guestsIn(view.attributed.state.top.standings.roster)].map(
        ([name, workload]) => [name, { workload, joules: 0 }] as const,
      );
      for (const [name, { workload, joules }] of new Map([...present, ...energy])) {
        const id = guestId(name);
        const guest = guests.get(id) ?? (guests.size < MOST_GUESTS ? enter(id) : undefined);
        if (guest === undefined) continue;
        guest.joules += joules * (guest.feed === undefined ? shareSince(guest.left, view) : 1);
        guest.seenAt = at;
        guest.feed = feedOf(id, workload, guest, view, options);
      }
      for (const guest of guests.values()) guest.seenAt ??= at;
      const ended = [...guests].filter(([, { seenAt = at }]) => at - seenAt > options.retention());
      for (const [id] of ended) guests.delete(id);
      writer.write(ended.map(([, { folder }]) => folder));
    },
    feeds: () =>
      [...guests.values()].flatMap(({ feed }) => feed ?? []).sort((a, b) => (a.id < b.id ? -1 : 1)),
    settled: () => writer.settled(),
  };
};

/**
 * Which part of a run's first tick is not in the folder's count yet. An agent that was killed goes on from the state
 * that it saved last, which may be older than what it had handed on since.
 */
const shareSince = (left: LeftCount | undefined, { sample, duration }: TickView): number =>
  left === undefined || duration <= 0
    ? 1
    : Math.min(1, Math.max(0, (sample.wall - left.updated) / 1000 / duration));

const feedOf = (
  id: string,
  workload: Workload,
  { left, joules }: Guest,
  { sample, metered }: TickView,
  { hostName, interval }: GuestsOptions,
): GuestFeed => {
  const { source = 'none', quality } = metered.state.host;
  return {
    id,
    workload,
    microjoules: ((left?.microjoules ?? 0n) + BigInt(Math.round(joules * 1e6))) % GUEST_RANGE,
    quality: quality === 'estimated' ? 'estimated' : 'derived',
    source,
    host: hostName(),
    updated: sample.wall,
    interval: interval(),
  };
};
